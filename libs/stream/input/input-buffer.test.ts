import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { contract, derived } from '#contracts';
import { seqHeader, seqText, watermarkRecord } from '../model/control.ts';
import { InputBuffer } from './input-buffer.ts';
import { listed, type Fetched, type LogRecord } from '../model/log.ts';
import { plan } from './plan.ts';
import type { Cursor } from '../model/store.ts';

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

const planned = (input: InputBuffer, limit: number) =>
  plan([input], {
    limit,
    now: start,
    caughtUpMs: 0,
    waitingBytes: Infinity,
    untimed: true,
    rulesUntil: Infinity,
    rulesKnownUntil: Infinity,
  });
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

/** A watermark of an origin at an offset, in seconds after the start. */
const mark = (offset: number, seconds: number, clock: 'driven' | 'live' = 'live'): LogRecord => {
  const { key, value, headers } = watermarkRecord({ origin: 'b/0', at: start + seconds * 1_000, clock });
  return { offset, key, value: Buffer.from(value), headers };
};
const two = (): InputBuffer => new InputBuffer(0, { contract: jobs, kind: 'ordered' }, 0, ['a/0', 'b/0'], undefined, 0);

describe('time records of an origin that is ahead of another', () => {
  test('are kept as one, with the place of the first and the time of the last', () => {
    const input = two();
    for (let n = 0; n < 10_000; n++) input.accept(listed([mark(n, n)]), n);
    planned(input, 1);
    while (input.readOn());
    expect(input.stream('b/0').length).toBe(1);
    expect(input.nextOffset()).toBe(0);
    input.stream('b/0').drop(0);
    expect([input.nextOffset(), input.cursor().origins['b/0']?.watermark]).toEqual([10_000, start + 9_999_000]);
  });

  test('stay apart where a record lies between them', () => {
    const input = two();
    const record = {
      offset: 1,
      key: 'x',
      value: Buffer.from('{}'),
      headers: { [seqHeader]: seqText('b/0', 1, 1, start + 60_000) },
    };
    input.accept(listed([mark(0, 50, 'driven'), record, mark(2, 70)]), 0);
    while (input.readOn());
    expect([0, 1, 2].map((n) => input.stream('b/0').at(n)?.kind)).toEqual(['time', 'record', 'time']);
  });
});

describe('a backlog behind an origin that has fallen silent', () => {
  const backlog = (clock: 'driven' | 'live'): InputBuffer => {
    const input = two();
    const a = watermarkRecord({ origin: 'a/0', at: start, clock });
    input.accept(listed([{ offset: 0, key: a.key, value: Buffer.from(a.value), headers: a.headers }, mark(1, 0, clock)]), 0);
    const records = Array.from({ length: 100 }, (_, n) => ({
      offset: 2 + n,
      key: `person ${String(n)}`,
      value: Buffer.alloc(1_000),
      headers: { [seqHeader]: seqText('a/0', 1, n, start + (n + 1) * 1_000) },
    }));
    input.accept(listed(records), 2);
    input.end = 1_000;
    return input;
  };
  const planOf = (input: InputBuffer, waitingBytes: number) =>
    plan([input], {
      limit: 10,
      now: start,
      caughtUpMs: 0,
      waitingBytes,
      untimed: true,
      rulesUntil: Infinity,
      rulesKnownUntil: Infinity,
    });

  test('is taken, live, once it is larger than what may wait', () => {
    const waits = planOf(backlog('live'), 10_000_000);
    expect([waits.items.length, waits.waitsFor]).toEqual([0, 'input jobs.v1 of b/0']);
    expect(planOf(backlog('live'), 50_000).items.length).toBe(10);
  });

  test('waits without end while a replay drives the time', () => {
    expect(planOf(backlog('driven'), 50_000).items.length).toBe(0);
  });
});

describe('an input without time', () => {
  const feedback = (cursor?: Cursor): InputBuffer =>
    new InputBuffer(0, { contract: jobs, kind: 'feedback' }, 0, [], cursor, cursor?.nextOffset ?? 0);
  const said = (offset: number, origin?: string, seq = 0): LogRecord => ({
    offset,
    key: 'person',
    value: Buffer.from('{}'),
    headers: origin === undefined ? {} : { [seqHeader]: seqText(origin, 1, seq, start) },
  });
  const taken = (input: InputBuffer): number[] => {
    const { items } = planned(input, 100);
    for (const [name, stream] of input.streams) stream.drop(items.filter((item) => item.stream.origin === name).length);
    return items.map(({ offset }) => offset);
  };

  test('leaves out what a writer has published once more, also after a restart, and keeps the order of the log', () => {
    const input = feedback();
    input.accept(listed([said(0, 'sender/0', 1), said(1), said(2, 'other/0', 7), said(3, 'sender/0', 2)]), 0);
    expect(taken(input)).toEqual([0, 1, 2, 3]);
    const again = feedback(input.cursor());
    again.accept(
      listed([said(4, 'sender/0', 1), said(5, 'sender/0', 2), said(6, 'sender/0', 3), said(7), said(8, 'other/0', 7)]),
      4,
    );
    expect([taken(again), again.repeats]).toEqual([[6, 7], 3]);
  });

  test('keeps the places of a bounded number of writers', () => {
    const input = feedback();
    input.accept(listed(Array.from({ length: 1_000 }, (_, n) => said(n, `stranger/${String(n)}`))), 0);
    expect(taken(input)).toHaveLength(100);
    expect(Object.keys(input.cursor().origins).length).toBeLessThanOrEqual(64);
  });
});
