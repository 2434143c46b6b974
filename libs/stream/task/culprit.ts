import { reasonOf } from '../model/author.ts';
import { kindOf } from '../model/data-error.ts';
import type { Condemned } from '../output/dead-letter.ts';

/** Times in a row that an error of which nothing is known may end a transaction before its messages are suspected. */
const patience = 3;

/**
 * What to do after a failed transaction. `rewind`: nothing was written, and the same messages are tried again, fewer at once. `anew`:
 * nothing is known, the task is taken anew. `alarm`: not even a dead letter can be written.
 */
export type Verdict = { readonly next: 'rewind' | 'anew' } | { readonly next: 'alarm'; readonly alarm: string };

/**
 * Finds the message whose consequences the database refuses, by bisection: half as many messages with every refusal, twice as many
 * with every success. The last one left is condemned: it becomes a dead letter without being tried again.
 */
export class Culprit {
  /** Messages of one transaction, at most. */
  most = Infinity;
  condemned: Condemned | undefined;
  private unknown = 0;

  /** `batch`: messages of a transaction when nobody is suspected. */
  constructor(private readonly batch: number) {}

  condemn(condemned: Condemned): void {
    this.condemned = condemned;
  }

  /** `messages` were in the failed transaction; `only` is the name of it where there was one. */
  failed(error: unknown, messages: number, only: string | undefined): Verdict {
    const kind = kindOf(error);
    if (kind === 'place') return { next: 'anew' };
    if (kind === 'unknown' && ++this.unknown < patience) return { next: 'anew' };
    const next = kind === 'data' ? 'rewind' : 'anew';
    if (only === undefined) {
      if (this.most === 1)
        return { next: 'alarm', alarm: `the database refuses a transaction without messages: ${reasonOf(error)}` };
      this.most = Math.max(1, Math.floor(Math.min(messages, this.most, this.batch) / 2));
      // One alone is tried as often as all together before it is condemned.
      if (this.most === 1) this.unknown = 0;
      return { next };
    }
    if (this.condemned?.item === only) return { next: 'alarm', alarm: `the database refuses a dead letter: ${reasonOf(error)}` };
    this.condemned = { item: only, kind: 'data', reason: `the database refuses what it leads to: ${reasonOf(error)}` };
    return { next };
  }

  committed(): void {
    this.unknown = 0;
    if (this.most !== Infinity) this.most = this.most * 2 >= this.batch ? Infinity : this.most * 2;
  }
}
