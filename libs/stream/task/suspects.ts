import { Culprit, type Verdict } from './culprit.ts';
import type { Condemned } from '../output/dead-letter.ts';
import type { FoldResult } from './fold.types.ts';
import type { Peers } from './peers.ts';
import type { Suspect, TaskRow } from '../model/store.ts';
import type { Tuning } from './tuning.ts';

/** Stands for all records of an ownership's first batch, as a suspect. */
const firstBatch = '~batch';
/** Messages that are tried one by one after owners have died. */
const carefully = 10_000;

/** The name of a message as it is logged: a person's id under the name that the log hashes. */
export function loggable(item: string): object {
  const [, key, instant] = /^wake (.*) (-?\d+)$/s.exec(item) ?? [];
  return key === undefined ? { record: item } : { person_id: key, wake_at: new Date(Number(instant)).toISOString() };
}

type Threw = Pick<FoldResult, 'anySuccess' | 'threw'>;

/**
 * Which messages do harm, over all ownerships of a task: those that kill the process, those whose consequences the database refuses,
 * and those on which `decide` throws. It only judges; the turn acts.
 */
export class Suspects {
  private readonly culprit: Culprit;
  /** What is on record as being tried. */
  private onRecord: Suspect | null = null;
  /** Messages still to be tried one by one. */
  private careful = 0;
  /** Nothing has been committed in this ownership. */
  private untried = true;
  /** An operator said to dead-letter what stopped the task. */
  skipping = false;
  /** People of whom a message threw since the last success; the first of those throws, ms of `performance.now()`. */
  private threw: ReadonlySet<string> = new Set();
  private threwSince = Infinity;

  constructor(private readonly limits: Tuning) {
    this.culprit = new Culprit(limits.batch);
  }

  /** A new ownership begins. True: earlier owners died, so messages are tried one by one. */
  owned({ suspect, skip }: Pick<TaskRow, 'suspect' | 'skip'>): boolean {
    this.onRecord = suspect;
    this.skipping = skip;
    this.threw = new Set();
    this.untried = true;
    const single = suspect !== null && suspect.item !== firstBatch;
    const careful = single || (suspect !== null && suspect.tries >= this.limits.attempts);
    this.careful = careful ? carefully : 0;
    if (single && suspect.tries >= this.limits.tries)
      this.culprit.condemn({ ...suspect, kind: 'died', reason: 'the process died on it' });
    return careful;
  }

  /** Messages of the next transaction, at most. */
  get most(): number {
    return this.careful > 0 ? 1 : this.culprit.most;
  }

  get condemned(): Condemned | undefined {
    return this.culprit.condemned;
  }

  /** People of whom messages threw without a success in between. */
  get throwers(): number {
    return this.threw.size;
  }

  /** What has to be on record before the try: an ownership's first batch, and in careful mode every message, by its name. */
  attempt(first: () => string | undefined): Suspect | undefined {
    if (this.careful === 0 && !this.untried) return undefined;
    const name = this.careful > 0 ? first() : firstBatch;
    if (name === undefined || this.culprit.condemned?.item === name) return undefined;
    this.onRecord = { item: name, tries: this.onRecord?.item === name ? this.onRecord.tries + 1 : 1 };
    return this.onRecord;
  }

  /** What was being tried did not kill the process: what the record is to say instead; undefined where nothing was tried. */
  absolved(): Suspect | null | undefined {
    const { onRecord } = this;
    if (onRecord === null) return undefined;
    this.onRecord = null;
    return onRecord.tries > 1 ? { ...onRecord, tries: onRecord.tries - 1 } : null;
  }

  /** A transaction was written. */
  committed(): void {
    this.onRecord = null;
    this.untried = false;
    this.culprit.committed();
  }

  /** A turn is over, whether it wrote or not. */
  turned({ convicted }: Pick<FoldResult, 'convicted'>): void {
    if (convicted) this.culprit.condemned = undefined;
    if (this.skipping) this.threw = new Set();
    this.skipping = false;
    if (this.careful > 0) this.careful--;
  }

  /** A transaction failed: see `Culprit`. */
  failed(error: unknown, messages: number, only: string | undefined): Verdict {
    return this.culprit.failed(error, messages, only);
  }

  /** `now`: ms of `performance.now()`. */
  remember({ anySuccess, threw }: Threw, peers: Peers, now: number): void {
    if (anySuccess) peers.decidedAt = now;
    const before = anySuccess ? [] : [...this.threw];
    if (before.length === 0) this.threwSince = now;
    this.threw = new Set([...before, ...threw].slice(0, this.limits.throwers));
  }

  /** The throws, to be put back where the transaction in which they happened was not written. */
  get thrown(): ReadonlySet<string> {
    return this.threw;
  }
  set thrown(threw: ReadonlySet<string>) {
    this.threw = threw;
  }

  /**
   * Messages of many people threw, and none was decided since, in this partition or in another one: then it is the rules or the code, and
   * all that comes would be a dead letter. Where others decide, it is what these people sent, and the count begins anew.
   */
  blamesRules(peers: Peers): boolean {
    if (this.threw.size < this.limits.throwers) return false;
    if (peers.decidedAt <= this.threwSince) return true;
    this.threw = new Set();
    return false;
  }

  /** How long others may still decide something before the task stops, ms. */
  holdMs(now: number): number {
    return this.threwSince + this.limits.holdMs - now;
  }
}
