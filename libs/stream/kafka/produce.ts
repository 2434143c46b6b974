import kafkajs, { type Kafka } from 'kafkajs';
import type { OutRecord } from '../log.ts';

/**
 * acks=all, one request in flight, not idempotent: with `idempotent: true` a lost answer makes kafkajs reuse a sequence number and an
 * acknowledged message is gone; this way a lost answer only repeats, and repeats are dropped by their `hito-seq`.
 */
export function producer(kafka: Kafka) {
  const client = kafka.producer({
    idempotent: false,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    retry: { retries: 2, initialRetryTime: 50, maxRetryTime: 500 },
  });
  let connected: Promise<void> | undefined;
  return {
    async send(records: readonly OutRecord[]): Promise<void> {
      connected ??= client.connect();
      try {
        await connected;
      } catch (error) {
        connected = undefined;
        throw error;
      }
      const topics = new Map<string, { topic: string; messages: { partition: number; key: string | null; value: Buffer | string | null; headers?: Record<string, string> }[] }>();
      for (const { topic, partition, key, value, headers } of records) {
        let entry = topics.get(topic);
        if (entry === undefined) topics.set(topic, (entry = { topic, messages: [] }));
        entry.messages.push({ partition, key, value, ...(headers === undefined ? {} : { headers }) });
      }
      await client.sendBatch({ acks: -1, timeout: 30_000, topicMessages: [...topics.values()] });
    },
    close: () => client.disconnect(),
  };
}
