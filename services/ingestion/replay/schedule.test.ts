import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseHistory, type Order } from './history.ts';
import { callCount, schedule, type PlannedCall, type Tick } from './schedule.ts';

const day = 86_400_000;
const until = Date.parse('2026-10-31');
const history = fc
  .array(
    fc.record({
      customer: fc.constantFrom('00001', '00002', '3', 'x-9'),
      day: fc.integer({ min: 0, max: 40 }),
      quantity: fc.nat(9),
      dollars: fc.nat(99),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((rows) =>
    rows.map((row, i): Order => ({ ...row, day: row.day * day, line: i + 1 })).sort((a, b) => a.day - b.day || a.line - b.line),
  );

/** Everything of a replay in the order in which it is sent. */
const sent = (ticks: readonly Tick<PlannedCall>[]) =>
  ticks.flatMap(({ calls, clock }) => [...calls.map((call) => ({ ...call, clock: false })), { ...clock, clock: true }]);
const lineOf = ({ item }: PlannedCall): number => Number(/^order-(\d+)$/.exec(String(item['messageId']))?.[1]);
const isOrder = ({ item }: PlannedCall): boolean => item['type'] === 'track';

describe('any history, any size of ticks', () => {
  const sizes = fc.record({ tickMs: fc.constantFrom(1000, 900_000, 3 * day), tickCalls: fc.constantFrom(1, 2, 20_000) });
  const forAll = (check: (orders: Order[], ticks: Tick<PlannedCall>[]) => void): void => {
    fc.assert(
      fc.property(history, sizes, (orders, size) => {
        check(orders, [...schedule(orders, { until, ...size })]);
      }),
    );
  };

  test('positions grow by one, from the first clock record to the last', () => {
    forAll((_, ticks) => {
      expect(sent(ticks).map(({ position }) => position)).toEqual(sent(ticks).map((_s, i) => i + 1));
      expect(ticks[0]?.calls).toEqual([]);
      expect(ticks.at(-1)?.clock.at).toBe(until + day);
    });
  });

  test('no clock record is later than what follows it, nor earlier than what is before it', () => {
    forAll((_, ticks) => {
      const all = sent(ticks);
      all.forEach((entry, i) => {
        const next = all[i + 1];
        if (next !== undefined) expect(next.at).toBeGreaterThanOrEqual(entry.at);
      });
      ticks.slice(1).forEach((tick, i) => {
        expect(tick.clock.at).toBeGreaterThan(ticks[i]?.clock.at ?? 0);
      });
    });
  });

  test('the orders are those of the file, each once, in order; an identify comes directly before the first of a person', () => {
    forAll((orders, ticks) => {
      const calls = ticks.flatMap((tick) => tick.calls);
      expect(calls.filter(isOrder).map(lineOf)).toEqual(orders.map(({ line }) => line));
      expect(calls).toHaveLength(callCount(orders));
      calls.forEach((call, i) => {
        if (isOrder(call)) return;
        expect(calls[i + 1]).toMatchObject({ at: call.at, item: { userId: call.item['userId'], type: 'track' } });
        expect(calls.slice(0, i).some((c) => c.item['userId'] === call.item['userId'])).toBe(false);
      });
    });
  });

  test('only ticks with calls have a clock record, the first and the last aside', () => {
    forAll((_, ticks) => {
      expect(ticks.at(-1)?.clock.at).toBe(until + day);
      expect(ticks.slice(1, -1).every(({ calls }) => calls.length > 0)).toBe(true);
    });
  });
});

describe('the CDNOW sample', () => {
  const orders = parseHistory(
    readFileSync(new URL('../../../examples/cdnow/cdnow_sample.txt', import.meta.url), 'utf8'),
    'cdnow_sample.txt',
  );
  const ticks = [...schedule(orders, { until })];
  const calls = ticks.flatMap((tick) => tick.calls);

  test('has 6,919 orders and 2,357 people', () => {
    expect(calls.filter(isOrder)).toHaveLength(6919);
    expect(calls.filter((call) => !isOrder(call))).toHaveLength(2357);
    expect(new Set(calls.map((call) => call.item['messageId'])).size).toBe(6919 + 2357);
    expect(callCount(orders)).toBe(calls.length);
  });

  test('ends on the day it is told to, shifted by whole days', () => {
    expect(new Date(calls.at(-1)?.at ?? 0).toISOString()).toBe('2026-10-31T12:00:00.000Z');
    expect((until - Date.parse('1998-06-30')) % day).toBe(0);
    expect(new Date(ticks[0]?.clock.at ?? 0).toISOString()).toBe(
      new Date(until - (Date.parse('1998-06-30') - Date.parse('1997-01-01'))).toISOString(),
    );
  });

  test('says what it should of a person', () => {
    const mine = calls.filter((call) => call.item['userId'] === '00004');
    const at = new Date(mine[0]?.at ?? 0).toISOString();
    expect(mine[0]?.item).toEqual({
      type: 'identify',
      messageId: 'identify-00004',
      userId: '00004',
      timestamp: at,
      traits: { email: 'customer-00004@cdnow.example', timezone: 'Pacific/Auckland', locale: 'en', consents: { tracking: true } },
    });
    expect(mine[1]?.item).toEqual({
      type: 'track',
      messageId: 'order-1',
      userId: '00004',
      event: 'Order Completed',
      timestamp: at,
      properties: { revenue: 29.33, currency: 'USD', quantity: 2 },
    });
    expect(mine).toHaveLength(5);
  });
});
