import { events, topicOf, type Contract } from '#contracts';

/** A topic as it shall be on the broker. */
export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  /** Copies of each record; -1 leaves it to the broker. */
  readonly replication: number;
  readonly config: Readonly<Record<string, string>>;
}

/** Longest time that the broker can be told, where a lag has no word for "for ever". */
const forEver = '9223372036854775807';

/**
 * The topics of an installation. A compacted topic is not compacted before what it is joined with is gone (`events`), so that a
 * replay of the events finds the profiles of their time.
 */
export function topicSpecs(contracts: readonly Contract[], prefix: string, partitions: number, replication = -1): TopicSpec[] {
  const lag = events.retentionMs === -1 ? forEver : String(events.retentionMs);
  return contracts.map((contract) => ({
    topic: topicOf(prefix, contract),
    partitions,
    replication,
    config: {
      'cleanup.policy': contract.cleanup,
      'retention.ms': String(contract.retentionMs),
      // A broker whose own setting names a codec would compress anew what is written plain, at its cost and at each reader's.
      'compression.type': 'producer',
      ...(contract.cleanup === 'compact' && { 'min.compaction.lag.ms': lag }),
      ...(contract.maxBytes !== undefined && { 'max.message.bytes': String(contract.maxBytes) }),
    },
  }));
}
