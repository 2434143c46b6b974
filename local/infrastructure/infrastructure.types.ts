/** A server that tests may kill and start again; it comes back on the same port with the same data. */
export interface Server {
  readonly pid: number;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Kafka and Postgres, however they were come by. */
export interface Infrastructure {
  readonly kind: 'given' | 'docker' | 'embedded';
  readonly brokers: readonly string[];
  /** An admin's URL: it may create roles and schemas. */
  readonly adminDatabaseUrl: string;
  /** Ends what was started here; given servers are left alone. */
  stop(): Promise<void>;
  /** Only where they are processes of ours. */
  readonly kafka?: Server;
  readonly postgres?: Server;
}

export interface InfrastructureOptions {
  /** Where data, logs, process records and remembered ports live (`.hito`, or a test's own folder). */
  readonly dir: string;
  readonly log: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
  /** As `chooseInfrastructure` chose; it is asked where this is absent. */
  readonly kind?: Infrastructure['kind'];
}
