import kafkajs, { type SASLOptions } from 'kafkajs';
import type { KafkaOptions } from '../runtime.types.ts';

/** Deletes those of the topics that exist, and the consumer groups whose names begin with `groupPrefix`. For taking an installation away. */
export async function deleteTopics(
  { brokers, clientId, ssl, sasl }: KafkaOptions,
  topics: readonly string[],
  groupPrefix: string,
): Promise<void> {
  const client = new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    ssl: typeof ssl === 'object' ? (ssl.ca === undefined ? true : { ca: [ssl.ca] }) : (ssl ?? false),
    ...(sasl === undefined ? {} : { sasl: sasl as SASLOptions }),
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin();
  await client.connect();
  try {
    const groups = (await client.listGroups()).groups
      .map(({ groupId }) => groupId)
      .filter((group) => group.startsWith(groupPrefix));
    if (groups.length > 0) await client.deleteGroups(groups);
    const existing = new Set(await client.listTopics());
    const doomed = topics.filter((topic) => existing.has(topic));
    if (doomed.length > 0) await client.deleteTopics({ topics: doomed });
  } finally {
    await client.disconnect();
  }
}
