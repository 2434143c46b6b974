import kafkajs, { type Kafka } from 'kafkajs';
import { failPoint } from '../model/fail-point.ts';
import { readVarint } from '../model/bytes.ts';
import type { EncodedRecords, Outgoing, OutRecord } from '../model/log.ts';
import { encodeRecords } from '../output/record-encoding.ts';
import { standIns } from './produce-encoder.ts';

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
    async send(outgoing: readonly Outgoing[]): Promise<void> {
      connected ??= client.connect();
      try {
        await connected;
      } catch (error) {
        connected = undefined;
        throw error;
      }
      for (const [n, portion] of [...portions(encoded(outgoing))].entries()) {
        if (n > 0) failPoint('between-sends');
        await client.sendBatch({ acks: -1, timeout: 30_000, topicMessages: standIns(portion) });
      }
    },
    close: () => client.disconnect(),
  };
}

const ofRecords = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'CORRUPT_MESSAGE']);

/** Whether the broker refused these records themselves, such as a too large one: it may take others. */
export function aboutRecords(error: unknown): boolean {
  const { type, cause } = error as { readonly type?: string; readonly cause?: unknown };
  return (type !== undefined && ofRecords.has(type)) || (cause instanceof Error && aboutRecords(cause));
}

/** Records among the encoded ones are encoded too; the order within a topic-partition stays. */
function* encoded(outgoing: readonly Outgoing[]): Generator<EncodedRecords> {
  let plain: OutRecord[] = [];
  for (const one of outgoing) {
    if (!('bytes' in one)) plain.push(one);
    else {
      if (plain.length > 0) yield* encodeRecords(plain);
      plain = [];
      yield one;
    }
  }
  yield* encodeRecords(plain);
}

/** A send is one batch per partition to the broker, and a batch is bound by the broker's largest message: one after the other, in order. */
const maxSendBytes = 900_000;
const maxSendRecords = 2_000;
/** What the batch adds to a record at most. */
const aroundRecord = 20;

export function* portions(groups: Iterable<EncodedRecords>): Generator<EncodedRecords[]> {
  let portion: EncodedRecords[] = [];
  let records = 0;
  let bytes = 0;
  for (const { topic, partition, bytes: all } of groups) {
    let from = 0;
    let count = 0;
    const cut = (to: number): void => {
      if (count > 0) portion.push({ topic, partition, count, bytes: all.subarray(from, to) });
      from = to;
      count = 0;
    };
    for (const place = { at: 0 }; place.at < all.length;) {
      const start = place.at;
      const length = readVarint(all, place);
      place.at += length;
      const size = length + aroundRecord;
      if (records > 0 && (bytes + size > maxSendBytes || records >= maxSendRecords)) {
        cut(start);
        yield portion;
        portion = [];
        records = bytes = 0;
      }
      records++;
      count++;
      bytes += size;
    }
    cut(all.length);
  }
  if (portion.length > 0) yield portion;
}
