import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka } from 'kafkajs';
import type { LogRecord } from '../model/log.ts';
import type { Logger } from '../model/runtime.types.ts';
import { pause } from '../model/signal.ts';
import { fetched } from './subscribe.ts';

interface Tail {
  readonly from: 'beginning' | 'end';
  readonly partitions?: readonly number[];
}

/** Reads a topic without belonging to the installation: a group of its own that commits nothing. Comes back by itself where it was. */
export async function tail(
  kafka: Kafka,
  clientId: string,
  logger: Logger,
  topic: string,
  { from, partitions }: Tail,
  onRecords: (partition: number, records: readonly LogRecord[]) => void,
): Promise<{ stop(): Promise<void> }> {
  const next = new Map<number, number>();
  let stopped = false;
  let consumer: Consumer;

  const start = async (): Promise<void> => {
    consumer = kafka.consumer({
      groupId: `${clientId}-tail-${randomUUID()}`,
      maxWaitTimeInMs: 100,
      allowAutoTopicCreation: false,
      retry: { retries: 20, restartOnFailure: () => Promise.resolve(true) },
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      const assigned = payload.memberAssignment[topic] ?? [];
      const unwanted = partitions === undefined ? [] : assigned.filter((partition) => !partitions.includes(partition));
      if (unwanted.length > 0) consumer.pause([{ topic, partitions: unwanted }]);
      for (const [partition, offset] of next) consumer.seek({ topic, partition, offset: String(offset) });
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart && !stopped) void again();
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: from === 'beginning' });
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        const { partition } = batch;
        const due = next.get(partition) ?? 0;
        const records = fetched(batch)
          .records()
          .filter(({ offset }) => offset >= due);
        const last = records.at(-1);
        if (last === undefined || stopped || partitions?.includes(partition) === false) return Promise.resolve();
        next.set(partition, last.offset + 1);
        onRecords(partition, records);
        return Promise.resolve();
      },
    });
  };
  const again = async (): Promise<void> => {
    for (let attempt = 0; !stopped; attempt++) {
      await pause(Math.min(5_000, 250 * 2 ** attempt));
      try {
        await consumer.disconnect();
        if (!stopped) await start();
        return;
      } catch (error) {
        logger.warn({ topic, error: (error as Error).message }, 'reading the topic failed and is repeated');
      }
    }
  };

  await start();
  return {
    stop: async () => {
      stopped = true;
      await consumer.disconnect();
    },
  };
}
