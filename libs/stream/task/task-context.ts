import type { Lane, Turns } from './lanes.ts';
import type { Log, Subscription } from '../model/log.ts';
import type { Peers } from './peers.ts';
import type { Logger, Transaction } from '../model/runtime.types.ts';
import type { Store } from '../model/store.ts';
import type { Tracer } from '../model/trace.ts';
import type { Tuning } from './tuning.ts';

/** What a task is given. */
export interface TaskContext extends Lane {
  readonly prefix: string;
  readonly partition: number;
  readonly partitions: number;
  readonly group: string;
  readonly store: Store;
  readonly log: Log;
  readonly subscription: Subscription;
  readonly logger: Logger;
  readonly tuning: Tuning;
  readonly sessionTimeoutMs: number;
  /** Wall clock, ms. */
  readonly now: () => number;
  /** Shared by the processor's tasks in this process. */
  readonly peers: Peers;
  /** Of a second lane: shared by all silent tasks in this process. */
  readonly turns: Turns;
  readonly onTransaction: (t: Transaction) => void;
  readonly tracer?: Tracer | undefined;
  /** Asks the broker for the inputs' ends soon; answers come by `ends`. */
  readonly askEnds: () => void;
}

/** What a task says of itself, over all its ownerships. */
export interface Report {
  waitsFor: string;
  /** Why the database took nothing last; absent once it has taken something again, or nothing is to be written. */
  unwritten: string | undefined;
  /** Why it has stopped until an operator resumes it. */
  alarm: string | undefined;
  /** The lane that has taken over from this one. */
  successor?: string | undefined;
  /** Why an operator lets it rest. */
  held: string | undefined;
  /** When its loop last came round, ms of `performance.now()`: liveness is progress. */
  turned: number;
  readonly counts: { taken: number; transactions: number; deadLetters: number; largestState: number };
}

export const newReport = (): Report => ({
  waitsFor: 'assignment',
  unwritten: undefined,
  alarm: undefined,
  held: undefined,
  turned: performance.now(),
  counts: { taken: 0, transactions: 0, deadLetters: 0, largestState: 0 },
});

/** A task's name for operators, as its row has it. */
export const taskName = ({ lane, partition }: Pick<TaskContext, 'lane' | 'partition'>): string => `${lane}/${String(partition)}`;

/** The origin of what a task writes, without its incarnation: whichever lane speaks. */
export const originName = ({ processor, partition }: Pick<TaskContext, 'processor' | 'partition'>): string =>
  `${processor.name}/${String(partition)}`;
