import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import kafkajsEncoder from 'kafkajs/src/protocol/encoder.js';
import kafkajsDecoder from 'kafkajs/src/protocol/decoder.js';
import crc32C from 'kafkajs/src/protocol/recordBatch/crc32C/index.js';
import kafkajsProduce from 'kafkajs/src/protocol/requests/produce/v7/request.js';
import kafkajsFetchRequest from 'kafkajs/src/protocol/requests/fetch/v11/request.js';
import kafkajsFetch from 'kafkajs/src/protocol/requests/fetch/v11/response.js';
import decodeMessages from 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js';
import kafkajsRequests from 'kafkajs/src/protocol/requests/index.js';
import { headerOf, type LogRecord } from '../model/log.ts';
import { encodeRecords } from '../output/record-encoding.ts';
import { FetchedSet } from './fetch-decoder.ts';
import { standIns } from './produce-encoder.ts';
import { fetched } from './subscribe.ts';

// What kafkajs itself reads and writes is the measure: ours must be the same to it, and the same to us.

const text = fc.string({ unit: 'binary', maxLength: 80 }).map((value) => Buffer.from(value).toString());
const message = fc.record({
  key: fc.option(text),
  value: fc.option(fc.oneof(text, fc.string({ minLength: 60, maxLength: 300 }))),
  // Names that every object has confuse kafkajs, see below.
  headers: fc.dictionary(
    text.filter((name) => !(name in {})),
    text,
    { maxKeys: 3 },
  ),
});
type Written = typeof message extends fc.Arbitrary<infer M> ? M : never;

const at = (topic: string, partition: number, messages: readonly Written[]) =>
  messages.map((one) => ({ topic, partition, ...one }));

/** The bytes of a request's body. */
const bodyOf = async (call: unknown): Promise<Buffer> => {
  const encoder = await (call as { request: { encode(): Promise<kafkajsEncoder> } }).request.encode();
  return encoder.buf.subarray(0, encoder.offset);
};
const ours = (records: readonly (Written & { topic: string; partition: number })[]): Promise<Buffer> => {
  const topicData = standIns(encodeRecords(records)).map(({ topic, messages }) => ({
    topic,
    partitions: messages.map((standIn) => ({ partition: standIn.partition, messages: [standIn] })),
  }));
  return bodyOf(kafkajsRequests.requests.Produce.protocol({ version: 7 })({ acks: -1, timeout: 30_000, topicData } as never));
};

/** Reads a produce request's body with kafkajs. */
async function read(body: Buffer) {
  const decoder = new kafkajsDecoder(body);
  decoder.offset = 2 + 2 + 4;
  const found = [];
  for (let topics = decoder.readInt32(); topics > 0; topics--) {
    const topic = decoder.readString();
    for (let partitions = decoder.readInt32(); partitions > 0; partitions--) {
      const partition = decoder.readInt32();
      for (const one of (await decodeMessages(decoder)) as KafkaMessage[]) found.push({ topic, partition, ...told(one) });
    }
  }
  expect(decoder.offset).toBe(body.length);
  return found;
}

interface KafkaMessage {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Record<string, Buffer>;
}
const told = ({ offset, key, value, headers }: KafkaMessage) => ({
  offset,
  key: key && String(key),
  value: value && String(value),
  headers: Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, String(header)])),
});

