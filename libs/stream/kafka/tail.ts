import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import type { LogRecord } from '../log.ts';
import { record } from './subscribe.ts';

/** Reads a topic without belonging to the installation: a group of its own that commits nothing. */
export async function tail(
  kafka: Kafka,
  clientId: string,
  topic: string,
  { from, partitions }: { readonly from: 'beginning' | 'end'; readonly partitions?: readonly number[] },
  onRecords: (partition: number, records: readonly LogRecord[]) => void,
): Promise<{ stop(): Promise<void> }> {
  const consumer = kafka.consumer({
    groupId: `${clientId}-tail-${randomUUID()}`,
    maxWaitTimeInMs: 100,
    allowAutoTopicCreation: false,
    retry: { retries: 20, restartOnFailure: () => Promise.resolve(true) },
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: from === 'beginning' });
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch }) => {
      if (partitions === undefined || partitions.includes(batch.partition)) onRecords(batch.partition, batch.messages.map(record));
      return Promise.resolve();
    },
  });
  return { stop: () => consumer.disconnect() };
}
