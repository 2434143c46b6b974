import kafkajsDecoder from 'kafkajs/src/protocol/decoder.js';
import decodeMessages from 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js';
import kafkajsRequests from 'kafkajs/src/protocol/requests/index.js';
import { readVarint } from '../bytes.ts';
import { setHeader } from '../headers.ts';
import type { LogRecord } from '../log.ts';

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
    return { ...call, response: { ...call.response, decode } };
  };
};

/** A record of a fetch: to kafkajs a message like any other, which cuts its parts out when it is asked for them. */
export class FetchedRecord {
  constructor(
    private readonly bytes: Buffer,
    readonly batchContext: BatchContext,
    private readonly place: number,
    /** Where the timestamp's delta stands, behind length and attributes. */
    private readonly deltaAt: number,
    private readonly keyAt: number,
    private readonly keyBytes: number,
    private readonly valueAt: number,
    private readonly valueBytes: number,
    private readonly headersAt: number,
  ) {}

  get isControlRecord(): boolean {
    return false;
  }
  get attributes(): number {
    return 0;
  }
  get offset(): string {
    return String(this.place);
  }
  get timestamp(): string {
    const { firstTimestamp, maxTimestamp, appended } = this.batchContext;
    return String(appended ? maxTimestamp : firstTimestamp + readVarlong(this.bytes, this.deltaAt));
  }
  get key(): Buffer | null {
    return this.keyBytes < 0 ? null : this.bytes.subarray(this.keyAt, this.keyAt + this.keyBytes);
  }
  get value(): Buffer | null {
    return this.valueBytes < 0 ? null : this.bytes.subarray(this.valueAt, this.valueAt + this.valueBytes);
  }
  get headers(): Record<string, Buffer | string | (Buffer | string)[]> {
    const headers: Record<string, Buffer | string | (Buffer | string)[]> = {};
    const { bytes } = this;
    eachHeader(bytes, this.headersAt, (name, at, length) => {
      const value = length < 0 ? (null as unknown as Buffer) : bytes.subarray(at, at + length);
      const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
      setHeader(headers, name, before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value]);
    });
    return headers;
  }

  /** As Hito sees it; only the value is left where it lies. */
  record(): LogRecord {
    const { bytes, keyAt, keyBytes, headersAt } = this;
    const headers: Record<string, string> = {};
    eachHeader(bytes, headersAt, (name, at, length) => {
      const value = length < 0 ? 'null' : bytes.toString('utf8', at, at + length);
      setHeader(headers, name, Object.hasOwn(headers, name) ? `${headers[name] ?? ''},${value}` : value);
    });
    return new PlainRecord(
      this.place,
      keyBytes < 0 ? null : bytes.toString('utf8', keyAt, keyAt + keyBytes),
      headers,
      bytes,
      this.valueAt,
      this.valueBytes,
    );
  }
}

class PlainRecord implements LogRecord {
  constructor(
    readonly offset: number,
    readonly key: string | null,
    readonly headers: Record<string, string>,
    private readonly bytes: Buffer,
    private readonly valueAt: number,
    private readonly valueBytes: number,
  ) {}

  get value(): Buffer | null {
    return this.valueBytes < 0 ? null : this.bytes.subarray(this.valueAt, this.valueAt + this.valueBytes);
  }
}

interface BatchContext {
  readonly firstTimestamp: bigint;
  readonly maxTimestamp: bigint;
  /** The broker's time counts, not the writer's. */
  readonly appended: boolean;
}

function readVarlong(bytes: Buffer, at: number): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes.readUInt8(at++);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return (value >> 1n) ^ -(value & 1n);
  }
}

function eachHeader(bytes: Buffer, at: number, found: (name: string, valueAt: number, valueBytes: number) => void): void {
  const place = { at };
  for (let left = readVarint(bytes, place); left > 0; left--) {
    const nameBytes = readVarint(bytes, place);
    const name = bytes.toString('utf8', place.at, (place.at += nameBytes));
    const valueBytes = readVarint(bytes, place);
    found(name, place.at, valueBytes);
    place.at += Math.max(0, valueBytes);
  }
}

const batchHead = 61;
const appendedFlag = 8;

/** Undefined where it is not all plain. */
function plainRecords(bytes: Buffer): FetchedRecord[] | undefined {
  const records: FetchedRecord[] = [];
  const place = { at: 0 };
  for (let start = 0; start + batchHead <= bytes.length;) {
    if (bytes[start + 16] !== 2) return undefined;
    const end = start + 12 + bytes.readInt32BE(start + 8);
    // The last one may be cut off: it comes again with the next fetch.
    if (end > bytes.length) break;
    const attributes = bytes.readInt16BE(start + 21);
    if ((attributes & ~appendedFlag) !== 0) return undefined;
    const context = {
      firstTimestamp: bytes.readBigInt64BE(start + 27),
      maxTimestamp: bytes.readBigInt64BE(start + 35),
      appended: (attributes & appendedFlag) !== 0,
    };
    const first = Number(bytes.readBigInt64BE(start));
    place.at = start + batchHead;
    for (let left = bytes.readInt32BE(start + 57); left > 0; left--) {
      const length = readVarint(bytes, place);
      const next = place.at + length;
      const deltaAt = ++place.at;
      while (bytes.readUInt8(place.at++) >= 0x80);
      const offset = first + readVarint(bytes, place);
      const keyBytes = readVarint(bytes, place);
      const keyAt = place.at;
      place.at += Math.max(0, keyBytes);
      const valueBytes = readVarint(bytes, place);
      const valueAt = place.at;
      const headersAt = valueAt + Math.max(0, valueBytes);
      records.push(new FetchedRecord(bytes, context, offset, deltaAt, keyAt, keyBytes, valueAt, valueBytes, headersAt));
      place.at = next;
    }
    start = end;
  }
  return records;
}

async function decode(answer: Buffer): Promise<object> {
  const decoder = new kafkajsDecoder(answer);
  const clientSideThrottleTime = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const sessionId = decoder.readInt32();
  const responses = [];
  for (let topics = decoder.readInt32(); topics > 0; topics--) {
    const topicName = decoder.readString();
    const partitions = [];
    for (let count = decoder.readInt32(); count > 0; count--) {
      partitions.push({
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
        messages: await messages(decoder),
      });
    }
    responses.push({ topicName, partitions });
  }
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

async function messages(decoder: kafkajsDecoder): Promise<unknown[]> {
  const { offset, buffer } = decoder;
  const size = decoder.readInt32();
  if (size <= 0) return [];
  const records = plainRecords(buffer.subarray(offset + 4, offset + 4 + size));
  if (records !== undefined) {
    decoder.offset += size;
    return records;
  }
  decoder.offset = offset;
  return decodeMessages(decoder);
}
