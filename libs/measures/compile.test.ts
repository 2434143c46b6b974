import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { eventMatcher } from '#playbook';
import { compileMeasures, type Happening, type Measures, type MeasuresState, type Taken } from './compile.ts';
import { measuresSchema } from './definition.ts';

const schema = measuresSchema(z.strictObject({ event: z.string(), where: z.string().optional() }));
const compile = (definitions: unknown, reads?: readonly string[]): Measures =>
  compileMeasures(schema.parse(definitions), {
    matcher: (match) => eventMatcher(match),
    ...(reads !== undefined && { reads: new Set(reads) }),
  });

const start = Date.UTC(2026, 2, 2, 12);
const when = { at: start + 86_400_000, zone: 'Europe/Madrid' };
const event = (name: string, properties: Happening['properties'] = {}, minutes = 0): Happening => ({
  event: name,
  properties,
  moment: start + minutes * 60_000,
  zone: 'Europe/Madrid',
});
const order = (properties: Happening['properties'], minutes = 0): Happening => event('Order Completed', properties, minutes);

function told(measures: Measures, events: readonly Happening[]): { state: MeasuresState; taken: readonly Taken[] } {
  return events.reduce(
    ({ state, taken }, one) => {
      const step = measures.take(state, one);
      return { state: step.state, taken: [...taken, ...step.taken] };
    },
    { state: measures.begin, taken: [] as readonly Taken[] },
  );
}
const problems = (definitions: unknown): string[] =>
  schema.safeParse(definitions).error?.issues.flatMap((issue) => [issue.message, JSON.stringify(issue)]) ?? [];

const shop = {
  orders: {
    of: { event: 'Order Completed', where: 'properties.total > 0' },
    once_per: 'properties.order_id',
    undone_by: { event: 'Order Cancelled' },
    amount: 'properties.total',
    currency: ['USD', 'EUR'],
    numbers: { count: 'count', total: 'sum', largest: 'max', this_month: { sum: 'this month' } },
  },
};

