import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import type { LogRecord, OffsetRange } from '../model/log.ts';
import { fetched } from './subscribe.ts';

/** Reads parts of a topic once, in a group of its own that commits nothing. Rejects where the broker gives up; begin anew then. */
export async function extract(
  kafka: Kafka,
  clientId: string,
  topic: string,
  ranges: readonly OffsetRange[],
  onRecords: (partition: number, records: readonly LogRecord[]) => void,
): Promise<void> {
  const left = new Map(
    ranges.filter(({ from, to }) => from < to).map((span) => [span.partition, { next: span.from, to: span.to }]),
  );
  if (left.size === 0) return;
  const consumer = kafka.consumer({
    groupId: `${clientId}-extract-${randomUUID()}`,
    maxWaitTimeInMs: 100,
    allowAutoTopicCreation: false,
    retry: { retries: 8 },
  });
  const over = Promise.withResolvers<undefined>();
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const unwanted = (payload.memberAssignment[topic] ?? []).filter((partition) => !left.has(partition));
    if (unwanted.length > 0) consumer.pause([{ topic, partitions: unwanted }]);
    for (const [partition, { next }] of left) consumer.seek({ topic, partition, offset: String(next) });
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    over.reject(payload.error);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        const span = left.get(batch.partition);
        if (span === undefined) return Promise.resolve();
        const records = fetched(batch).records();
        onRecords(
          batch.partition,
          records.filter(({ offset }) => offset >= span.next && offset < span.to),
        );
        span.next = Math.max(span.next, (records.at(-1)?.offset ?? -1) + 1);
        if (span.next >= span.to) {
          left.delete(batch.partition);
          consumer.pause([{ topic, partitions: [batch.partition] }]);
        }
        if (left.size === 0) over.resolve(undefined);
        return Promise.resolve();
      },
    });
    await over.promise;
  } finally {
    await consumer.disconnect();
  }
}
