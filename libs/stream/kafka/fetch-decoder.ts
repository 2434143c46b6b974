import kafkajsDecoder from 'kafkajs/src/protocol/decoder.js';
import type kafkajsEncoder from 'kafkajs/src/protocol/encoder.js';
import decodeMessages from 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js';
import kafkajsRequests from 'kafkajs/src/protocol/requests/index.js';
import { readVarint } from '../model/bytes.ts';
import { setHeader } from '../model/headers.ts';
import type { Fetched, LogRecord } from '../model/log.ts';
import { UnreadableBatch } from './codecs.ts';
import { fetchRequest } from './fetch-encoder.ts';

// The answer to a fetch, read where it lies. kafkajs copies every field of every record into a buffer or an object of its own, most
// of which nobody asks for. What is not plain (compressed, transactional, control, of the old formats) is left to kafkajs.
// Sources: https://kafka.apache.org/protocol#The_Messages_Fetch (version 11), https://kafka.apache.org/documentation/#recordbatch.

const { Fetch: definition } = kafkajsRequests.requests;
const original = definition.protocol;
definition.protocol = ({ version }) => {
  const make = original({ version });
  if (version !== 11) return make;
  return (options: never) => {
    const call = make(options);
    const encode = (): Promise<kafkajsEncoder> => Promise.resolve(fetchRequest(options));
    return { ...call, request: { ...call.request, encode }, response: { ...call.response, decode } };
  };
};

/**
 * The plain records of one partition's answer. To kafkajs it is one message under the offset of the last record, so that it asks for
 * what comes behind that; what lies before the offset asked for is in it too.
 */
export class FetchedSet implements Fetched {
  readonly isControlRecord = false;
  private readonly set: Buffer;

  constructor(
    set: Buffer,
    readonly count: number,
    readonly last: number,
  ) {
    // A slice holds the whole answer, of all partitions, in memory for as long as it waits.
    this.set = set.length * 4 < set.buffer.byteLength ? Buffer.from(set) : set;
  }

  get bytes(): number {
    return this.set.length;
  }
  get offset(): string {
    return String(this.last);
  }

  records(): readonly LogRecord[] {
    const { set } = this;
    const records: LogRecord[] = [];
    const place = { at: 0 };
    for (const { start, end } of batches(set)) {
      const first = Number(set.readBigInt64BE(start));
      // Where the broker dates, all records of a batch have the batch's latest instant.
      const dated = (set.readInt16BE(start + 21) & appendedFlag) !== 0 ? -1 : start + 27;
      const latest = start + 35;
      for (place.at = start + batchHead; place.at < end;) {
        const next = readVarint(set, place) + place.at;
        // Attributes, and the timestamp's delta.
        const deltaAt = ++place.at;
        while (set.readUInt8(place.at++) >= 0x80);
        const offset = first + readVarint(set, place);
        const keyBytes = readVarint(set, place);
        const keyAt = place.at;
        place.at += Math.max(0, keyBytes);
        const valueBytes = readVarint(set, place);
        records.push(
          new FetchedRecord(
            set,
            offset,
            keyAt,
            keyBytes,
            place.at,
            valueBytes,
            dated < 0 ? latest : dated,
            dated < 0 ? -1 : deltaAt,
          ),
        );
        place.at = next;
      }
    }
    return records;
  }
}

/** A record whose parts are cut out when it is asked for them. */
class FetchedRecord implements LogRecord {
  constructor(
    private readonly set: Buffer,
    readonly offset: number,
    private readonly keyAt: number,
    private readonly keyBytes: number,
    private readonly valueAt: number,
    private readonly valueBytes: number,
    /** Where the instant lies that the record's is counted from, and by how much it is later; -1: by nothing. */
    private readonly instantAt: number,
    private readonly deltaAt: number,
  ) {}

