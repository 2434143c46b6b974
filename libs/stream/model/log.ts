/** A record as it lies on the log. */
export interface LogRecord {
  readonly offset: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Epoch ms, as the log keeps it; -1 where its writer gave none. Ours have their instant in `hito-seq` instead. */
  readonly timestamp?: number;
  /** One of the headers, where that is cheaper than all of them. */
  header?(name: string): string | undefined;
  /** The value as text, where that is cheaper than by way of a buffer. */
  text?(): string | null;
}

export const headerOf = (record: LogRecord, name: string): string | undefined =>
  record.header === undefined ? record.headers[name] : record.header(name);

export const textOf = (record: LogRecord): string | null =>
  record.text === undefined ? record.value && String(record.value) : record.text();

/** What one fetch has of a topic-partition, in order and at least one record: bytes, of which records are made when they are asked for. */
export interface Fetched {
  readonly count: number;
  /** What is held in memory until the last record has been taken. */
  readonly bytes: number;
  /** Offset of the last record. */
  readonly last: number;
  records(): readonly LogRecord[];
}

/** Records that have been made already. */
export const listed = (records: readonly LogRecord[]): Fetched => ({
  count: records.length,
  bytes: records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0),
  last: records.at(-1)?.offset ?? -1,
  records: () => records,
});

/** A record to be written; topic with its prefix. */
export interface OutRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string | null;
  readonly value: Buffer | string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Records of one topic-partition in the order in which they are to be written, each as its length and what Kafka's format has of it
 * behind the offset's delta: key, value, headers. So a message is made to bytes once, for the outbox and for the broker.
 * Source: https://kafka.apache.org/documentation/#record.
 */
export interface EncodedRecords {
  readonly topic: string;
  readonly partition: number;
  readonly count: number;
  readonly bytes: Buffer;
}

/** What is written: records, or such as have been encoded already. */
export type Outgoing = OutRecord | EncodedRecords;

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  readonly replication: number;
  readonly config: Readonly<Record<string, string>>;
}

/** A topic as it is on the broker; `config` with the broker's defaults. */
export interface TopicFacts {
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

/** What an operator does to topics. */
export interface Topics {
  /** Those of them that exist. */
  describeTopics(topics: readonly string[]): Promise<Map<string, TopicFacts>>;
  /** Sets these settings of a topic and leaves its others as they are. */
  changeTopic(topic: string, config: Readonly<Record<string, string>>): Promise<void>;
}

/** What a member of a group is told. All three must return quickly: they only take note. */
export interface GroupHandlers {
  /** The member now owns just these partitions, of every topic; whatever it owned before is gone. */
  assigned(partitions: readonly number[]): void;
  /** `fetchedFrom` is the offset that was asked for, `end` the log's end as of that fetch. */
  records(topic: string, partition: number, fetched: Fetched, fetchedFrom: number, end: number): void;
  /** The member is out of the group and will not come back by itself. */
  crashed(error: Error): void;
}

export interface GroupOptions {
  readonly group: string;
  /** Co-partitioned: the member that gets partition p gets it of each of these. */
  readonly topics: readonly string[];
  /** Members with the highest version get the partitions. */
  readonly version: number;
  readonly sessionTimeoutMs: number;
}

export interface Subscription {
  seek(topic: string, partition: number, offset: number): void;
  pause(topic: string, partition: number): void;
  resume(topic: string, partition: number): void;
  /** For lag tools, and as the witness against a database that went back. */
  commit(offsets: readonly { topic: string; partition: number; offset: number }[]): Promise<void>;
  stop(): Promise<void>;
}

/** Offsets `from` (this one too) to `to` (this one not) of a partition. */
export interface OffsetRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** The broker, behind four verbs: consume, produce, seek, admin. */
export interface Log {
  /** acks=all, in order per topic-partition; rejects when it is not known to be written: repeat it then. */
  produce(outgoing: readonly Outgoing[]): Promise<void>;
  subscribe(options: GroupOptions, handlers: GroupHandlers): Promise<Subscription>;
  /** Reads without a group of the installation's. */
  tail(
    topic: string,
    options: { readonly from: 'beginning' | 'end'; readonly partitions?: readonly number[] },
    onRecords: (partition: number, records: readonly LogRecord[]) => void,
  ): Promise<{ stop(): Promise<void> }>;
  /** How long the broker keeps these topics by time, ms; -1 for ever. Those that exist. Rejects where it does not say. */
  retention(topics: readonly string[]): Promise<Map<string, number>>;
  /** Next offset to be written, per partition. */
  ends(topics: readonly string[]): Promise<Map<string, number[]>>;
  /** First offset still there, per partition. */
  starts(topics: readonly string[]): Promise<Map<string, number[]>>;
  /** First offset written at this instant (epoch ms) or later, per partition; the end where there is none. */
  firstSince(topics: readonly string[], instant: number): Promise<Map<string, number[]>>;
  /** Reads these parts of a topic's partitions, each in its order; resolves when all of them have been handed over. */
  extract(
    topic: string,
    ranges: readonly OffsetRange[],
    onRecords: (partition: number, records: readonly LogRecord[]) => void,
  ): Promise<void>;
  /** What the group has committed, per partition; -1 for nothing. */
  committed(group: string, topics: readonly string[]): Promise<Map<string, number[]>>;
  /** Makes those that are missing, leaves the others; gives the names of those it made. */
  createTopics(specs: readonly TopicSpec[]): Promise<string[]>;
  /** Number of partitions of each topic that exists. */
  partitionCounts(topics: readonly string[]): Promise<Map<string, number>>;
  close(): Promise<void>;
}
