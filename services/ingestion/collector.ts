import { collected, topicOf } from '#contracts';
import { withoutSecretText } from '#facts';
import { failPoint, type Runtime } from '#stream';
import { collect, type Arrival, type Fit } from './domain/collect.ts';
import type { BodyRefusal } from './domain/refusals.ts';
import { rescued } from './domain/withdrawals.ts';
import type { RefusalReport } from './edge/refusal-report.ts';
import { kept, lettersOf, type Outgoing, type RefusedItem } from './letters.ts';
import { inTurns } from './turns.ts';

/** The calls of one body: those for `collected`, and those that are refused. */
export interface Judged {
  readonly source: string;
  readonly taken: readonly Outgoing[];
  /** What refused calls withdraw; it is published with the others. */
  readonly withdrawals: readonly Outgoing[];
  readonly refused: readonly RefusedItem[];
}

export interface CollectorParts {
  readonly log: Pick<Runtime, 'produce'>;
  readonly prefix: string;
  /** Ids that stand for nobody here, beside those that stand for nobody anywhere; in the form of `nobodyWord`. */
  readonly nobody: ReadonlySet<string>;
  /** Properties that the playbook declares as secrets, of any event: no dead letter holds them. */
  readonly secrets: ReadonlySet<string>;
  readonly report: Pick<RefusalReport, 'note' | 'lost'>;
}

/**
 * The way into the platform for everyone but the replayer: judges calls one by one and publishes them, the bad ones as dead
 * letters.
 */
export class Collector {
  constructor(private readonly parts: CollectorParts) {}

  /** Judges the calls of one body, in turns with all others that are under way. */
  async judge(items: Iterable<unknown>, arrival: Arrival): Promise<Judged> {
    const { nobody, secrets } = this.parts;
    const taken: Outgoing[] = [];
    const withdrawals: Outgoing[] = [];
    const refused: RefusedItem[] = [];
    for await (const [item, index] of inTurns(items)) {
      const verdict = collect(item, { ...arrival, index }, nobody);
      if (verdict.accepted) {
        taken.push(this.outgoing(verdict));
        continue;
      }
      const { kind, reason, withdrawal, unheard = false } = verdict;
      // A reason quotes what it is about.
      refused.push({ kind, reason: withoutSecretText(reason, secrets), item: kept(item, secrets), unheard });
      if (withdrawal !== undefined) withdrawals.push(this.outgoing(withdrawal));
    }
    return { source: arrival.source, taken, withdrawals, refused };
  }

  /** What the calls of a refused body withdraw; nothing else of them is taken. Counts what is lost. */
  async withdrawals(kind: BodyRefusal, items: Iterable<unknown>, arrival: Arrival): Promise<Judged> {
    const withdrawals: Outgoing[] = [];
    let lost = 0;
    for await (const [item, index] of inTurns(items)) {
      const found = rescued(item, { ...arrival, index }, this.parts.nobody);
      if (found === 'unheard') lost += 1;
      else if (found !== undefined) withdrawals.push(this.outgoing(found));
    }
    if (lost > 0) this.parts.report.lost({ source: arrival.source, kind, calls: lost });
    return { source: arrival.source, taken: [], withdrawals, refused: [] };
  }

  /**
   * Resolves when the broker has acknowledged all of them; rejects when it has not, and then the whole request may be repeated. Each
   * record gets `headers` beside its own.
   */
  async publish({ source, taken, withdrawals, refused }: Judged, headers?: Readonly<Record<string, string>>): Promise<void> {
    const { prefix, report } = this.parts;
    const letters = lettersOf(prefix, source, refused, taken.length > 0, Date.now());
    const all = [...taken, ...withdrawals, ...letters];
    await this.produce(headers === undefined ? all : all.map((one) => ({ ...one, headers: { ...one.headers, ...headers } })));
    for (const [kind, alike] of Map.groupBy(refused, (one) => one.kind)) {
      report.note({ source, kind, calls: alike.length, reason: alike[0]?.reason ?? '' });
      const lost = alike.filter(({ unheard }) => unheard).length;
      if (lost > 0) report.lost({ source, kind, calls: lost });
    }
  }

  /** A body that was refused as a whole becomes one dead letter, with its beginning. */
  async refuse(source: string, kind: BodyRefusal, reason: string, beginning: string): Promise<void> {
    const { prefix, secrets } = this.parts;
    const item = { kind, reason, item: kept({ beginning }, secrets), unheard: false };
    await this.produce(lettersOf(prefix, source, [item], false, Date.now()));
  }

  private outgoing({ key, value }: Fit): Outgoing {
    return { topic: topicOf(this.parts.prefix, collected), key, value };
  }

  private async produce(records: readonly Outgoing[]): Promise<void> {
    failPoint('before-collected');
    if (records.length > 0) await this.parts.log.produce(records);
    failPoint('after-collected');
  }
}
