import kafkajs from 'kafkajs';
import Cluster from 'kafkajs/src/cluster/index.js';
import Batch from 'kafkajs/src/consumer/batch.js';
import { createLogger } from 'kafkajs/src/loggers/index.js';
import socketFactory from 'kafkajs/src/network/socketFactory.js';
import type { LogRecord } from '../model/log.ts';
import type { KafkaOptions, Logger } from '../model/runtime.types.ts';
import { config } from './connect.ts';
import { fetched } from './subscribe.ts';

/** Where a reader of a topic begins: at its first record, behind its last, or with what was written since an instant (epoch ms). */
export type Beginning = 'earliest' | 'latest' | number;

/**
 * What a fetch brought of a partition. `next`: the offset to ask for then; `end`: the next one to be written. `lost`: the log does not
 * reach the offset that was asked for. `unreadable`: nobody can make records of what lies there. `away`: ask again later.
 */
export type Portion =
  | { readonly is: 'records'; readonly records: readonly LogRecord[]; readonly next: number; readonly end: number }
  | { readonly is: 'lost' | 'unreadable' | 'away'; readonly reason: string };

/**
 * Reads a topic of any cluster without a group, so that its caller says who reads what from where. Its methods reject while the cluster is
 * away; calls may follow.
 */
export interface TopicReader {
  /** The cluster's id, as its brokers tell it. */
  cluster(): Promise<string>;
  /** The partitions that the topic has now. Rejects where there is no such topic. */
  partitions(): Promise<readonly number[]>;
  offsets(partitions: readonly number[], at: Beginning): Promise<ReadonlyMap<number, number>>;
  /** Waits at most `waitMs` for a record. Transactions that were given up are left out, and those that are open waited for. */
  fetch(
    positions: ReadonlyMap<number, number>,
    limits: { readonly waitMs: number; readonly bytes: number },
  ): Promise<ReadonlyMap<number, Portion>>;
  close(): Promise<void>;
}

const committedOnly = 1;

/** Makes a reader; it connects with its first question. */
export function topicReader(options: KafkaOptions, topic: string, logger: Logger): TopicReader {
  const { logCreator, logLevel, ...rest } = config(options, logger);
  const cluster = new Cluster({
    ...rest,
    logger: createLogger({ level: logLevel, logCreator }),
    socketFactory: socketFactory(),
    metadataMaxAge: 300_000,
    allowAutoTopicCreation: false,
    isolationLevel: committedOnly,
    enforceRequestTimeout: true,
  });
  let connecting: Promise<void> | undefined;
  let fetches = 0;
  const connected = async (): Promise<void> => {
    connecting ??= cluster.connect().then(() => cluster.addMultipleTargetTopics([topic]));
    try {
      await connecting;
    } catch (error) {
      connecting = undefined;
      throw error;
    }
  };
  const fetchFrom = async (
    leader: string,
    asked: readonly (readonly [number, number])[],
    { waitMs, bytes }: { readonly waitMs: number; readonly bytes: number },
  ): Promise<(readonly [number, Portion])[]> => {
    try {
      const broker = await cluster.findBroker({ nodeId: leader });
      const { responses } = await broker.fetch({
        maxWaitTime: waitMs,
        minBytes: 1,
        maxBytes: bytes,
        isolationLevel: committedOnly,
        topics: [
          {
            topic,
            partitions: asked.map(([partition, offset]) => ({ partition, fetchOffset: String(offset), maxBytes: bytes })),
          },
        ],
      });
      const offsets = new Map(asked);
      return responses.flatMap(({ partitions }) =>
        partitions.map((data) => [data.partition, portion(data, topic, offsets.get(data.partition) ?? 0)] as const),
      );
    } catch (error) {
      const [first, ...others] = asked;
      if (first === undefined) return [];
      // One partition's error is that of the whole answer.
      if (others.length > 0 && !isAway(error)) {
        const each = [];
        for (const one of asked) each.push(...(await fetchFrom(leader, [one], { waitMs: 0, bytes })));
        return each;
      }
      if (isAway(error)) await cluster.refreshMetadata().catch(() => undefined);
      return asked.map(([partition]) => [partition, problem(error)] as const);
    }
  };
  return {
    async cluster() {
      await connected();
      return cluster.brokerPool.metadata?.clusterId ?? '';
    },
    async partitions() {
      await connected();
      await cluster.refreshMetadata();
      return cluster
        .findTopicPartitionMetadata(topic)
        .map(({ partitionId }) => partitionId)
        .sort((a, b) => a - b);
    },
    async offsets(partitions, at) {
      await connected();
      if (partitions.length === 0) return new Map();
      const ask = async (where: { readonly fromBeginning: boolean } | { readonly fromTimestamp: number }) => {
        const [found] = await cluster.fetchTopicsOffset([
          { topic, partitions: partitions.map((partition) => ({ partition })), ...where },
        ]);
        return new Map(found?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
      };
      if (typeof at === 'string') return ask({ fromBeginning: at === 'earliest' });
      // -1 where nothing was written since.
      const [since, ends] = await Promise.all([ask({ fromTimestamp: Math.max(0, at) }), ask({ fromBeginning: false })]);
      return new Map([...ends].map(([partition, end]) => [partition, valid(since.get(partition)) ?? end]));
    },
    async fetch(positions, limits) {
      await connected();
      // A full answer leaves out what comes last: each is first in its turn.
      const all = [...positions.keys()];
      const first = fetches++ % Math.max(1, all.length);
      const byLeader = Object.entries(cluster.findLeaderForPartitions(topic, [...all.slice(first), ...all.slice(0, first)]));
      const found = await Promise.all(
        byLeader.map(([leader, partitions]) =>
          fetchFrom(
            leader,
            partitions.map((partition) => [partition, positions.get(partition) ?? 0] as const),
            limits,
          ),
        ),
      );
      return new Map(found.flat());
    },
    close: () => cluster.disconnect(),
  };
}

const valid = (offset: number | undefined): number | undefined => (offset === undefined || offset < 0 ? undefined : offset);

function portion(
  data: Parameters<typeof fetched>[0] & { readonly highWatermark: string },
  topic: string,
  offset: number,
): Portion {
  const batch = new Batch(topic, String(offset), data);
  const set = fetched(batch);
  const last = Math.max(-1, ...batch.rawMessages.map((message) => Number(message.offset)));
  // Of a batch whose last records were compacted away nothing is left behind the offset.
  const next = batch.rawMessages.length === 0 ? offset : Math.max(last, offset) + 1;
  return {
    is: 'records',
    records: set.records().filter((record) => record.offset >= offset),
    next,
    end: Number(data.highWatermark),
  };
}

/** Errors of kafkajs that another try would give again. */
const final: ReadonlySet<string> = new Set(['KafkaJSNotImplemented', 'KafkaJSUnsupportedMagicByteInMessageSet']);

interface KafkaError extends Error {
  readonly type?: string;
}

function problem(error: unknown): Portion {
  const { type, name, message } = error as KafkaError;
  if (type === 'OFFSET_OUT_OF_RANGE') return { is: 'lost', reason: message };
  return {
    is: name.startsWith('KafkaJS') && !final.has(name) && type !== 'CORRUPT_MESSAGE' ? 'away' : 'unreadable',
    reason: message,
  };
}

/** Whether the broker is not to be talked to, rather than one of the partitions. */
const isAway = (error: unknown): boolean =>
  error instanceof kafkajs.KafkaJSError && !('type' in error && error.type !== undefined) && !final.has(error.name);