describe('a measure', () => {
  it('gives a currency numbers of its own, and all events together no amount', () => {
    const measures = compile(shop);
    const { state } = told(measures, [
      order({ order_id: 1, total: '120.00', currency: 'USD' }),
      order({ order_id: 2, total: 50, currency: 'eur' }, 1),
    ]);
    expect(measures.value(state, 'orders', when)).toEqual({ count: 2 });
    expect(measures.value(state, 'orders.USD', when)).toEqual({
      count: 1,
      total: '120.00',
      largest: { amount: '120.00', at: start, date: '2026-03-02' },
      this_month: '120.00',
    });
    expect(measures.value(state, 'orders.EUR', when)).toMatchObject({ count: 1, total: '50.00' });
    expect([measures.value(state, 'orders.GBP', when), measures.value(state, 'others', when)]).toEqual([undefined, undefined]);
  });

  it('takes an amount without a currency in the first one that is declared', () => {
    const measures = compile(shop);
    const { state } = told(measures, [order({ order_id: 1, total: 81 }), order({ order_id: 2, total: 9, currency: ' ' })]);
    expect(measures.value(state, 'orders.USD', when)).toMatchObject({ count: 2, total: '90.00' });
  });

  it.each([
    ['another currency', { currency: 'JPY' }, 'currency'],
    ['no currency at all', { currency: 978 }, 'currency'],
    ['an amount with separators', { total: '1,299.00' }, 'type'],
  ])('says why %s is in no sum', (_, properties, reason) => {
    const measures = compile({ orders: { ...shop.orders, of: { event: 'Order Completed' } } });
    const { state, taken } = told(measures, [order({ order_id: 1, total: 5, ...properties })]);
    expect(taken[0]?.outcome).toBe('counted');
    expect(taken[0]?.uncounted).toBe(reason === 'type' ? 'separators' : reason);
    expect(measures.value(state, 'orders', when)).toEqual({ count: 1 });
    expect(measures.value(state, 'orders.USD', when)).toMatchObject({ count: 0, total: '0.00' });
  });

  it('has no event without a readable amount where amounts have no unit', () => {
    const measures = compile({
      rides: { of: { event: 'Ride' }, amount: 'properties.km', numbers: { count: 'count', km: 'sum' } },
    });
    const { state, taken } = told(measures, [event('Ride', { km: 12.5 }), event('Ride', { km: 'far' }), event('Ride')]);
    expect(measures.value(state, 'rides', when)).toEqual({ count: 1, km: '12.5' });
    expect(taken.map(({ outcome, uncounted }) => [outcome, uncounted])).toEqual([
      ['counted', undefined],
      ['not counted', 'symbols'],
      ['not counted', 'missing'],
    ]);
  });

  it('counts only events that meet its condition', () => {
    const measures = compile(shop);
    expect(measures.value(told(measures, [order({ order_id: 1, total: 0 })]).state, 'orders', when)).toEqual({ count: 0 });
  });

  it('counts an object once, takes it out when it is undone, and says which happened', () => {
    const measures = compile(shop);
    const cancelled = (order_id: number): Happening => event('Order Cancelled', { order_id });
    const { state, taken } = told(measures, [
      order({ order_id: 1, total: 10 }),
      order({ order_id: 1, total: 10 }, 5),
      order({ order_id: 2, total: 20 }),
      cancelled(2),
      cancelled(3),
      order({ order_id: 3, total: 30 }),
    ]);
    expect(taken.map(({ outcome }) => outcome)).toEqual(['counted', 'repeat', 'counted', 'undone', 'unknown', 'undone']);
    expect(measures.value(state, 'orders.USD', when)).toMatchObject({ count: 1, total: '10.00' });
  });

  it('takes the earlier of two reports about one object', () => {
    const measures = compile(shop);
    const reports = [order({ order_id: 1, total: 10 }, 5), order({ order_id: 1, total: 12 }, 1)];
    for (const events of [reports, reports.toReversed()])
      expect(measures.value(told(measures, events).state, 'orders.USD', when)).toMatchObject({ count: 1, total: '12.00' });
  });

  it('no longer undoes what 64 newer objects have pushed out of the ledger, and says so', () => {
    const measures = compile(shop);
    const { state } = told(
      measures,
      Array.from({ length: 65 }, (_, n) => order({ order_id: n, total: 1 }, n)),
    );
    const step = measures.take(state, event('Order Cancelled', { order_id: 0 }, 99));
    expect(step.taken).toEqual([{ measure: 'orders', outcome: 'unknown' }]);
    expect(measures.value(step.state, 'orders', when)).toEqual({ count: 65 });
    expect(measures.take(state, event('Order Cancelled', { order_id: 1 }, 99)).taken[0]?.outcome).toBe('undone');
  });

  it('no longer undoes what is 90 days older than the newest object', () => {
    const measures = compile(shop);
    const days = (n: number): number => n * 24 * 60;
    const { state } = told(measures, [order({ order_id: 1, total: 1 }), order({ order_id: 2, total: 1 }, days(90) + 1)]);
    expect(measures.take(state, event('Order Cancelled', { order_id: 1 }, days(91))).taken[0]?.outcome).toBe('unknown');
  });

  it('undoes what an object earned and what was spent on it', () => {
    const measures = compile({
      points: {
        of: { event: 'Order Completed' },
        once_per: 'properties.order_id',
        undone_by: [{ event: 'Order Cancelled' }, { event: 'Order Refunded' }],
        amount: 'properties.points',
        spent_by: { of: { event: 'Order Completed', where: 'has(properties.used)' }, amount: 'properties.used' },
        numbers: { balance: { points: '12 months' }, orders: 'count' },
      },
    });
    const { state } = told(measures, [order({ order_id: 1, points: 100 }), order({ order_id: 2, points: 10, used: 40 }, 1)]);
    expect(measures.value(state, 'points', when)).toEqual({
      balance: { balance: '70', expires: { amount: '70', date: '2027-04-01' } },
      orders: 2,
    });
    const after = told(measures, []).state;
    expect(after).toEqual({});
    const undone = measures.take(state, event('Order Refunded', { order_id: 2 }, 2));
    expect(undone.taken).toEqual([{ measure: 'points', outcome: 'undone' }]);
    expect(measures.value(undone.state, 'points', when)).toMatchObject({ balance: { balance: '100' }, orders: 1 });
  });

  it('loses nothing of a window for who flies west over midnight', () => {
    const measures = compile({
      visits: { of: { event: 'Visit' }, numbers: { lately: { count: 'last 2 days' }, pace: { habit: '1 day', against: 1 } } },
    });
    const inAuckland = (at: string): Happening => ({ ...event('Visit'), moment: Date.parse(at), zone: 'Pacific/Auckland' });
    const { state } = told(measures, [inAuckland('2026-03-01T00:00:00Z'), inAuckland('2026-03-02T12:00:00Z')]);
    // It is 2 March in Los Angeles; the visits were on 1 and on 3 March.
    expect(measures.value(state, 'visits', { at: Date.parse('2026-03-02T13:00:00Z'), zone: 'America/Los_Angeles' })).toEqual({
      lately: 2,
      pace: { recent: 1, before: 1, spans: 1, percent: 100 },
    });
  });

  it('leaves the state as it is for an event that it does not name', () => {
    const measures = compile(shop);
    const { state } = told(measures, [order({ order_id: 1, total: 5 })]);
    expect(measures.take(state, event('Page Viewed')).state).toBe(state);
    expect(measures.take(state, order({ order_id: 9, total: -1 })).state).toBe(state);
  });

  it('keeps only the numbers that are read', () => {
    const measures = compile({ ...shop, visits: { of: { event: 'Visit' }, numbers: { count: 'count' } } }, ['orders.USD.total']);
    const { state } = told(measures, [event('Visit'), order({ total: 5 })]);
    expect(state).toEqual({ orders: { past: { 'USD total: sum': 500 } } });
    expect(measures.value(state, 'orders', when)).toBeUndefined();
  });

  it('leaves out a number that was declared after the events beside it were counted', () => {
    const of = { event: 'Visit' };
    const old = compile({ visits: { of, numbers: { count: 'count' } } });
    const both = compile({ visits: { of, numbers: { count: 'count', first: 'first' } } });
    const { state } = told(old, [event('Visit'), event('Visit')]);
    const later = both.take(state, event('Visit')).state;
    expect(both.value(later, 'visits', when)).toEqual({ count: 3 });
    expect(both.value(both.merge(later, told(both, [event('Visit')]).state), 'visits', when)).toEqual({ count: 4 });
    expect(both.value(both.take({}, event('Visit')).state, 'visits', when)).toMatchObject({ count: 1, first: { at: start } });
  });

  it('never reads the state of one shape as another', () => {
    const of = { event: 'Visit' };
    const old = compile({ visits: { of, numbers: { number: 'count' } } });
    const changed = compile({ visits: { of, numbers: { number: { streak: 'days' } } } });
    const { state } = told(old, [event('Visit')]);
    expect(changed.value(changed.take(state, event('Visit')).state, 'visits', when)).toEqual({});
  });

  it('carries nothing along for a measure or number that is no longer declared', () => {
    const { state } = told(compile(shop), [order({ order_id: 1, total: 5 })]);
    expect(compile({}).known(state)).toEqual({});
    expect(compile(shop).known(state)).toEqual(state);
    expect(Object.keys(compile(shop, ['orders.count']).known(state)['orders']?.past ?? {})).toEqual(['count: count']);
  });

  it('tells 7 and "7" not apart, and counts neither lists nor empty texts', () => {
    const measures = compile({ seen: { of: { event: 'Seen' }, numbers: { things: { distinct: 'properties.thing.id' } } } });
    const { state } = told(
      measures,
      [7, '7', 'b', '', null, ['b'], {}].map((id) => event('Seen', { thing: { id } })),
    );
    expect(measures.value(state, 'seen', when)).toEqual({ things: { count: 2, approximate: false } });
  });

  it('finds a key that every object inherits only where the event has it', () => {
    const measures = compile({ seen: { of: { event: 'Seen' }, numbers: { things: { distinct: 'properties.constructor' } } } });
    const { state } = told(measures, [event('Seen'), event('constructor'), event('__proto__')]);
    expect(measures.value(state, 'seen', when)).toEqual({ things: { count: 0, approximate: false } });
  });
});

