import { seqText } from '../model/control.ts';
import { encodeRecords } from './record-encoding.ts';
import type { EncodedRecords, OutRecord } from '../model/log.ts';

/** To be published; one with an `at` (epoch ms) gets a place of our own in its topic (dead letters keep the headers they came with). */
export interface Out extends OutRecord {
  readonly at?: number | undefined;
}

/** Where a task's output comes from, on the wire. */
export interface Origin {
  readonly name: string;
  readonly incarnation: number;
}

/** The messages of one transaction as they go to the broker: each of ours with its place among those of its origin. */
export function numbered(out: readonly Out[], firstSeq: number, { name, incarnation }: Origin): EncodedRecords[] {
  let seq = firstSeq;
  return encodeRecords(out, ({ at }) => (at === undefined ? undefined : seqText(name, incarnation, seq++, at)));
}

/**
 * The same as one row: what the groups are, as JSON and a line's end, and their bytes. Whoever publishes it later, under whatever
 * incarnation, publishes the same bytes, so that what is on the log already is dropped.
 */
export const encodeOutbox = (groups: readonly EncodedRecords[]): Buffer =>
  Buffer.concat([
    Buffer.from(
      `${JSON.stringify(groups.map(({ topic, partition, count, bytes }) => [topic, partition, count, bytes.length]))}\n`,
    ),
    ...groups.map(({ bytes }) => bytes),
  ]);

/** Throws where the row is not of this build's form. */
export function decodeOutbox(row: Buffer): EncodedRecords[] {
  if (row.length === 0) return [];
  if (row[0] !== openingBracket)
    throw new Error(
      'an outbox row of an earlier build: start that build once more, so that it is published, and stop it in good order',
    );
  const head = row.indexOf('\n');
  let at = head + 1;
  return (JSON.parse(row.toString('utf8', 0, head)) as [string, number, number, number][]).map(
    ([topic, partition, count, length]) => ({ topic, partition, count, bytes: row.subarray(at, (at += length)) }),
  );
}

const openingBracket = 0x5b;
