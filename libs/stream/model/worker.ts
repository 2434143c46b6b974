import type { Cause, Contract, Service } from '#contracts';
import type { LogRecord } from './log.ts';
import type { Emission, Input, Output, Sql } from './processor.ts';

/** What a worker publishes: an emission with its key, its cause and its instant (epoch ms). */
export interface WorkerEmission extends Emission {
  readonly key: string;
  readonly cause: Cause;
  readonly at: number;
  /** Tells it apart from others of the same cause, so that its id is the same whenever it is told, e.g. `accepted/1`. */
  readonly name: string;
}

/**
 * A record that a worker makes whole, for a topic that outsiders write too or a dead letter. `at` (epoch ms): it gets its place among those
 * of this worker, so that readers who know it (`Input.placedBy`) drop a repeat.
 */
export interface WorkerRecord {
  readonly contract: Contract;
  readonly partition: number;
  readonly key: string;
  readonly value: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly at?: number;
}

export interface WorkerCommit<Result> {
  readonly result: Result;
  readonly emit?: readonly WorkerEmission[];
  readonly records?: readonly WorkerRecord[];
  readonly tally?: Readonly<Record<string, number>>;
}

/** What a transaction over several partitions leaves behind, by partition. */
export interface JointCommit<Result> {
  readonly result: Result;
  readonly commits?: ReadonlyMap<number, Omit<WorkerCommit<unknown>, 'result' | 'records'>>;
}

/** The circuit breaker of a place that a worker sends to. */
export interface Breaker {
  readonly name: string;
  /** Whether anything is sent there now. */
  readonly open: boolean;
  /** Since when it is so; ISO 8601, of this machine's clock. */
  readonly since: string;
  /** Why nothing is sent, and what to do about it; absent while it is open. */
  readonly trouble?: string;
}

/**
 * An operator has taken a database for the one to keep that does not know all that was done (a backup, a standby that was behind).
 * Before anything is done the worker learns the rest from the log.
 */
export interface Recovery {
  /** This worker was alive then, in this database: it knows what was done before; epoch ms. */
  readonly since: number;
  /** Reads the partition's records of a topic from an instant (epoch ms) to its present end. */
  read(contract: Contract, from: number, onRecords: (records: readonly LogRecord[]) => void): Promise<void>;
  /** Nothing more is to be learnt. */
  done(): Promise<void>;
}

/** A worker's hold on one partition, until `signal` aborts (partition moved, or stop). */
export interface WorkerSession {
  readonly partition: number;
  readonly epoch: number;
  readonly signal: AbortSignal;
  /** There after an operator has resumed the worker on a database that went back, until it is done. */
  readonly recovery?: Recovery | undefined;
  /**
   * One transaction under the fence (owner epoch and transaction number are checked first); emissions go through the outbox and are
   * published after the commit. One at a time: calls queue. Rejects with `Fenced` when another process owns the partition now.
   */
  transaction<Result>(work: (sql: Sql) => Promise<WorkerCommit<Result>>): Promise<Result>;
  /**
   * One transaction over this partition and those of `others`, sessions of the same process and worker, each under its own fence. Who is
   * fenced is left out: `held` are the partitions that still belong to their sessions; `commits` may name only those.
   */
  together<Result>(
    others: readonly WorkerSession[],
    work: (sql: Sql, held: ReadonlySet<number>) => Promise<JointCommit<Result>>,
  ): Promise<{ readonly result: Result; readonly held: ReadonlySet<number> }>;
  /** A small transaction of its own that only checks the owner's epoch; runs beside `transaction`. Same rejection. */
  checked<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
  /** A change of rows that is right even for one who has lost the partition (compare-and-set by token): no check. */
  unchecked<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
}

/** A processor without a fold: it owns partitions, a task row and an origin, and does its work itself (delivery's sender). */
export interface Worker {
  readonly service: Service;
  readonly name: string;
  /** Read only to be assigned partitions and to be nudged: their records carry no state and no time. */
  readonly inputs: readonly Input[];
  /** Its inputs are not even fetched: where they end is enough, as a witness against a database that went back. */
  readonly watches?: boolean;
  readonly outputs: readonly Output[];
  /** What it cannot go on without beside broker and database, with what to do about it; for `hito status`. */
  readonly waitsFor?: () => string | undefined;
  /** Where it sends to, of the whole process; for `hito status`. */
  readonly breakers?: () => readonly Breaker[];
  /** What it measures of the whole process, by name; a row of `readingMetrics` in #platform makes each a gauge. */
  readonly readings?: () => Readonly<Record<string, number>>;
  /** Runs one partition until `session.signal` aborts. `nudged` resolves when an input had a record. */
  run(session: WorkerSession, nudged: () => Promise<void>): Promise<void>;
}

/** Thrown when this process no longer owns the partition: drop everything and leave. */
export class Fenced extends Error {}
