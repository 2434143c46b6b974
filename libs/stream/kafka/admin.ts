import kafkajs, { type Admin } from 'kafkajs';
import type { Log, Topics } from '../model/log.ts';
import { pause } from '../model/signal.ts';

/** Questions to the broker about topics, ends and groups. */
export function admin(
  client: Admin,
): Pick<Log, 'retention' | 'ends' | 'starts' | 'firstSince' | 'committed' | 'createTopics' | 'partitionCounts'> & Topics {
  const existing = async (topics: readonly string[]): Promise<string[]> => {
    const all = new Set(await client.listTopics());
    return topics.filter((topic) => all.has(topic));
  };
  const settings = async (topic: string) => {
    const { resources } = await client.describeConfigs({
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
      includeSynonyms: false,
    });
    return resources[0]?.configEntries ?? [];
  };
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
    async retention(topics) {
      const found = await Promise.all((await existing(topics)).map(async (topic) => [topic, await settings(topic)] as const));
      return new Map(
        found.map(([topic, entries]) => {
          const of = (name: string): string => entries.find(({ configName }) => configName === name)?.configValue ?? '';
          if (of('retention.ms') === '') throw new Error(`the broker does not say how long it keeps ${topic}`);
          return [topic, of('cleanup.policy') === 'compact' ? -1 : Number(of('retention.ms'))];
        }),
      );
    },
    ends: (topics) => offsets(topics, 'high'),
    starts: (topics) => offsets(topics, 'low'),
    async firstSince(topics, instant) {
      const found = await Promise.all(
        topics.map(async (topic) => [topic, await client.fetchTopicOffsetsByTimestamp(topic, Math.max(0, instant))] as const),
      );
      return new Map(found.map(([topic, partitions]) => [topic, byPartition(partitions)]));
    },
    async committed(groupId, topics) {
      const found = await client.fetchOffsets({ groupId, topics: [...topics] });
      return new Map(
        found.map(({ topic, partitions }) => {
          return [topic, byPartition(partitions)];
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
    async describeTopics(topics) {
      const known = await existing(topics);
      if (known.length === 0) return new Map();
      const { topics: found } = await client.fetchTopicMetadata({ topics: known });
      return new Map(
        await Promise.all(
          found.map(async ({ name, partitions }) => {
            const config = Object.fromEntries(
              (await settings(name)).map(({ configName, configValue }) => [configName, configValue]),
            );
            return [name, { partitions: partitions.length, config }] as const;
          }),
        ),
      );
    },
    async changeTopic(topic, config) {
      // The request replaces all settings of the topic: those that somebody made by hand go along.
      const own = (await settings(topic)).filter(({ configSource }) => configSource === kafkajs.ConfigSource.TOPIC_CONFIG);
      const all = { ...Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue])), ...config };
      await client.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: kafkajs.ConfigResourceTypes.TOPIC,
            name: topic,
            configEntries: Object.entries(all).map(([name, value]) => ({ name, value })),
          },
        ],
      });
    },
    async partitionCounts(topics) {
      const known = await existing(topics);
      if (known.length === 0) return new Map();
      const { topics: found } = await client.fetchTopicMetadata({ topics: known });
      return new Map(found.map(({ name, partitions }) => [name, partitions.length]));
    },
  };
}

function byPartition(partitions: readonly { readonly partition: number; readonly offset: string }[]): number[] {
  const list: number[] = [];
  for (const { partition, offset } of partitions) list[partition] = Number(offset);
  return list;
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
