import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { contract, derived } from '#contracts';
import { seqHeader, seqText } from './control.ts';
import { InputBuffer } from './input-buffer.ts';
import { listed, type Fetched } from './log.ts';
import { plan } from './plan.ts';

const jobs = contract('jobs.v1', z.object({ ...derived }), { retentionMs: -1 });
const start = Date.parse('2026-03-01T00:00:00Z');

const buffer = (): InputBuffer => new InputBuffer(0, { contract: jobs, kind: 'ordered' }, 0, ['a/0'], undefined, 100);

/** Records at these offsets, a second apart. */
const fetch = (...offsets: readonly number[]): Fetched =>
  listed(
    offsets.map((offset) => ({
      offset,
      key: `person ${String(offset)}`,
      value: Buffer.from('{}'),
      headers: { [seqHeader]: seqText('a/0', 1, offset, start + offset * 1_000) },
    })),
  );

const planned = (input: InputBuffer, limit: number) => plan([input], { limit, now: start, caughtUpMs: 0, untimed: true });
const take = (input: InputBuffer, limit: number): number[] => {
  const { items } = planned(input, limit);
  input.stream('a/0').drop(items.length);
  for (const { bytes } of items) {
    input.records--;
    input.bytes -= bytes;
  }
  return items.map(({ offset }) => offset);
};

describe('what has been fetched', () => {
  test('is read only when it is its turn, and counts for the place to go on from when it has been taken', () => {
    const input = buffer();
    expect(input.accept(fetch(100, 101), 100)).toBe(true);
    expect(input.accept(fetch(102, 103), 102)).toBe(true);
    expect([input.fetched, input.nextOffset(), input.records, input.stream('a/0').length]).toEqual([104, 100, 4, 0]);
    expect(take(input, 1)).toEqual([100]);
    expect([input.nextOffset(), input.records, input.stream('a/0').length]).toEqual([101, 3, 1]);
    expect(take(input, 1)).toEqual([101]);
    expect(input.nextOffset()).toBe(102);
    expect(take(input, 10)).toEqual([102, 103]);
    expect([input.nextOffset(), input.records, input.bytes, input.stream('a/0').length]).toEqual([104, 0, 0, 0]);
  });

  test('that lies before what is expected, or repeats it, is left out; behind a gap it is refused', () => {
    const input = buffer();
    expect(input.accept(fetch(98, 99, 100), 98)).toBe(true);
    expect(input.accept(fetch(100), 100)).toBe(true);
    expect(input.accept(fetch(99, 100, 101), 99)).toBe(true);
    expect(input.accept(fetch(105), 105)).toBe(false);
    expect(take(input, 10)).toEqual([100, 101]);
    expect([input.fetched, input.nextOffset(), input.repeats]).toEqual([102, 102, 0]);
  });

  test('brings time up to the record behind what is taken, which is read for that', () => {
    const input = buffer();
    input.accept(fetch(100), 100);
    input.accept(fetch(101), 101);
    input.accept(fetch(102), 102);
    expect(planned(input, 0).bound).toBe(start + 100_000);
    expect(planned(input, 1).bound).toBe(start + 101_000);
    expect(input.stream('a/0').length).toBe(2);
    // With nothing behind it, another of its very instant may still come.
    expect(planned(input, 10).bound).toBe(start + 102_000);
  });
});
