import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { contract } from '#contracts';
import { seqHeader, seqText } from '../model/control.ts';
import { InputBuffer, unplaced } from '../input/input-buffer.ts';
import { listed, type LogRecord } from '../model/log.ts';

const calls = contract('calls.v1', z.object({ n: z.int() }), { retentionMs: -1 });
const bufferOf = (cursor?: ReturnType<InputBuffer['cursor']>): InputBuffer =>
  new InputBuffer(0, { contract: calls, kind: 'source', placedBy: ['reader'] }, 0, ['reader/0', 'reader/1'], cursor, 0);
const record = (offset: number, place?: string): LogRecord => ({
  offset,
  key: 'k',
  value: Buffer.from(`{"n": ${String(offset)}}`),
  headers: place === undefined ? {} : { [seqHeader]: place },
});
const taken = (buffer: InputBuffer): number[] => {
  const stream = buffer.stream(unplaced);
  const offsets = Array.from({ length: stream.length }, (_, n) => stream.at(n)?.offset ?? -1);
  stream.drop(stream.length);
  return offsets;
};

test('what a worker publishes twice on a source is dropped by its place, apart from all other writers', () => {
  const buffer = bufferOf();
  const written = [
    record(0, seqText('replayer', 1, 900)),
    record(1, seqText('reader/0', 1, 1)),
    record(2, seqText('reader/1', 1, 1)),
    record(3, seqText('reader/0', 1, 1)),
    record(4),
    record(5, seqText('reader/0', 1, 2)),
    record(6, seqText('reader/1', 1, 1)),
    record(7, seqText('replayer', 1, 900)),
  ];
  buffer.accept(listed(written), 0);
  expect(taken(buffer)).toEqual([0, 1, 2, 4, 5]);
  expect(buffer.repeats).toBe(3);
});

test('a place is kept with what was taken, not with what was only read', () => {
  const buffer = bufferOf();
  buffer.accept(listed([record(0, seqText('reader/0', 1, 5)), record(1, seqText('reader/0', 1, 6))]), 0);
  buffer.stream(unplaced).drop(1);
  const cursor = buffer.cursor();
  expect(cursor.origins['reader/0']).toMatchObject({ incarnation: 1, seq: 5 });
  expect(cursor.origins).not.toHaveProperty('reader/1');
  const next = bufferOf(cursor);
  next.accept(listed([record(1, seqText('reader/0', 1, 6)), record(2, seqText('reader/0', 1, 5))]), 1);
  expect(taken(next)).toEqual([1]);
});