describe('a produce request', () => {
  test('says to kafkajs what was to be written, in order, under offsets that count up from 0', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1 }), fc.array(message), fc.array(message), async (a, b, c) => {
        const records = [...at('a', 0, a), ...at('a', 7, b), ...at('ñ', 0, c)];
        const expected = [a, b, c].flatMap((list, i) =>
          list.map((one, n) => ({ topic: i < 2 ? 'a' : 'ñ', partition: i === 1 ? 7 : 0, offset: String(n), ...one })),
        );
        expect(await read(await ours(records))).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  test('is byte for byte that of kafkajs, under its checksum', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 300 }), async (messages) => {
        const theirs = await bodyOf({
          request: kafkajsProduce({
            acks: -1,
            timeout: 30_000,
            topicData: [{ topic: 'a', partitions: [{ partition: 3, messages }] }],
          }),
        });
        const body = await ours(at('a', 3, messages));
        const checksum = 2 + 2 + 4 + 4 + 3 + 4 + 4 + 4 + 8 + 4 + 4 + 1;
        const attributes = checksum + 4;
        const timestamps = attributes + 2 + 4;
        // Timestamps are those of the moment, and what has no producer says so in other numbers.
        const count = timestamps + 8 + 8 + 8 + 2 + 4;
        expect(body.subarray(0, checksum)).toEqual(theirs.subarray(0, checksum));
        expect(body.readUInt32BE(checksum)).toBe(crc32C(body.subarray(attributes)));
        expect(body.subarray(attributes, timestamps)).toEqual(theirs.subarray(attributes, timestamps));
        expect(body.subarray(count)).toEqual(theirs.subarray(count));
      }),
      { numRuns: 30 },
    );
  });

  test('is refused where the broker could not read it: as kafkajs would write a stand-in, it were a record without a value', () => {
    const partitions = [{ partition: 0, messages: [{ partition: 0, value: null, encoded: [] }] }];
    const call = () =>
      kafkajsRequests.requests.Produce.protocol({ version: 2 })({
        acks: -1,
        timeout: 1,
        topicData: [{ topic: 'a', partitions }],
      } as never);
    expect(call).toThrow('older than Kafka 0.11');
  });

  test("leaves other programs' messages to kafkajs", async () => {
    const topicData = [{ topic: 'a', partitions: [{ partition: 0, messages: [{ key: 'k', value: 'v' }] }] }];
    const call = kafkajsRequests.requests.Produce.protocol({ version: 7 })({ acks: -1, timeout: 1, topicData } as never);
    expect(await read(await bodyOf(call))).toEqual([
      { topic: 'a', partition: 0, offset: '0', key: 'k', value: 'v', headers: {} },
    ]);
  });
});

/** A record set as kafkajs writes it, moved to an offset. */
async function recordSet(messages: readonly Written[], offset: number, attributes = 0): Promise<Buffer> {
  const body = await bodyOf({
    request: kafkajsProduce({ acks: -1, timeout: 1, topicData: [{ topic: 'a', partitions: [{ partition: 0, messages }] }] }),
  });
  const set = Buffer.from(body.subarray(2 + 2 + 4 + 4 + 3 + 4 + 4 + 4));
  set.writeBigInt64BE(BigInt(offset), 0);
  set.writeInt16BE(attributes, 21);
  return set;
}

/** A set of one record, with that record so many times, compressed by gzip; it may say another number of them. */
function zipped(set: Buffer, times = 1, says = times): Buffer {
  const inside = Buffer.concat(Array.from({ length: times }, () => set.subarray(61)));
  const all = Buffer.concat([set.subarray(0, 61), gzipSync(inside)]);
  all.writeInt32BE(all.length - 12, 8);
  all.writeInt16BE(1, 21);
  all.writeInt32BE(says, 57);
  return all;
}

/** The same set at another offset. */
function movedTo(set: Buffer, offset: number): Buffer {
  const moved = Buffer.from(set);
  moved.writeBigInt64BE(BigInt(offset), 0);
  return moved;
}

/** The answer to a fetch of one partition, or of several with a set each. */
function answerWith(sets: Buffer | readonly Buffer[], aborted: readonly number[] = []): Buffer {
  const all = Buffer.isBuffer(sets) ? [sets] : sets;
  const start = new kafkajsEncoder(64);
  start.writeInt32(0).writeInt16(0).writeInt32(0).writeInt32(1).writeString('a').writeInt32(all.length);
  const answer = [start.buf.subarray(0, start.offset)];
  for (const [n, set] of all.entries()) {
    const head = new kafkajsEncoder(64);
    head
      .writeInt32(5 + n)
      .writeInt16(0)
      .writeInt64(100)
      .writeInt64(100)
      .writeInt64(0)
      .writeInt32(aborted.length);
    for (const first of aborted) head.writeInt64(9).writeInt64(first);
    head.writeInt32(-1).writeInt32(set.length);
    answer.push(head.buf.subarray(0, head.offset), set);
  }
  return Buffer.concat(answer);
}