  get timestamp(): number {
    const from = Number(this.set.readBigInt64BE(this.instantAt));
    return this.deltaAt < 0 ? from : from + readVarlong(this.set, this.deltaAt);
  }

  get key(): string | null {
    return this.keyBytes < 0 ? null : this.set.toString('utf8', this.keyAt, this.keyAt + this.keyBytes);
  }
  get value(): Buffer | null {
    return this.valueBytes < 0 ? null : this.set.subarray(this.valueAt, this.valueAt + this.valueBytes);
  }

  text(): string | null {
    return this.valueBytes < 0 ? null : this.set.toString('utf8', this.valueAt, this.valueAt + this.valueBytes);
  }

  get headers(): Record<string, string> {
    const { set } = this;
    const headers: Record<string, string> = {};
    const place = { at: this.headersAt };
    for (let left = readVarint(set, place); left > 0; left--) {
      const nameBytes = readVarint(set, place);
      const name = set.toString('utf8', place.at, (place.at += nameBytes));
      const value = headerText(set, place);
      setHeader(headers, name, Object.hasOwn(headers, name) ? `${headers[name] ?? ''},${value}` : value);
    }
    return headers;
  }

  /** `name` in ASCII. */
  header(name: string): string | undefined {
    const { set } = this;
    const place = { at: this.headersAt };
    let found: string | undefined;
    for (let left = readVarint(set, place); left > 0; left--) {
      const nameBytes = readVarint(set, place);
      const nameAt = place.at;
      place.at += nameBytes;
      if (nameBytes === name.length && lies(set, nameAt, name)) {
        const value = headerText(set, place);
        found = found === undefined ? value : `${found},${value}`;
      } else {
        const valueBytes = readVarint(set, place);
        place.at += Math.max(0, valueBytes);
      }
    }
    return found;
  }

  private get headersAt(): number {
    return this.valueAt + Math.max(0, this.valueBytes);
  }
}

