import type { Clock } from './runtime.types.ts';
import type { Sql } from './processor.ts';

/** How far an origin of an input has been taken. */
export interface OriginPosition {
  readonly incarnation: number;
  readonly seq: number;
  readonly watermark: number | null;
  readonly clock: Clock;
  /** `at` of the last record taken. */
  readonly at: number | null;
}

export interface Cursor {
  readonly topic: string;
  /** Everything below has been taken, or is dropped by its origin's position. */
  readonly nextOffset: number;
  readonly origins: Readonly<Record<string, OriginPosition>>;
}

export interface StoredState {
  readonly key: string;
  /** The column: never later than what `wakeAt` says now, or null although it says something (a parked timer). */
  readonly wakeAt: number | null;
  readonly version: number;
  readonly state: unknown;
  /** Of its text as it is stored, its list's rows included. */
  readonly bytes: number;
  /** Why the state cannot be read or brought into this build's form; `state` says nothing then. */
  readonly unreadable?: string;
  /** Of a processor with a `list`: the items that lie in rows of their own. */
  readonly rows?: StoredRows;
}

/** The items of a state's list that lie in rows of their own, oldest first; the first one's row has the number `from`. */
export interface StoredRows {
  readonly from: number;
  readonly items: readonly object[];
}

/** An item of a list as its row holds it. */
export interface StoredItem {
  readonly n: number;
  /** JSON. */
  readonly text: string;
}

/** What a transaction does to the rows of a list: those with a number below `below` go, others are added. */
export interface RowChange {
  readonly below?: number;
  readonly added: readonly StoredItem[];
}

/** The record or wake that careful mode is about to try. */
export interface Suspect {
  readonly item: string;
  readonly tries: number;
}

/** A task as its new owner finds it. */
export interface TaskRow {
  readonly epoch: number;
  readonly txn: number;
  readonly outSeq: number;
  readonly incarnation: number;
  readonly watermark: number | null;
  readonly clock: Clock;
  readonly time: number | null;
  /** Owners before this one that took it and never committed. */
  readonly attempts: number;
  readonly stateVersion: number;
  readonly rulesVersion: string | null;
  readonly suspect: Suspect | null;
  /** An alarm stopped it; `hito task resume` clears this. */
  readonly stopped: string | null;
  /** `hito task skip`: dead-letter the record that stopped it. */
  readonly skip: boolean;
  /** `hito task pause`: why nothing is taken; null while the task may run. */
  readonly paused: string | null;
  /** `hito task skip --record`: records by name (`topic@offset`) that become dead letters, each with its reason. */
  readonly skips: Readonly<Record<string, string>>;
  /** An operator has looked at what was wrong (a database that went back, a log that lost records) and says: go on from here. */
  readonly confirmed: boolean;
  /** When it last wrote what it had taken, epoch ms of the database's clock. */
  readonly committedAt: number | null;
  /** Since it was resumed: what was done after this instant (epoch ms) is still to be learnt from the log. */
  readonly recoverFrom: number | null;
  /** The database is not the one that this task last ran on (system or timeline), whether confirmed or not. */
  readonly elsewhere: boolean;
  /** Why that stops the task; null where it does not. */
  readonly databaseChanged: string | null;
  /** A second lane that has not taken over: it publishes nothing. */
  readonly silent: boolean;
  /** The lane that has taken over from this one; null while it speaks for its processor. */
  readonly successor: string | null;
  readonly cursors: readonly Cursor[];
  readonly outbox: readonly { readonly firstSeq: number; readonly lastSeq: number; readonly bytes: Buffer }[];
  readonly tallies: Readonly<Record<string, number>>;
}

/** How far a lane has come, as the other one sees it. */
export type Standing = Pick<TaskRow, 'txn' | 'watermark' | 'time' | 'silent' | 'successor' | 'cursors'>;

/** A second lane takes over: only where both lanes are as they were seen. */
export interface LaneSwitch {
  /** Of the second lane, and its transaction number. */
  readonly task: TaskId;
  readonly txn: number;
  /** The lane that speaks so far, its transaction number, and the instant up to which both have taken everything (epoch ms). */
  readonly first: string;
  readonly firstTxn: number;
  readonly at: number;
}

export interface TaskId {
  /** Its lane. */
  readonly processor: string;
  readonly partition: number;
  readonly epoch: number;
}

/** All that one transaction writes. */
export interface Commit {
  readonly task: TaskId;
  /** The transaction number expected; the row's becomes one more. */
  readonly txn: number;
  readonly watermark: number | null;
  readonly clock: Clock;
  readonly time: number | null;
  readonly outSeq: number;
  /** `state` null deletes the row; `text` is the state as JSON where it has been printed already. */
  readonly states: readonly {
    readonly key: string;
    readonly wakeAt: number | null;
    readonly state: object | null;
    readonly text?: string;
    readonly change?: RowChange;
  }[];
  /** Keys whose timer is taken out, while their state stays as it is. */
  readonly parked?: readonly string[];
  readonly stateVersion: number;
  readonly rulesVersion: string;
  readonly outbox: { readonly firstSeq: number; readonly lastSeq: number; readonly bytes: Buffer } | null;
  /** Outbox rows up to here have been published: delete them. */
  readonly publishedSeq: number;
  readonly cursors: readonly Cursor[];
  /** Hex hashes of outsiders' records accepted, wall-clock ms. */
  readonly seen: readonly string[];
  readonly seenAt: number;
  readonly tallies: Readonly<Record<string, number>>;
  /** Writes of the processor's own tables. */
  readonly apply?: ((sql: Sql) => Promise<void>) | undefined;
}