type Answer = { responses: { topicName: string; partitions: { messages: never[] }[] }[] };
const decoded = async (answer: Buffer): Promise<Answer> => {
  const { response } = kafkajsRequests.requests.Fetch.protocol({ version: 11 })({ topics: [] } as never);
  return (response as { decode(bytes: Buffer): Promise<Answer> }).decode(answer);
};
const messagesOf = ({ responses: [topic] }: Answer): never[] => topic?.partitions[0]?.messages ?? [];
/** As kafkajs' message says it, timestamp and all. */
const parts = (one: KafkaMessage & { timestamp?: string; isControlRecord?: boolean }) => ({
  ...told(one),
  timestamp: one.timestamp,
  control: one.isControlRecord,
});
const plain = (record: LogRecord) => ({
  offset: record.offset,
  key: record.key,
  value: record.value && String(record.value),
  headers: record.headers,
  asked: Object.keys(record.headers)
    .filter((name) => Buffer.byteLength(name) === name.length)
    .map((name) => [name, headerOf(record, name), headerOf(record, `${name}x`)]),
});
const readOf = (answer: Answer) => {
  const set = fetched({ messages: messagesOf(answer) });
  return { count: set.count, last: set.last, records: set.records().map(plain) };
};

test('a fetch is asked for byte by byte as kafkajs does', async () => {
  const number = fc.nat(2 ** 31 - 1);
  const partitions = fc.array(
    fc.record({ partition: number, fetchOffset: fc.bigInt(-2n, 2n ** 63n - 1n).map(String), maxBytes: number }),
    { maxLength: 4 },
  );
  const request = fc.record(
    {
      replicaId: fc.constant(-1),
      maxWaitTime: number,
      minBytes: number,
      maxBytes: number,
      isolationLevel: fc.constantFrom(0, 1),
      topics: fc.array(fc.record({ topic: text, partitions }), { maxLength: 4 }),
      rackId: text,
    },
    { requiredKeys: ['replicaId', 'maxWaitTime', 'minBytes', 'maxBytes', 'isolationLevel', 'topics'] },
  );
  await fc.assert(
    fc.asyncProperty(request, async (options) => {
      const mine = kafkajsRequests.requests.Fetch.protocol({ version: 11 })(options as never);
      expect(await bodyOf(mine)).toEqual(await bodyOf({ request: kafkajsFetchRequest(options) }));
    }),
  );
});

