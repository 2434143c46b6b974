import type { Condemned } from '../output/dead-letter.ts';
import type { Out } from '../output/outbox.ts';
import type { AnyProcessor } from '../model/processor.ts';
import type { RowChange, StoredState } from '../model/store.ts';
import type { RecordItem } from '../input/stream-buffer.ts';
import type { Traced } from './tracks.ts';

/** What one transaction is about. */
export interface FoldInput {
  readonly processor: AnyProcessor;
  readonly rules: unknown;
  /** Timers of some people are still those of other rules: their columns may be later than their timers. */
  readonly retiming?: boolean | undefined;
  readonly prefix: string;
  readonly partition: number;
  readonly partitions: number;
  readonly items: readonly RecordItem[];
  /** Those of the items, in their order, upgraded; nothing where there is none. */
  readonly states: readonly (StoredState | null | undefined)[];
  /** In order of (wake_at, key), upgraded; `more` when there are others that are due. */
  readonly due: readonly StoredState[];
  readonly more: boolean;
  /** The watermark once all items are taken: wakes before it are due. */
  readonly bound: number;
  readonly driven: boolean;
  /** The task's time so far. */
  readonly time: number;
  /** Hashes of outsiders' records that are known. */
  readonly seen: ReadonlySet<string>;
  /** An item or wake (`wake <key> <instant>`) that is not tried but dead-lettered. */
  readonly condemned?: Condemned | undefined;
  /** Records that an operator wants left out, by name, each with the reason. */
  readonly skips?: ReadonlyMap<string, string> | undefined;
  /** Messages to be taken at most: one in careful mode, few while a culprit is looked for. */
  readonly most?: number | undefined;
  /** Traces that records belong to are followed. */
  readonly traced?: boolean | undefined;
  /** Checks every emission against its contract (tests). */
  readonly strict?: boolean | undefined;
}

/** What it comes to. */
export interface FoldResult {
  /** How many of the items were taken, from the front. */
  readonly taken: number;
  /** Everything before this has been emitted. */
  readonly watermark: number;
  readonly time: number;
  /** Those that are others now; `state` null: there is none any more, else `text` is its JSON, and `change` what becomes of its list's rows. */
  readonly states: (StoredState & { readonly state: object | null; readonly text?: string; readonly change?: RowChange })[];
  /** States that cannot be read and whose timer was due: it is taken out. */
  readonly parked: StoredState[];
  /** Bytes of the largest state among them. */
  readonly largest: number;
  /** Messages taken: records and wakes; and whether what was planned or due was left for the next transaction. */
  readonly messages: number;
  readonly cutShort: boolean;
  /** The condemned message was among them. */
  readonly convicted: boolean;
  readonly out: Out[];
  readonly tallies: Record<string, number>;
  readonly effects: unknown[];
  readonly seen: string[];
  readonly deadLetters: number;
  readonly duplicates: number;
  /** Of whom messages threw since the last success, and whether there was any success. */
  readonly threw: ReadonlySet<string>;
  readonly anySuccess: boolean;
  readonly lastError: Error | undefined;
  readonly traced: readonly Traced[];
}
