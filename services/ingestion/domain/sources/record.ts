/** A record of a source's topic, decoded: what the expressions of its mapping may look at as `record`. */
export interface SourceRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Epoch ms, as the broker keeps it; absent where the record has none. */
  readonly timestamp?: number;
  /** Absent where there is none, or where it is no text. */
  readonly key?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What its format makes of its value: usually a map. */
  readonly value: unknown;
}

/** A record by its place: unique within a source, unless its topic is made anew. */
export const placeOf = ({ topic, partition, offset }: Pick<SourceRecord, 'topic' | 'partition' | 'offset'>): string =>
  `${topic}/${String(partition)}/${String(offset)}`;
