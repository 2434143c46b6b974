import type kafkajsEncoder from 'kafkajs/src/protocol/encoder.js';
import { ByteWriter } from '../model/bytes.ts';
import { requestOf } from './request.ts';

/** What a consumer of kafkajs asks for. */
export interface FetchRequest {
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  /** 0: all, 1: what is committed. */
  readonly isolationLevel: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly fetchOffset: string; readonly maxBytes: number }[];
  }[];
  readonly rackId?: string;
}

/**
 * A fetch (version 11) written into one buffer; kafkajs makes one for every topic and partition and copies each into the next.
 * Source: https://kafka.apache.org/protocol#The_Messages_Fetch.
 */
export function fetchRequest({
  maxWaitTime,
  minBytes,
  maxBytes,
  isolationLevel,
  topics,
  rackId = '',
}: FetchRequest): kafkajsEncoder {
  const out = new ByteWriter(64 + topics.reduce((sum, { topic, partitions }) => sum + topic.length + partitions.length * 32, 0));
  out.int32(-1); // no replica
  out.int32(maxWaitTime);
  out.int32(minBytes);
  out.int32(maxBytes);
  out.int8(isolationLevel);
  out.int32(0); // no session
  out.int32(-1);
  out.int32(topics.length);
  for (const { topic, partitions } of topics) {
    out.string(topic);
    out.int32(partitions.length);
    for (const { partition, fetchOffset, maxBytes: bytes } of partitions) {
      out.int32(partition);
      out.int32(-1); // whoever leads
      out.int64(BigInt(fetchOffset));
      out.int64(-1n); // no log of its own
      out.int32(bytes);
    }
  }
  out.int32(0); // no topics to forget
  out.string(rackId);
  return requestOf(out);
}