function lies(bytes: Buffer, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

function headerText(bytes: Buffer, place: { at: number }): string {
  const length = readVarint(bytes, place);
  return length < 0 ? 'null' : bytes.toString('utf8', place.at, (place.at += length));
}

const batchHead = 61;
/** The broker's time counts, not the writer's. */
const appendedFlag = 8;

/** gzip 1, snappy 2, lz4 3, zstd 4: see codecs.ts. kafkajs takes the others for plain. */
const codecBits = 7;
const lastCodec = 4;

/** A number of up to 64 bits in zigzag form. */
function readVarlong(bytes: Buffer, at: number): number {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes.readUInt8(at++);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return Number((value >> 1n) ^ -(value & 1n));
}

/** Where the batches lie. The last one may be cut off: it comes again with the next fetch. */
function* batches(set: Buffer): Generator<{ readonly start: number; readonly end: number }> {
  for (let start = 0; start + batchHead <= set.length;) {
    const end = start + 12 + set.readInt32BE(start + 8);
    if (end > set.length) return;
    yield { start, end };
    start = end;
  }
}

/** Undefined where it is not all plain, or empty. Throws where records do not fill their batch. */
function plainSet(set: Buffer): FetchedSet | undefined {
  let count = 0;
  let last = -1;
  const place = { at: 0 };
  for (let start = 0; start + batchHead <= set.length;) {
    // An old format has its length elsewhere.
    if (set[start + 16] !== 2) return undefined;
    const end = start + 12 + set.readInt32BE(start + 8);
    if (end > set.length) break;
    const attributes = set.readInt16BE(start + 21);
    if ((attributes & codecBits) > lastCodec)
      throw new UnreadableBatch(`a batch is compressed by codec ${String(attributes & codecBits)}, which nobody knows`);
    if ((attributes & ~appendedFlag) !== 0) return undefined;
    const records = set.readInt32BE(start + 57);
    place.at = start + batchHead;
    for (let left = records; left > 0; left--) {
      const length = readVarint(set, place);
      place.at += length;
    }
    if (place.at !== end)
      throw new Error(
        `a batch of ${String(records)} records ends at byte ${String(place.at)}, not where it says: ${String(end)}`,
      );
    // Compaction may have taken the last records away; their offsets are passed all the same.
    last = Number(set.readBigInt64BE(start)) + set.readInt32BE(start + 23);
    count += records;
    start = end;
  }
  return last < 0 ? undefined : new FetchedSet(set, count, last);
}

/**
 * Of the answer to one fetch so many bytes are made into objects, and the batch that passes it is the last: what is left out is asked for
 * again, as what a broker cuts off. A batch of a few kilobytes may hold 64 MiB.
 */
const mostUndone = 16 * 1024 * 1024;
/** An object of kafkajs for a record, without its key and value, bytes. */
const perMessage = 200;
/** kafkajs makes objects of a batch's records all at once; Kafka's own writers put some hundreds into one. */
const mostRecords = 100_000;

interface Room {
  left: number;
}

async function decode(answer: Buffer): Promise<object> {
  const decoder = new kafkajsDecoder(answer);
  const room: Room = { left: mostUndone };
  const clientSideThrottleTime = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const sessionId = decoder.readInt32();
  const responses = [];
  for (let topics = decoder.readInt32(); topics > 0; topics--) {
    const topicName = decoder.readString();
    const partitions = [];
    for (let count = decoder.readInt32(); count > 0; count--) {
      const head = {
        partition: decoder.readInt32(),
        errorCode: decoder.readInt16(),
        highWatermark: decoder.readInt64().toString(),
        lastStableOffset: decoder.readInt64().toString(),
        lastStartOffset: decoder.readInt64().toString(),
        abortedTransactions: decoder.readArray((one: kafkajsDecoder) => ({
          producerId: one.readInt64().toString(),
          firstOffset: one.readInt64().toString(),
        })),
        preferredReadReplica: decoder.readInt32(),
      };
      // kafkajs leaves out what was given up, message by message.
      const ours = head.abortedTransactions.length === 0;
      partitions.push({ ...head, messages: (ours && plainMessages(decoder)) || (await otherMessages(decoder, room)) });
    }
    responses.push({ topicName, partitions });
  }
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

/** Undefined, and nothing read, where it is for kafkajs to read. */
function plainMessages(decoder: kafkajsDecoder): FetchedSet[] | undefined {
  const start = decoder.offset + 4;
  const size = decoder.buffer.readInt32BE(decoder.offset);
  const set = plainSet(decoder.buffer.subarray(start, start + Math.max(0, size)));
  if (set === undefined) return undefined;
  decoder.offset = start + size;
  return [set];
}

/** What is for kafkajs to read, a batch at a time, while there is room. */
async function otherMessages(decoder: kafkajsDecoder, room: Room): Promise<unknown[]> {
  const start = decoder.offset + 4;
  const size = decoder.buffer.readInt32BE(decoder.offset);
  const set = decoder.buffer.subarray(start, start + Math.max(0, size));
  // Of an old format a message is a batch.
  if (set[16] !== 2) return decodeMessages(decoder);
  decoder.offset = start + size;
  const messages: unknown[] = [];
  for (const { start: from, end } of batches(set)) {
    if (room.left <= 0) break;
    const count = set.readInt32BE(from + 57);
    if (count > mostRecords)
      throw new UnreadableBatch(
        `a batch holds ${String(count)} records, above ${String(mostRecords)}: let its producer write smaller ones`,
      );
    const head = Buffer.alloc(4);
    head.writeInt32BE(end - from);
    for (const message of await decodeMessages(new kafkajsDecoder(Buffer.concat([head, set.subarray(from, end)])))) {
      const { key, value } = message as { readonly key: Buffer | null; readonly value: Buffer | null };
      room.left -= perMessage + (key?.length ?? 0) + (value?.length ?? 0);
      messages.push(message);
    }
  }
  return messages;
}
