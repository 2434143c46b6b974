import { setImmediate as nextTurn } from 'node:timers/promises';
import { collected, topicOf } from '#contracts';
import { failPoint, type Runtime } from '#stream';
import { collect, type Arrival } from './domain/collect.ts';
import type { BodyRefusal } from './domain/refusals.ts';
import type { RefusalReport } from './edge/refusal-report.ts';
import type { SharedIdReport } from './edge/shared-id-report.ts';
import { lettersOf, type Outgoing, type RefusedItem } from './letters.ts';

/** The calls of one body: those for `collected`, and those that are refused. */
export interface Judged {
  readonly source: string;
  readonly taken: readonly Outgoing[];
  readonly refused: readonly RefusedItem[];
}

export interface CollectorParts {
  readonly log: Pick<Runtime, 'produce'>;
  readonly prefix: string;
  /** Ids that stand for nobody here, beside those that stand for nobody anywhere; in the form of `nobodyWord`. */
  readonly nobody: ReadonlySet<string>;
  readonly report: Pick<RefusalReport, 'note'>;
  readonly shared: Pick<SharedIdReport, 'look'>;
}

/** How long the calls of one body may be judged in one go, ms; then others have their turn. */
const turnMs = 5;

/**
 * The way into the platform for everyone but the replayer: judges calls one by one and publishes them, the bad ones as dead
 * letters.
 */
export class Collector {
  constructor(private readonly parts: CollectorParts) {}

  /** Judges the calls of one body, in turns with all others that are under way. */
  async judge(items: Iterable<unknown>, arrival: Arrival): Promise<Judged> {
    const { prefix, nobody, shared } = this.parts;
    const topic = topicOf(prefix, collected);
    const taken: Outgoing[] = [];
    const refused: RefusedItem[] = [];
    let index = 0;
    let turn = performance.now();
    for (const item of items) {
      const verdict = collect(item, { ...arrival, index }, nobody);
      if (verdict.accepted) {
        taken.push({ topic, key: verdict.key, value: verdict.value });
        shared.look(verdict.value);
      } else refused.push({ kind: verdict.kind, reason: verdict.reason, item });
      index += 1;
      if (performance.now() - turn < turnMs) continue;
      await nextTurn();
      turn = performance.now();
    }
    return { source: arrival.source, taken, refused };
  }

  /**
   * Resolves when the broker has acknowledged all of them; rejects when it has not, and then the whole request may be repeated.
   */
  async publish({ source, taken, refused }: Judged): Promise<void> {
    await this.produce([...taken, ...lettersOf(this.parts.prefix, source, refused, taken.length > 0)]);
    for (const [kind, alike] of Map.groupBy(refused, (one) => one.kind))
      this.parts.report.note({ source, kind, calls: alike.length, reason: alike[0]?.reason ?? '' });
  }

  /** A body that was refused as a whole becomes one dead letter, with its beginning. */
  async refuse(source: string, kind: BodyRefusal, reason: string, beginning: string): Promise<void> {
    await this.produce(lettersOf(this.parts.prefix, source, [{ kind, reason, item: { beginning } }], false));
  }

  private async produce(records: readonly Outgoing[]): Promise<void> {
    failPoint('before-collected');
    if (records.length > 0) await this.parts.log.produce(records);
    failPoint('after-collected');
  }
}
