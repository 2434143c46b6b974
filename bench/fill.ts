import { events, personId, profiles, topicOf } from '#contracts';
import { partitionOf, seqHeader, seqText, watermarkRecord, type Log, type OutRecord } from '#stream';

export interface Load {
  readonly events: number;
  readonly people: number;
  /** Uniform: everyone alike; skewed: a tenth of the people do most (the cube of a uniform number). */
  readonly skewed: boolean;
}

const names = ['Page Viewed', 'Product Viewed', 'Product Added', 'Order Completed'] as const;
const start = Date.parse('2026-03-01T00:00:00Z');

/** The instant that every task reaches when the load is through, epoch ms. */
export const end = start + 3_600_000;

/** A small deterministic generator (mulberry32): every run measures the same events. */
export function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Writes realistic events (about 300 bytes) as the profile processor would, in order of time, and a watermark behind them. */
export async function fill(log: Log, prefix: string, partitions: number, load: Load): Promise<void> {
  const next = random(42);
  const people = Array.from({ length: load.people }, (_, n) => personId(String(n)));
  const places = people.map((id) => partitionOf(id, partitions));
  const seqs = new Array<number>(partitions).fill(0);
  const topic = topicOf(prefix, events);
  let batch: OutRecord[] = [];
  for (let n = 0; n < load.events; n++) {
    const who = load.skewed ? Math.floor(next() ** 3 * load.people) : n % load.people;
    const partition = places[who] as number;
    const instant = start + Math.floor((n / load.events) * 3_500_000);
    const at = new Date(instant).toISOString();
    const id = people[who] as string;
    const seq = (seqs[partition] = (seqs[partition] as number) + 1);
    batch.push({
      topic,
      partition,
      key: id,
      headers: { [seqHeader]: seqText(`profile/${String(partition)}`, 1, seq, instant) },
      value: JSON.stringify({
        event: names[Math.floor(next() * names.length)],
        moment: at,
        moment_source: 'claimed',
        source: 'web',
        message_id: `m-${String(n)}`,
        properties: { url: `/p/${String(Math.floor(next() * 10_000))}` },
        id: `${id.slice(0, 24)}${String(n).padStart(12, '0')}`,
        person_id: id,
        at,
        cause: { id },
      }),
    });
    if (batch.length === 2_000) {
      await written(log, batch);
      batch = [];
    }
  }
  const marks = [events, profiles].flatMap((contract) =>
    Array.from({ length: partitions }, (_, partition) => ({
      topic: topicOf(prefix, contract),
      partition,
      ...watermarkRecord({ origin: `profile/${String(partition)}`, at: end, clock: 'driven' }),
    })),
  );
  await written(log, [...batch, ...marks]);
}

/** New topics have no leader for a moment. */
async function written(log: Log, records: readonly OutRecord[]): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await log.produce(records);
      return;
    } catch (error) {
      if (attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
