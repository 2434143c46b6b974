import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decimal, plus } from './exact.ts';
import type { Measures, MeasuresState } from './compile.ts';
import { compiled } from './testing/histories.ts';

const numbers = {
  count: 'count',
  total: 'sum',
  max: 'max',
  min: 'min',
  first: 'first',
  last: 'last',
  things: { distinct: 'properties.value' },
  others: { distinct: 'properties.other' },
  day: { count: 'last 24 hours' },
  month: { sum: 'last 92 days' },
  best: { max: 'last 36 months' },
  lately: { distinct: 'properties.value', in: 'last 54 weeks' },
  days: { streak: 'days' },
  months: { streak: 'months', grace: 30 },
  pace: { habit: '7 days', against: 52 },
};
const shop = compiled({
  all: { of: { event: 'Did' }, once_per: 'properties.id', undone_by: { event: 'Undone' }, amount: 'properties.amount', numbers },
  money: { of: { event: 'Did' }, amount: 'properties.amount', currency: ['USD', 'JPY', 'KWD'], numbers },
  points: {
    of: { event: 'Did' },
    amount: 'properties.amount',
    spent_by: { of: { event: 'Spent' }, amount: 'properties.amount' },
    numbers: { balance: { points: '60 months' } },
  },
});
const within = (measures: Measures, state: MeasuresState): void => {
  const bytes = Buffer.byteLength(JSON.stringify(state));
  expect(measures.bytes(state)).toBe(bytes);
  expect(bytes).toBeLessThanOrEqual(measures.maxBytes);
};

describe('the size of a state', () => {
  it('is within its bound whatever the events hold', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5_000 }),
      fc.anything({ withBigInt: false }),
      fc.constantFrom('9007199254740.991', '-9007199254740.991', 9e12, -9e12, '1e400', '💚'.repeat(3_000), '\u0000"\\', '\ud800'),
    );
    const event = fc.record({
      event: fc.constantFrom('Did', 'Did', 'Did', 'Spent', 'Undone'),
      properties: fc.record({
        id: hostile,
        amount: hostile,
        value: hostile,
        other: hostile,
        currency: fc.constantFrom('USD', 'JPY', 'KWD', '', 7),
      }),
      moment: fc.integer({ min: -8e12, max: 8e12 }),
      zone: fc.constantFrom('UTC', 'Pacific/Kiritimati', 'Pacific/Apia'),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        within(
          shop,
          events.reduce((state, one) => shop.take(state, one).state, shop.begin),
        );
      }),
      { numRuns: 25 },
    );
  });

  it('is within its bound after 2,000 events of all sizes over years', () => {
    let state = shop.begin;
    for (let n = 0; n < 2_000; n += 1) {
      const moment = Date.UTC(1990, 0, 1) + n * 15 * 3_600_000;
      const properties = {
        id: `${n}${'x'.repeat(n % 50)}`,
        amount: 9_000_000_000_000 - n,
        value: n,
        other: -n,
        currency: ['USD', 'JPY', 'KWD'][n % 3],
      };
      state = shop.take(state, { event: n % 5 === 0 ? 'Spent' : 'Did', properties, moment, zone: 'UTC' }).state;
    }
    within(shop, state);
    expect(shop.bytes(state)).toBeGreaterThan(5_000);
  });

  it('is that of a handful of numbers after a million events of one day', () => {
    const measures = compiled({
      all: {
        of: { event: 'Did' },
        amount: 'properties.amount',
        numbers: { count: 'count', total: 'sum', day: { count: 'this day' }, days: { streak: 'days' } },
      },
    });
    let state = measures.begin;
    for (let n = 0; n < 1_000; n += 1)
      state = measures.take(state, {
        event: 'Did',
        properties: { amount: 0.1 },
        moment: 1_770_000_000_000 + n,
        zone: 'UTC',
      }).state;
    for (let doubled = 0; doubled < 10; doubled += 1) state = measures.merge(state, state);
    expect(measures.value(state, 'all', { at: 1_770_001_000_000, zone: 'UTC' })).toEqual({
      count: 1_024_000,
      total: '102400',
      day: 1_024_000,
      days: { length: 1, longest: 1, since: '2026-02-02' },
    });
    within(measures, state);
    expect(measures.bytes(state)).toBeLessThan(200);
  });
});

describe('an exact sum', () => {
  const whole = fc.maxSafeInteger();

  it('has no rounding and one way of being written, however large it is', () => {
    fc.assert(
      fc.property(fc.array(whole, { maxLength: 30 }), fc.boolean(), (amounts, turned) => {
        const sum = (turned ? amounts.toReversed() : amounts).reduce<number | string>(plus, 0);
        const expected = amounts.reduce((all, amount) => all + BigInt(amount), 0n);
        expect(BigInt(sum)).toBe(expected);
        expect(typeof sum).toBe(Number.isSafeInteger(Number(expected)) ? 'number' : 'string');
      }),
    );
  });

  it.each([
    [8_100, { digits: 2, fixed: true }, '81.00'],
    [-5, { digits: 2, fixed: true }, '-0.05'],
    [500, { digits: 0, fixed: true }, '500'],
    [12_500, { digits: 3, fixed: false }, '12.5'],
    [12_000, { digits: 3, fixed: false }, '12'],
    [-1, { digits: 3, fixed: false }, '-0.001'],
    ['90071992547409930', { digits: 2, fixed: true }, '900719925474099.30'],
  ])('shows %s as people write it', (units, amounts, expected) => {
    expect(decimal(units, amounts)).toBe(expected);
  });
});
