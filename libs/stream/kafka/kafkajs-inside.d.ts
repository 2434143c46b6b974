/** Parts of kafkajs 2.2.4 that it does not publish: see produce-encoder.ts, fetch-encoder.ts, fetch-decoder.ts and topic-reader.ts. */
declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    constructor(size?: number);
    buf: Buffer;
    offset: number;
    writeInt16(value: number): this;
    writeInt32(value: number): this;
    writeInt64(value: number): this;
    writeString(value: string): this;
  }
}
declare module 'kafkajs/src/protocol/recordBatch/crc32C/index.js' {
  export default function crc32C(bytes: Buffer): number;
}
declare module 'kafkajs/src/protocol/requests/index.js' {
  interface Call {
    readonly request: object;
    readonly response: object;
  }
  const inside: {
    readonly requests: Record<'Produce' | 'Fetch', { protocol: (of: { readonly version: number }) => (options: never) => Call }>;
  };
  export default inside;
}
declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(bytes: Buffer);
    readonly buffer: Buffer;
    offset: number;
    readInt16(): number;
    readInt32(): number;
    readInt64(): { toString(): string };
    readString(): string;
    readArray<T>(read: (decoder: Decoder) => T): T[];
  }
}
declare module 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js';
  export default function decodeMessages(decoder: Decoder): Promise<unknown[]>;
}
declare module 'kafkajs/src/protocol/requests/produce/v7/request.js' {
  export default function request(options: object): object;
}
declare module 'kafkajs/src/protocol/requests/fetch/v11/request.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';
  export default function request(options: object): { encode(): Promise<Encoder> };
}
declare module 'kafkajs/src/protocol/requests/fetch/v11/response.js' {
  const response: { decode(answer: Buffer): Promise<object> };
  export default response;
}
declare module 'kafkajs/src/consumer/batch.js' {
  import type { KafkaMessage } from 'kafkajs';
  export default class Batch {
    constructor(topic: string, fetchedOffset: string, data: object);
    readonly rawMessages: readonly { readonly offset: string }[];
    readonly messages: KafkaMessage[];
  }
}
declare module 'kafkajs/src/loggers/index.js' {
  export function createLogger(options: object): object;
}
declare module 'kafkajs/src/network/socketFactory.js' {
  export default function socketFactory(): object;
}
declare module 'kafkajs/src/cluster/index.js' {
  import type { KafkaMessage } from 'kafkajs';
  interface Broker {
    fetch(request: object): Promise<{
      readonly responses: readonly {
        readonly partitions: readonly {
          readonly partition: number;
          readonly highWatermark: string;
          readonly messages: KafkaMessage[];
        }[];
      }[];
    }>;
  }
  export default class Cluster {
    constructor(options: object);
    readonly brokerPool: { readonly metadata?: { readonly clusterId?: string } };
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
    refreshMetadata(): Promise<void>;
    findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number; readonly leader: number }[];
    findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
    findBroker(of: { readonly nodeId: string }): Promise<Broker>;
    fetchTopicsOffset(
      topics: readonly object[],
    ): Promise<readonly { readonly partitions: readonly { readonly partition: number; readonly offset: string }[] }[]>;
  }
}
