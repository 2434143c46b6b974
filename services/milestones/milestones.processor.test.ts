import { expect, test } from '@jest/globals';
import { milestones, personId } from '#contracts';
import { parsePlaybook } from '#playbook';
import { rulesOf } from './domain/rules.ts';
import { milestonesProcessor } from './milestones.processor.ts';

const rules = rulesOf(
  parsePlaybook(`
name: test
defaults: { zone: Europe/Madrid, locale: en }
sending: { window: { from: "09:00", to: "20:00" } }
scoring: { half_life: 7d, bands: [{ id: cold, from: 0 }] }
stages: { initial: visitor, names: [visitor], transitions: [] }
milestones:
  - { id: orders-1, kind: count, of: { event: Order Completed }, threshold: 1, significance: major }
  - { id: spend-10, kind: sum, of: { event: Order Completed }, property: revenue, currency: EUR, threshold: 10 }
  - { id: year, kind: anniversary, of: { event: Order Completed } }`),
);
const version = rules.version;

const start = Date.UTC(2024, 0, 1, 12);
const key = personId('1');
const iso = (at: number): string => new Date(at).toISOString();
const common = { id: personId('cause'), person_id: key, at: iso(start), cause: { id: 'x' } };
const record = { kind: 'record', key, id: common.id, at: start } as const;
const profile = { ...record, topic: 'profiles.v1', data: { ...common, traits: {}, consents: {}, replayed: false } } as const;
const order = (revenue: unknown, occurredAt = start, currency?: unknown) =>
  ({
    ...record,
    topic: 'events.v1',
    data: {
      ...common,
      event: 'Order Completed',
      moment: iso(occurredAt),
      moment_source: 'claimed',
      source: 's',
      message_id: 'm',
      properties: { revenue, ...(currency !== undefined && { currency }) },
    },
  }) as const;

const published = (emit: readonly { data: object }[] = []) =>
  emit.map(({ data }) => milestones.schema.parse({ ...data, ...common }));

test('an order: milestones with the numbers for their mails, in declared order', () => {
  const { emit, tally } = milestonesProcessor.decide(undefined, order(29.33), rules);
  const aggregates = { count: 1, sum_minor: 2933, currency: 'EUR', first_at: iso(start), last_at: iso(start) };
  const base = { ...common, occurrence: '1', occurred_at: iso(start), aggregates };
  expect(published(emit)).toEqual([
    {
      ...base,
      milestone: 'orders-1',
      kind: 'count',
      nature: 'behaviour',
      significance: 'major',
      value: 1,
      threshold: 1,
      rule: { id: 'orders-1', version },
    },
    {
      ...base,
      milestone: 'spend-10',
      kind: 'sum',
      nature: 'behaviour',
      significance: 'minor',
      value: 2933,
      threshold: 1000,
      rule: { id: 'spend-10', version },
    },
  ]);
  expect(tally).toEqual({ 'milestone.orders-1': 1, 'milestone.spend-10': 1 });
});

test('a late wake: the anniversary at its own instant', () => {
  const { state } = milestonesProcessor.decide(undefined, order(1), rules);
  const midnight = Date.parse('2024-12-31T23:00:00Z');
  expect(state && milestonesProcessor.wakeAt?.(state, rules)).toBe(midnight);
  const wake = { kind: 'wake', key, id: 'wake', named: midnight, at: midnight + 60_000 } as const;
  const { emit, tally } = milestonesProcessor.decide(state, wake, rules);
  expect(published(emit)).toMatchObject([
    {
      milestone: 'year',
      kind: 'anniversary',
      nature: 'natural',
      occurrence: '1',
      occurred_at: iso(midnight),
      aggregates: { local_date: '2025-01-01' },
    },
  ]);
  expect(tally).toEqual({ 'milestone.year': 1 });
});

test('what is not believed is counted', () => {
  const broken = order('lots');
  const data = { ...broken.data, moment_source: 'arrival', claim: '1980-01-06T00:00:03Z' } as const;
  const { tally } = milestonesProcessor.decide(undefined, { ...broken, data }, rules);
  expect(tally).toEqual({ 'milestone.orders-1': 1, 'ignored.dates': 1, 'unreadable.s.amount.symbols': 1 });
});

test.each([
  ['1,299.00', undefined, 'separators'],
  ['€20', undefined, 'symbols'],
  [' USD', undefined, 'symbols'],
  [true, undefined, 'type'],
  [1e21, undefined, 'range'],
  [undefined, undefined, 'missing'],
  [20, '€', 'currency'],
  [20, 'US$', 'currency'],
  [20, 978, 'currency'],
])('an amount of %j in %j is in no sum, and is counted by source and reason (%s)', (revenue, currency, reason) => {
  const { state, tally } = milestonesProcessor.decide(undefined, order(revenue, undefined, currency), rules);
  expect(tally).toEqual({ 'milestone.orders-1': 1, [`unreadable.s.amount.${reason}`]: 1 });
  expect(Object.values(state?.sums ?? {}).filter((sum) => sum !== 0)).toEqual([]);
});

test('an amount in another currency is in no sum, and is not counted as unreadable', () => {
  expect(milestonesProcessor.decide(undefined, order(20, undefined, 'GBP'), rules).tally).toEqual({ 'milestone.orders-1': 1 });
});

test('a message that changes nothing gives back the same state, and nobody is remembered for nothing', () => {
  expect(milestonesProcessor.decide(undefined, profile, rules).state).toBeUndefined();
  const { state } = milestonesProcessor.decide(undefined, order(1), rules);
  const wake = { kind: 'wake', key, id: 'wake', named: start + 1, at: start + 1 } as const;
  for (const message of [profile, wake]) expect(milestonesProcessor.decide(state, message, rules).state).toBe(state);
});

test('an anniversary that the playbook got today is published for none of the past years', () => {
  const renamed = {
    ...rules,
    byTime: rules.byTime.map((definition) => ({ ...definition, id: 'anniversary' })),
  };
  const { state } = milestonesProcessor.decide(undefined, order(5), rules);
  const named = milestonesProcessor.wakeAt?.(state as NonNullable<typeof state>, renamed) ?? NaN;
  expect(iso(named)).toBe('2024-12-31T23:00:00.000Z');
  const at = Date.UTC(2027, 5, 1);
  const wake = milestonesProcessor.decide(state, { kind: 'wake', key, id: common.id, named, at }, renamed);
  expect(wake.emit).toEqual([]);
  const next = milestonesProcessor.wakeAt?.(wake.state as NonNullable<typeof state>, renamed) ?? NaN;
  expect(iso(next)).toBe('2027-12-31T23:00:00.000Z');
});
