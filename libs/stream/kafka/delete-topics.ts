import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Admin, type SASLOptions } from 'kafkajs';
import type { KafkaOptions } from '../model/runtime.types.ts';

const patienceMs = 60_000;

/**
 * Deletes those of the topics that exist, and the consumer groups that `ours` says yes to. For taking an installation away. A group
 * whose members were killed is waited for: the broker takes their session for alive until its time is over.
 */
export async function deleteTopics(
  { brokers, clientId, ssl, sasl }: KafkaOptions,
  topics: readonly string[],
  ours: (group: string) => boolean,
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
    await deleteGroups(client, ours);
    const existing = new Set(await client.listTopics());
    const doomed = topics.filter((topic) => existing.has(topic));
    if (doomed.length > 0) await client.deleteTopics({ topics: doomed });
  } finally {
    await client.disconnect();
  }
}

async function deleteGroups(client: Admin, ours: (group: string) => boolean): Promise<void> {
  for (const until = Date.now() + patienceMs; ; await sleep(500)) {
    const groups = (await client.listGroups()).groups.map(({ groupId }) => groupId).filter(ours);
    if (groups.length === 0) return;
    try {
      await client.deleteGroups(groups);
      return;
    } catch (error) {
      if ((error as Error).name !== 'KafkaJSDeleteGroupsError' || Date.now() > until) throw error;
    }
  }
}
