import kafkajs, { type Kafka } from 'kafkajs';
import { failPoint } from '../fail-point.ts';
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
      for (const [n, portion] of [...portions(records)].entries()) {
        if (n > 0) failPoint('between-sends');
        await send(portion);
      }
    },
    close: () => client.disconnect(),
  };

  async function send(records: readonly OutRecord[]): Promise<void> {
    const topics = new Map<
      string,
      {
        topic: string;
        messages: { partition: number; key: string | null; value: Buffer | string | null; headers?: Record<string, string> }[];
      }
    >();
    for (const { topic, partition, key, value, headers } of records) {
      let entry = topics.get(topic);
      if (entry === undefined) topics.set(topic, (entry = { topic, messages: [] }));
      entry.messages.push({ partition, key, value, ...(headers === undefined ? {} : { headers }) });
    }
    await client.sendBatch({ acks: -1, timeout: 30_000, topicMessages: [...topics.values()] });
  }
}

/** A send is one batch per partition to the broker, and a batch is bound by the broker's largest message: one after the other, in order. */
const maxSendBytes = 900_000;
const maxSendRecords = 2_000;

export function* portions(records: readonly OutRecord[]): Generator<OutRecord[]> {
  let portion: OutRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = (record.value === null ? 0 : Buffer.byteLength(record.value)) + 200;
    if (portion.length > 0 && (bytes + size > maxSendBytes || portion.length >= maxSendRecords)) {
      yield portion;
      portion = [];
      bytes = 0;
    }
    portion.push(record);
    bytes += size;
  }
  if (portion.length > 0) yield portion;
}
