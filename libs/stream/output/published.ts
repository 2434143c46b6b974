import { topicOf } from '#contracts';
import { parseSeq, seqHeader } from '../model/control.ts';
import type { Out } from './outbox.ts';
import { headerOf, textOf, type Log, type LogRecord } from '../model/log.ts';
import type { AnyProcessor } from '../model/processor.ts';

/** How a record is known: its topic and its id, which follows from its cause. */
const nameOf = (topic: string, id: unknown): string => `${topic}/${String(id)}`;

/**
 * What a task has on the log although its database, which went back, may not know of it. The task takes the same input again, so that its
 * states are whole, and does not emit these again: readers took the first copy, and would count a second. About 120 bytes a record.
 */
export class Published {
  private readonly names = new Set<string>();

  get size(): number {
    return this.names.size;
  }

  /** Whether this emission is on the log already. */
  has(out: Out): boolean {
    if (out.at === undefined) return false;
    return this.names.has(nameOf(out.topic, (JSON.parse(String(out.value)) as { id?: unknown }).id));
  }

  /** Reads what a task has written since an instant (epoch ms) to the present end of its outputs. */
  static async read(
    log: Pick<Log, 'ends' | 'firstSince' | 'extract'>,
    task: { readonly processor: AnyProcessor; readonly prefix: string; readonly partition: number; readonly partitions: number },
    since: number,
  ): Promise<Published> {
    const { processor, prefix, partition, partitions } = task;
    const origin = `${processor.name}/${String(partition)}`;
    const published = new Published();
    for (const { contract, rekeyed } of processor.outputs) {
      const topic = topicOf(prefix, contract);
      const [ends, firsts] = await Promise.all([log.ends([topic]), log.firstSince([topic], since)]);
      const spans = (rekeyed === true ? Array.from({ length: partitions }, (_, p) => p) : [partition]).map((p) => {
        const to = ends.get(topic)?.[p] ?? 0;
        return { partition: p, from: firsts.get(topic)?.[p] ?? to, to };
      });
      await log.extract(topic, spans, (_, records) => {
        for (const record of records) published.note(topic, origin, record);
      });
    }
    return published;
  }

  private note(topic: string, origin: string, record: LogRecord): void {
    if (parseSeq(headerOf(record, seqHeader))?.origin !== origin) return;
    const { id } = JSON.parse(textOf(record) ?? '{}') as { id?: unknown };
    this.names.add(nameOf(topic, id));
  }
}
