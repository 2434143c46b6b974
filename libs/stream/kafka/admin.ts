import type { Admin } from 'kafkajs';
import type { Log } from '../log.ts';
import { pause } from '../signal.ts';

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
        // kafkajs' own wait gives up at the first answer that does not know the topic yet.
        waitForLeaders: false,
        topics: missing.map(({ topic, partitions, replication, config }) => ({
          topic,
          numPartitions: partitions,
          replicationFactor: replication,
          configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
        })),
      });
      await untilLed(
        client,
        missing.map(({ topic }) => topic),
      );
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

/**
 * A broker that has taken a topic on needs a moment until it leads its partitions, and names itself as their leader before it is:
 * only a leader can say where a partition ends.
 */
async function untilLed(client: Admin, topics: readonly string[]): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await Promise.all(topics.map((topic) => client.fetchTopicOffsets(topic)));
      return;
    } catch (error) {
      if (attempt >= 100)
        throw new Error(`no leaders for ${topics.join(', ')}: is the broker healthy? ${(error as Error).message}`, {
          cause: error,
        });
    }
    await pause(100);
  }
}
