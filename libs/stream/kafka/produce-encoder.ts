import { crc32c } from '@node-rs/crc32';
import type kafkajsEncoder from 'kafkajs/src/protocol/encoder.js';
import kafkajsRequests from 'kafkajs/src/protocol/requests/index.js';
import { ByteWriter, readVarint, varintBytes } from '../model/bytes.ts';
import type { EncodedRecords } from '../model/log.ts';
import { requestOf } from './request.ts';

// The produce request, written into one buffer. kafkajs makes several buffers for every field of every record, and copies a
// partition's list of messages for each message it adds: for 2,000 records of one partition that is most of what a send costs. So a
// send hands kafkajs one stand-in per topic-partition, which carries the encoded records, and these are written where kafkajs would
// encode. Sources: https://kafka.apache.org/protocol#The_Messages_Produce (versions 3 to 7), https://kafka.apache.org/documentation/#recordbatch.

/** To kafkajs a message without a value. */
export interface StandIn {
  readonly partition: number;
  readonly value: null;
  readonly encoded: readonly EncodedRecords[];
}

/** One stand-in per topic-partition. */
export function standIns(groups: readonly EncodedRecords[]): { topic: string; messages: StandIn[] }[] {
  const topics = Map.groupBy(groups, ({ topic }) => topic);
  return [...topics].map(([topic, own]) => ({
    topic,
    messages: [...Map.groupBy(own, ({ partition }) => partition)].map(([partition, encoded]) => ({
      partition,
      value: null,
      encoded,
    })),
  }));
}

interface Produce {
  readonly acks: number;
  readonly timeout: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly messages: readonly Partial<StandIn>[] }[];
  }[];
}

const { Produce: definition } = kafkajsRequests.requests;
const original = definition.protocol;
definition.protocol = ({ version }) => {
  const make = original({ version });
  return (options: never) => {
    const call = make(options);
    const produce = options as Produce;
    if (produce.topicData[0]?.partitions[0]?.messages[0]?.encoded === undefined) return call;
    if (version < 3) throw new Error('the broker knows no record batches: it is older than Kafka 0.11, take a newer one');
    return { ...call, request: { ...call.request, encode: () => Promise.resolve(produceRequest(produce)) } };
  };
};

function produceRequest({ topicData, acks, timeout }: Produce): kafkajsEncoder {
  const partitions = topicData.flatMap((topic) => topic.partitions);
  const bytes = partitions.flatMap(({ messages }) => messages.flatMap(({ encoded = [] }) => encoded.map(sizeOf)));
  const out = new ByteWriter(bytes.reduce((sum, size) => sum + size, 0) + partitions.length * 80 + topicData.length * 300 + 20);
  out.int16(-1); // no transactional id
  out.int16(acks);
  out.int32(timeout);
  out.int32(topicData.length);
  for (const { topic, partitions: own } of topicData) {
    out.string(topic);
    out.int32(own.length);
    for (const { partition, messages } of own) {
      out.int32(partition);
      recordBatch(
        out,
        messages.flatMap(({ encoded = [] }) => encoded),
      );
    }
  }
  return requestOf(out);
}

/** A record gets a few bytes more than it has: its length, attributes and deltas. */
const sizeOf = ({ bytes, count }: EncodedRecords): number => bytes.length + count * 8;

function recordBatch(out: ByteWriter, groups: readonly EncodedRecords[]): void {
  const now = BigInt(Date.now());
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  const sizeAt = out.skip(4);
  out.int64(0n); // base offset: the broker's to give
  const lengthAt = out.skip(4);
  out.int32(0); // partition leader epoch
  out.int8(2); // magic
  const crcAt = out.skip(4);
  const body = out.length;
  out.int16(0); // attributes: not compressed, the writer's time, no transaction
  out.int32(count - 1); // last offset's delta
  out.int64(now); // first timestamp
  out.int64(now); // last timestamp
  out.int64(-1n); // no producer id: not idempotent
  out.int16(-1);
  out.int32(-1);
  out.int32(count);
  let delta = 0;
  for (const { bytes } of groups) {
    for (const place = { at: 0 }; place.at < bytes.length; delta++) {
      const length = readVarint(bytes, place);
      const size = 2 + varintBytes(delta) + length;
      out.room(size + 5);
      out.varint(size);
      out.varint(0); // attributes
      out.varint(0); // timestamp's delta
      out.varint(delta);
      out.bytes(bytes, place.at, (place.at += length));
    }
  }
  const { written } = out;
  written.writeInt32BE(written.length - sizeAt - 4, sizeAt);
  written.writeInt32BE(written.length - lengthAt - 4, lengthAt);
  written.writeUInt32BE(crc32c(written.subarray(body)), crcAt);
}