/** Where a worker's transaction stands: both are raised by it. */
export interface WorkerFence {
  readonly txn: number;
  readonly outSeq: number;
}

/** What a worker's transaction leaves behind beside its own rows. */
export interface WorkerWork<R> {
  readonly result: R;
  readonly outbox?: Commit['outbox'];
  readonly publishedSeq?: number;
  readonly outSeq?: number;
  readonly tallies?: Commit['tallies'];
}

/**
 * The database, as a task uses it. Every method may reject. Where the error is one of data (`kindOf`) the transaction is known to have
 * written nothing; after any other nothing is known, and the task must be acquired anew.
 */
export interface Condition {
  /** The database's clock, epoch ms. */
  readonly now: number;
  /** Nothing can be written: a standby, or set so. */
  readonly readOnly: boolean;
  /** The tasks of the service that an operator has paused, as `processor/partition`, each with the reason. */
  readonly paused: ReadonlyMap<string, string>;
}

export interface Store {
  /** Takes ownership: one epoch and one attempt more. `silent`: a row that is made here is one of a second lane. */
  acquire(processor: string, partition: number, silent?: boolean): Promise<TaskRow>;
  /** How far a lane has come; undefined where nobody has taken it yet. */
  standing(lane: string, partition: number): Promise<Standing | undefined>;
  /**
   * One transaction: the second lane has the first one's origin, with the next incarnation, its numbers and what it has not published. Who
   * owns the first lane is fenced. False: one of them is elsewhere by now, or has timers that are due, and nothing was written.
   */
  switchLanes(change: LaneSwitch): Promise<boolean>;
  /** Deletes rows of a lane that another has taken over from, `limit` states and items at most; gives how many there were. */
  sweep(
    lane: string,
    partition: number,
    successor: string,
    options: { readonly limit: number; readonly items: boolean },
  ): Promise<number>;
  states(processor: string, partition: number, keys: readonly string[]): Promise<StoredState[]>;
  /** The rows of these states' lists, in order of their numbers; only of a processor that has a `list`. */
  items(processor: string, partition: number, keys: readonly string[]): Promise<ReadonlyMap<string, readonly StoredItem[]>>;
  /** Rows with `wake_at` before the instant, in order of (wake_at, key), at most `limit`. */
  due(processor: string, partition: number, before: number, limit: number): Promise<StoredState[]>;
  /** The earliest `wake_at`. */
  firstWake(processor: string, partition: number): Promise<number | undefined>;
  /** Every state in portions by key, for rules that changed. */
  scan(processor: string, partition: number, afterKey: string, limit: number): Promise<StoredState[]>;
  /** Which of these hashes are known. */
  seen(partition: number, hashes: readonly string[]): Promise<Set<string>>;
  /** False: fenced, nothing was written. */
  commit(commit: Commit): Promise<boolean>;
  /** Notes what careful mode is about to try. False: fenced. */
  suspect(task: TaskId, suspect: Suspect | null): Promise<boolean>;
  /** Stops the task with an alarm until an operator resumes it. */
  stop(task: TaskId, alarm: string): Promise<void>;
  /** Notes that nothing is to be learnt from the log any more. False: fenced. */
  recovered(task: TaskId): Promise<boolean>;
  /** Where a worker stands in its inputs (topic without prefix), and that it was alive now. False: fenced. */
  place(task: TaskId, places: ReadonlyMap<string, number>): Promise<boolean>;
  /** An operator's word on a stopped task: still stopped, or go on. */
  stopped(processor: string, partition: number): Promise<string | null>;
  /** Runs `work` in one transaction of its own under the fence, for workers. Undefined: fenced. */
  worker<R>(
    task: TaskId,
    fence: WorkerFence | null,
    work: (sql: Sql) => Promise<WorkerWork<R>>,
  ): Promise<{ readonly result: R } | undefined>;
  /** The same over several partitions of one processor: those whose fence does not hold are left out of `held`. */
  workers<R>(
    processor: string,
    holds: readonly (WorkerFence & { readonly partition: number; readonly epoch: number })[],
    work: (
      sql: Sql,
      held: ReadonlySet<number>,
    ) => Promise<{ readonly result: R; readonly works: ReadonlyMap<number, Omit<WorkerWork<unknown>, 'result'>> }>,
  ): Promise<{ readonly result: R; readonly held: ReadonlySet<number> }>;
  query: Sql['query'];
  /** How the database is, in one query. Rejects while it is away. */
  look(): Promise<Condition>;
  close(): Promise<void>;
}