describe('the schema of measures', () => {
  it('can be written as a JSON Schema for editors', () => {
    expect(JSON.stringify(z.toJSONSchema(schema, { target: 'draft-7', io: 'input' }))).toContain('"streak"');
  });

  const measure = { of: { event: 'Visit' }, numbers: { count: 'count' } };
  it.each([
    ['an amount that is not named', { ...measure, numbers: { total: 'sum' } }, 'expected amount'],
    ['an undo without a key', { ...measure, undone_by: { event: 'Undone' } }, 'expected once_per'],
    ['a currency without an amount', { ...measure, currency: 'EUR' }, 'expected amount beside currency'],
    ['a currency without a minor unit', { ...measure, amount: 'properties.total', currency: 'XAU' }, 'ISO 4217'],
    ['spending without points', { ...measure, spent_by: { of: { event: 'Spent' }, amount: 'properties.p' } }, 'points beside'],
    ['no number', { ...measure, numbers: {} }, 'at least one number'],
    ['a window of 99 months', { ...measure, numbers: { some: { count: 'last 99 months' } } }, 'last 30 days'],
    ['a path that is none', { ...measure, numbers: { some: { distinct: 'product' } } }, 'such as properties.total'],
    ['a habit of years', { ...measure, numbers: { some: { habit: '30 days', against: 52 } } }, '400 days in all'],
    ['a name with a dash', { ...measure, numbers: { 'a-b': 'count' } }, 'underscores'],
    ['an unknown kind', { ...measure, numbers: { some: { median: 'ever' } } }, 'such as { count: last 30 days }'],
  ])('refuses %s', (_, definition, message) => {
    expect(problems({ visits: definition }).join('\n')).toContain(message);
  });
});