describe('the answer to a fetch', () => {
  const sets = fc.array(fc.array(message, { minLength: 1, maxLength: 5 }), { maxLength: 4 });

  test('says what kafkajs reads in it, wherever it is cut off', async () => {
    await fc.assert(
      fc.asyncProperty(sets, fc.nat(1_000_000), fc.nat(2_000), async (lists, first, thousandths) => {
        const batches = await Promise.all(lists.map((list, n) => recordSet(list, first + n * 10, n % 2 === 0 ? 0 : 8)));
        const all = Buffer.concat(batches);
        // A broker cuts within a batch; kafkajs wants 17 bytes of it, to see its format.
        const set = all.subarray(0, Math.max(17, Math.ceil((all.length * thousandths) / 1_000)));
        const answer = answerWith(set);
        const [mine, theirs] = [await decoded(answer), (await kafkajsFetch.decode(answer)) as Answer];
        expect(readOf(mine)).toEqual(readOf(theirs));
        for (const one of messagesOf(mine)) expect(one).toBeInstanceOf(FetchedSet);
        // It is by the last one's offset that kafkajs knows what to ask for next.
        expect(messagesOf(mine).map(({ offset }: KafkaMessage) => offset)).toEqual(
          messagesOf(theirs)
            .slice(-1)
            .map(({ offset }: KafkaMessage) => offset),
        );
        const frame = ({ responses, ...rest }: Answer) => ({
          ...rest,
          responses: responses.map(({ partitions, ...topic }) => ({
            ...topic,
            partitions: partitions.map((partition) => ({ ...partition, messages: [] })),
          })),
        });
        expect(frame(mine)).toEqual(frame(theirs));
      }),
      { numRuns: 60 },
    );
  });

  test('is not kept whole in memory by a small part of it that waits', async () => {
    const small = await recordSet([{ key: 'k', value: 'v', headers: {} }], 3);
    const kept = (answer: Buffer): number => {
      const { buffer } = new FetchedSet(answer.subarray(0, small.length), 1, 3).records()[0]?.value ?? Buffer.alloc(0);
      return buffer.byteLength;
    };
    expect(kept(Buffer.concat([small, Buffer.alloc(10_000_000)]))).toBeLessThan(100_000);
    const own = Buffer.from(new Uint8Array(small).buffer);
    expect(kept(own)).toBe(own.buffer.byteLength);
  });

  test('is left to kafkajs where it is compressed, transactional, about a transaction, or has some that were given up', async () => {
    const list = [{ key: 'k', value: 'v', headers: { a: 'b' } }];
    const compressed = zipped(await recordSet(list, 3));
    const first = await recordSet(list, 0);
    for (const [set, aborted] of [
      [compressed, []],
      [await recordSet(list, 3, 16), []],
      [await recordSet(list, 3, 16 + 32), []],
      [await recordSet(list, 3), [1]],
    ] as const) {
      const answer = answerWith(Buffer.concat([first, set]), aborted);
      const messages = messagesOf(await decoded(answer));
      expect(messages).toHaveLength(2);
      expect(messages.map(parts)).toEqual(messagesOf((await kafkajsFetch.decode(answer)) as Answer).map(parts));
      for (const one of messages) expect(one).not.toBeInstanceOf(FetchedSet);
    }
  });

  test('of small batches that hold much is made into objects up to its bound; what is left comes again', async () => {
    const million = await recordSet([{ key: null, value: 'x'.repeat(1_000_000), headers: {} }], 0);
    const small = zipped(million, 5);
    expect(small.length).toBeLessThan(60_000);
    const sets = [0, 1, 2].map((from) =>
      Buffer.concat(Array.from({ length: 6 }, (_, n) => movedTo(small, from * 1_000 + n * 5))),
    );
    const counts = (answer: Answer) => answer.responses[0]?.partitions.map(({ messages }) => messages.length);
    expect(counts(await decoded(answerWith(sets)))).toEqual([20, 0, 0]);
    // A batch that is larger alone is read: it would come again for ever.
    const huge = zipped(million, 20);
    expect(counts(await decoded(answerWith([huge, huge])))).toEqual([20, 0]);
  });

  test('with a batch of more records than can be held is refused, and one of as many as can is read', async () => {
    const empty = await recordSet([{ key: null, value: null, headers: {} }], 0);
    expect(messagesOf(await decoded(answerWith(zipped(empty, 100_000))))).toHaveLength(100_000);
    await expect(decoded(answerWith(zipped(empty, 1, 100_001)))).rejects.toThrow('a batch holds 100001 records, above 100000');
  });

  test('is passed whole where compaction took its last records away', async () => {
    const set = await recordSet([{ key: 'k', value: 'v', headers: {} }], 10);
    set.writeInt32BE(4, 23);
    expect(readOf(await decoded(answerWith(set)))).toMatchObject({ count: 1, last: 14, records: [{ offset: 10 }] });
  });

  test('joins headers of one name, as kafkajs read as texts does', async () => {
    // Two headers of one length, renamed to the same.
    const set = await recordSet([{ key: 'k', value: 'v', headers: { aa: 'x', bb: 'y' } }], 0);
    set.write('aa', set.indexOf('bb'));
    const answer = answerWith(set);
    const mine = readOf(await decoded(answer));
    expect(mine.records).toMatchObject([{ headers: { aa: 'x,y' }, asked: [['aa', 'x,y', undefined]] }]);
    expect(mine).toEqual(readOf((await kafkajsFetch.decode(answer)) as Answer));
  });

  test('names that every object has are names like others', async () => {
    const headers = { toString: 'a', constructor: 'b', ['__proto__']: 'c' };
    const answer = answerWith(await recordSet([{ key: null, value: null, headers }], 0));
    expect(readOf(await decoded(answer)).records.map((one) => one.headers)).toEqual([headers]);
  });

  test('that is torn is an error, not an endless loop', async () => {
    const set = await recordSet([{ key: 'k', value: 'v', headers: {} }], 0);
    set.writeInt32BE(1_000, 57);
    await expect(decoded(answerWith(set))).rejects.toThrow(/number of variable length|out of range|outside/i);
    set.writeInt32BE(0, 57);
    await expect(decoded(answerWith(set))).rejects.toThrow('a batch of 0 records ends at byte 61, not where it says');
  });
});
