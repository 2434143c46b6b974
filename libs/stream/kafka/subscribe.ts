import type { Batch, Kafka, KafkaMessage } from 'kafkajs';
import { listed, type Fetched, type GroupHandlers, type GroupOptions, type LogRecord, type Subscription } from '../model/log.ts';
import type { Logger } from '../model/runtime.types.ts';
import { pause } from '../model/signal.ts';
import { coPartition } from './assignor.ts';
import { FetchedSet } from './fetch-decoder.ts';
import { Membership } from './membership.ts';

/** A fetch of fewer records of a partition is a trickle: the next fetch follows after this, so that what comes meanwhile shares it. */
const trickle = 500;
const gatherMs = 10;
/** What a fetch brings at most: memory for what is fetched, against transactions for what is taken. */
const fetchBytes = 1_024 * 1_024;

/**
 * Joins a group. Postgres holds the truth about offsets: nothing is committed but by `commit`, every assignment is told, and the task
 * seeks. `eachBatch` only hands over and returns, since a blocked one would stall every other partition of that broker.
 */
export async function subscribe(
  kafka: Kafka,
  logger: Logger,
  { group, topics, version, sessionTimeoutMs }: GroupOptions,
  handlers: GroupHandlers,
): Promise<Subscription> {
  const consumer = kafka.consumer({
    groupId: group,
    partitionAssigners: [coPartition(version)],
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: Math.max(500, Math.floor(sessionTimeoutMs / 6)),
    rebalanceTimeout: Math.max(15_000, sessionTimeoutMs * 2),
    maxWaitTimeInMs: 100,
    // What has been fetched lies in memory whole until its last record is taken: so a fetch is of one partition where there is much
    // (kafkajs asks for them in an order of chance), and of all where there is little.
    maxBytesPerPartition: fetchBytes,
    maxBytes: fetchBytes,
    allowAutoTopicCreation: false,
    retry: { retries: 8, initialRetryTime: 100, maxRetryTime: 2_000, restartOnFailure: () => Promise.resolve(true) },
  });
  const membership = new Membership(sessionTimeoutMs);
  let rejoining = false;
  let stopped = false;

  const run = async (): Promise<void> => {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      // All batches of a fetch at once: handing over takes no time, and a pause after it is one for all.
      partitionsConsumedConcurrently: 64,
      eachBatch: async ({ batch }) => {
        const fetchedFrom = Number((batch as unknown as { fetchedOffset: string }).fetchedOffset);
        const set = fetched(batch);
        if (!stopped && set.last >= 0)
          handlers.records(batch.topic, batch.partition, set, fetchedFrom, Number(batch.highWatermark));
        if (set.count < trickle) await pause(gatherMs);
      },
    });
  };

  consumer.on(consumer.events.HEARTBEAT, () => {
    membership.confirmed();
  });
  consumer.on(consumer.events.FETCH, () => {
    if (stopped || rejoining || !membership.lostBy(performance.now())) return;
    logger.warn({ group }, 'the consumer fetches without being in its group and joins it anew');
    handlers.crashed(new Error('not in the group'));
    void rejoin();
  });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    membership.confirmed();
    if (stopped) return;
    const partitions = new Set(Object.values(payload.memberAssignment).flat());
    handlers.assigned([...partitions].sort((a, b) => a - b));
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (stopped) return;
    logger.warn({ group, error: payload.error.message, restart: payload.restart }, 'the consumer fell out of its group');
    handlers.crashed(payload.error);
    // kafkajs leaves for good after what it holds for final; a service must come back by itself.
    if (!payload.restart) void rejoin();
  });
  const rejoin = async (): Promise<void> => {
    rejoining = true;
    for (let attempt = 0; !stopped; attempt++) {
      await pause(Math.min(10_000, 500 * 2 ** attempt));
      try {
        await consumer.disconnect();
        if (!stopped) await run();
        break;
      } catch (error) {
        logger.warn({ group, error: (error as Error).message }, 'rejoining the group failed and is repeated');
      }
    }
    membership.confirmed();
    rejoining = false;
  };

  await run();
  const tell = (verb: () => void): void => {
    try {
      verb();
    } catch (error) {
      // Between two memberships there is nothing to seek in; the next assignment begins with a seek anyway.
      logger.debug({ group, error: (error as Error).message }, 'not in the group at present');
    }
  };
  return {
    seek: (topic, partition, offset) => {
      tell(() => {
        consumer.seek({ topic, partition, offset: String(offset) });
      });
    },
    pause: (topic, partition) => {
      tell(() => {
        consumer.pause([{ topic, partitions: [partition] }]);
      });
    },
    resume: (topic, partition) => {
      tell(() => {
        consumer.resume([{ topic, partitions: [partition] }]);
      });
    },
    commit: (offsets) =>
      consumer.commitOffsets(offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) }))),
    stop: async () => {
      stopped = true;
      await consumer.disconnect();
    },
  };
}

/** What kafkajs hands over: our own decoder's set, or messages that it has decoded itself. */
export function fetched({ messages }: Pick<Batch, 'messages'>): Fetched {
  const [first] = messages;
  return first instanceof FetchedSet ? first : listed(messages.map(record));
}

function record(message: KafkaMessage): LogRecord {
  const { offset, key, value, headers, timestamp } = message;
  const texts = Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)]));
  return { offset: Number(offset), key: key === null ? null : String(key), value, headers: texts, timestamp: Number(timestamp) };
}
