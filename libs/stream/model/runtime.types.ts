import type { Contract, Service } from '#contracts';
import type { Processor } from './processor.ts';
import type { Tracer } from './trace.ts';
import type { Breaker, Worker } from './worker.ts';

/** How to reach the broker. */
export interface KafkaOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** `ca`: the authority's certificate, PEM. */
  readonly ssl?: boolean | { readonly ca?: string };
  readonly sasl?:
    | { readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; readonly username: string; readonly password: string }
    | ({ readonly mechanism: 'oauthbearer' } & ClientCredentials);
}

/** A login by a token of an authorization server (RFC 6749, 4.4). */
export interface ClientCredentials {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string | undefined;
}

/** The little of a logger that the runtime needs; pino fits. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A processor, and rules for the life of the process, or how to make them of an announced content. */
export type Described = {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- processors of different states live in one list
  readonly processor: Processor<any, any, any>;
  /** The lane that speaks for it: the name of its rows, its state table and its consumer group. The processor's name where absent. */
  readonly lane?: string;
  /** A lane that takes over from that one. */
  readonly second?: SecondLane;
} & RulesGiven;

/** Rules for the life of a process, or made of what is announced. */
export type RulesGiven =
  { readonly rules: unknown; readonly rulesVersion: string } | { readonly rulesOf: (content: unknown) => unknown };

/**
 * The same processor once more, with rules, states and cursors of its own. It reads the inputs from the beginning of what is retained and
 * publishes nothing, until its tasks have taken what those of the first lane have taken. Then it takes over, partition by partition.
 */
export type SecondLane = {
  /** A name that no lane of the service has had: small letters, digits and underscores. Its state table is `<lane>_state`. */
  readonly lane: string;
  /** The instant of the task's time from which it may take over, epoch ms. Driven, it takes over just then; live, as soon as it is there. */
  readonly from: number;
} & RulesGiven;

/** A version of the rules, as a record of a broadcast topic says it. */
export interface Announced {
  /** Names the version in what is decided by it. */
  readonly version: string;
  /** The task's time at which it takes effect, epoch ms; absent: as soon as every task can know of it. */
  readonly from?: number | undefined;
  /** What the rules of each processor are made of. */
  readonly content: unknown;
}

/** A topic of one partition that every process reads whole: each record is a version of the rules. */
export interface Announcements {
  /** Its records carry the broker's time, and none is ever deleted. */
  readonly contract: Contract;
  /** Throws where the text is no version of the rules. */
  readonly read: (text: string) => Announced;
  /** From the broker's time of a record until it takes effect, ms: longer than clocks may differ and a reader may be behind. */
  readonly leadMs: number;
}

export interface RuntimeOptions {
  readonly service: Service;
  readonly prefix: string;
  /** Every topic has this many; checked against the broker at start. */
  readonly partitions: number;
  readonly kafka: KafkaOptions;
  /** The service's own role and schema (search_path is the role's). */
  readonly databaseUrl: string;
  readonly processors: readonly Described[];
  /** Where versions of the rules are announced, for processors that follow them. */
  readonly announcements?: Announcements | undefined;
  readonly workers?: readonly Worker[];
  readonly logger: Logger;
  /** Follows the traces that records belong to; without one nothing is read or written for them. */
  readonly tracer?: Tracer | undefined;
  /** Session timeout of the consumer groups, ms. */
  readonly sessionTimeoutMs?: number;
}

export type Clock = 'unset' | 'driven' | 'live';

/** What one task is doing, for /metrics, /health and `hito status`. */
export interface TaskStatus {
  /** Its lane: the processor's name, where no second lane has taken over. */
  readonly processor: string;
  readonly partition: number;
  readonly clock: Clock;
  /** Epoch ms; undefined before the first. */
  readonly watermark: number | undefined;
  /** broker, database, input <topic>, replay, nothing, stopped: <alarm>, paused: <reason>; of a worker also what it says itself. */
  readonly waitsFor: string;
  /** Why broker or database did not take what was last written; absent while they take it. */
  readonly refusal?: string;
  readonly stopped: boolean;
  /** An operator lets it rest. */
  readonly paused?: boolean;
  /** A second lane that has not taken over yet: how far its time is behind that of the first lane, ms; undefined before it has any. */
  readonly silent?: { readonly behindMs: number | undefined };
  readonly lagRecords: number;
  /** Records taken, transactions, dead letters, duplicates since the task was assigned. */
  readonly taken: number;
  readonly transactions: number;
  readonly deadLetters: number;
  /** Bytes of the largest state written since the task was assigned, and what its processor allows. */
  readonly largestState?: number;
  readonly stateBound?: number;
  /** For how long the task's loop has not come round, ms: it comes round every few seconds, also when there is nothing to do. */
  readonly sinceTurnMs?: number;
  /** How long the broker keeps the inputs at least, ms; absent where it keeps all (see Retention). */
  readonly retentionMs?: number;
  /** How often the task has been taken, by any process: the epoch of its owner. */
  readonly epoch?: number;
  /** For how long the oldest committed message has not been acknowledged by the broker, ms; 0 when all are. */
  readonly unpublishedMs?: number;
  /** What a worker measures of the whole process, by name (see Worker.readings). */
  readonly readings?: Readonly<Record<string, number>>;
  /** Where a worker sends to, of the whole process (see Worker.breakers). */
  readonly breakers?: readonly Breaker[];
  /** Durable counters of this task (see Decision.tally). */
  readonly tallies: Readonly<Record<string, number>>;
}

/** One transaction of a task. */
export interface Transaction {
  readonly processor: string;
  readonly records: number;
  readonly durationMs: number;
  /** Live: wall clock at its commit less the instant of the oldest record in it that carries time, ms. */
  readonly ageMs?: number;
  /** The trace of one of its records, where one was traced. */
  readonly traceId?: string;
}

export interface Runtime {
  /** Tasks held by this process. */
  status(): readonly TaskStatus[];
  /**
   * Why the service cannot take traffic (broker or database away, topics missing, not assigned yet), or nothing. A task that an alarm has
   * stopped is no reason: `status` shows it.
   */
  notReady(): string | undefined;
  /** Called per transaction, for histograms. */
  onTransaction(listener: (t: Transaction) => void): void;
  /** How far this machine's clock is ahead of the database's, ms; negative when behind, undefined before it is known. */
  clockOffsetMs(): number | undefined;
  /** Publishes outsiders' records (`collected`, `hits`), keyed; resolves after acks=all. Rejects when the broker is away. */
  produce(
    records: readonly {
      topic: string;
      key: string;
      value: object;
      headers?: Readonly<Record<string, string>>;
      partition?: number;
    }[],
  ): Promise<void>;
  /** Reads the service's own database. */
  query(text: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  /** Orderly: finishes the running transactions, publishes, leaves the groups. */
  stop(): Promise<void>;
}
