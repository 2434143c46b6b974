import { ByteWriter, readVarint, textBytes, varintBytes } from '../model/bytes.ts';
import { seqHeader } from '../model/control.ts';
import { setHeader } from '../model/headers.ts';
import type { EncodedRecords, OutRecord } from '../model/log.ts';

/** Groups records by topic-partition; the order within each stays. `place`: the `hito-seq` of a record of ours, in order. */
export function encodeRecords<Record extends OutRecord>(
  records: readonly Record[],
  place?: (record: Record) => string | undefined,
): EncodedRecords[] {
  const groups: Group[] = [];
  let group: Group | undefined;
  for (const record of records) {
    const { topic, partition } = record;
    if (group?.topic !== topic || group.partition !== partition) {
      group = groups.find((one) => one.topic === topic && one.partition === partition);
      if (group === undefined) groups.push((group = { topic, partition, count: 0, out: new ByteWriter() }));
    }
    group.count++;
    encode(record, place?.(record), group.out);
  }
  return groups.map(({ out, ...rest }) => ({ ...rest, bytes: out.written }));
}

interface Group {
  readonly topic: string;
  readonly partition: number;
  count: number;
  readonly out: ByteWriter;
}

function encode({ key, value, headers }: OutRecord, place: string | undefined, out: ByteWriter): void {
  const keyBytes = key === null ? -1 : textBytes(key);
  const valueBytes = value === null ? -1 : Buffer.byteLength(value);
  let size = sized(keyBytes) + sized(valueBytes);
  let count = 0;
  for (const name in headers) {
    if (place !== undefined && name === seqHeader) continue;
    count++;
    size += sized(textBytes(name)) + sized(textBytes(headers[name] ?? ''));
  }
  if (place !== undefined) {
    count++;
    size += sized(seqHeader.length) + sized(textBytes(place));
  }
  size += varintBytes(count);
  out.room(size + 5);
  out.varint(size);
  out.varint(keyBytes);
  if (key !== null) out.text(key, keyBytes);
  out.varint(valueBytes);
  if (typeof value === 'string') out.text(value, valueBytes);
  else if (value !== null) out.bytes(value);
  out.varint(count);
  for (const name in headers) if (place === undefined || name !== seqHeader) header(name, headers[name] ?? '', out);
  if (place !== undefined) header(seqHeader, place, out);
}

function header(name: string, value: string, out: ByteWriter): void {
  const nameBytes = textBytes(name);
  const valueBytes = textBytes(value);
  out.varint(nameBytes);
  out.text(name, nameBytes);
  out.varint(valueBytes);
  out.text(value, valueBytes);
}

const sized = (bytes: number): number => varintBytes(bytes) + Math.max(0, bytes);

export function decodeRecords({ topic, partition, count, bytes }: EncodedRecords): OutRecord[] {
  const read = { at: 0 };
  const part = (): Buffer | null => {
    const length = readVarint(bytes, read);
    if (length < 0) return null;
    read.at += length;
    return bytes.subarray(read.at - length, read.at);
  };
  return Array.from({ length: count }, () => {
    readVarint(bytes, read);
    const key = part();
    const value = part();
    const headers: Record<string, string> = {};
    for (let left = readVarint(bytes, read); left > 0; left--) setHeader(headers, String(part()), String(part()));
    return { topic, partition, key: key === null ? null : String(key), value, headers };
  });
}
