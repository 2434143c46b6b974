import type { Admin } from 'kafkajs';
import type { Log } from '../log.ts';

/** Questions to the broker about topics, ends and groups. */
export function admin(client: Admin): Pick<Log, 'ends' | 'starts' | 'committed' | 'createTopics' | 'partitionCounts'> {
  const offsets = async (topics: readonly string[], which: 'high' | 'low'): Promise<Map<string, number[]>> => {
    const found = await Promise.all(topics.map(async (topic) => [topic, await client.fetchTopicOffsets(topic)] as const));
    return new Map(
      found.map(([topic, partitions]) => {
        const list: number[] = [];
        for (const partition of partitions) list[partition.partition] = Number(partition[which]);
        return [topic, list];
      }),
    );
  };
  return {
    ends: (topics) => offsets(topics, 'high'),
    starts: (topics) => offsets(topics, 'low'),
    async committed(groupId, topics) {
      const found = await client.fetchOffsets({ groupId, topics: [...topics] });
      return new Map(
        found.map(({ topic, partitions }) => {
          const list: number[] = [];
          for (const { partition, offset } of partitions) list[partition] = Number(offset);
          return [topic, list];
        }),
      );
    },
    async createTopics(specs) {
      const existing = new Set(await client.listTopics());
      const missing = specs.filter(({ topic }) => !existing.has(topic));
      if (missing.length === 0) return [];
      await client.createTopics({
        waitForLeaders: true,
        topics: missing.map(({ topic, partitions, replication, config }) => ({
          topic,
          numPartitions: partitions,
          replicationFactor: replication,
          configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
        })),
      });
      return missing.map(({ topic }) => topic);
    },
    async partitionCounts(topics) {
      const existing = new Set(await client.listTopics());
      const known = topics.filter((topic) => existing.has(topic));
      if (known.length === 0) return new Map();
      const { topics: found } = await client.fetchTopicMetadata({ topics: known });
      return new Map(found.map(({ name, partitions }) => [name, partitions.length]));
    },
  };
}
