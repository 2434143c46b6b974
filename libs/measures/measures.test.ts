import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { kinds } from './kinds.ts';
import type { When } from './measure.ts';
import type { Measures, MeasuresState } from './compile.ts';
import { compiled, histories, takenAll, type History } from './testing/histories.ts';
import { naive, type Fact } from './testing/naive.ts';

/** Numbers of every kind, as a playbook has them. */
const numbers: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  count: [
    'ever',
    'last 3 hours',
    'last 24 hours',
    'this day',
    'last 7 days',
    'this week',
    'last 3 weeks',
    'this month',
    'last 2 months',
  ].map((count) => ({ count })),
  sum: ['ever', 'last 5 hours', 'last 3 days', 'this month'].map((sum) => ({ sum })),
  max: ['ever', 'this month'].map((max) => ({ max })),
  min: ['ever', 'last 2 weeks'].map((min) => ({ min })),
  first: [{ first: 'ever' }],
  last: [{ last: 'ever' }],
  distinct: ['ever', 'last 24 hours', 'last 7 days', 'this month'].map((span) => ({ distinct: 'properties.value', in: span })),
  streak: [
    { streak: 'days' },
    { streak: 'days', grace: 2 },
    { streak: 'weeks' },
    { streak: 'weeks', grace: 1 },
    { streak: 'months', grace: 1 },
  ],
  habit: [
    { habit: '7 days', against: 4 },
    { habit: '1 day', against: 3 },
    { habit: '30 days', against: 2 },
  ],
  points: [{ points: '1 month' }, { points: '12 months' }],
};
const byName = (kind: string): [string, Readonly<Record<string, unknown>>][] =>
  (numbers[kind] ?? []).map((spec, n) => [`n${n}`, spec]);
const measuresOf = (kind: string, keyed: boolean): Measures =>
  compiled({
    all: {
      of: { event: 'Did' },
      amount: 'properties.amount',
      ...(keyed && { once_per: 'properties.id', undone_by: { event: 'Undone' } }),
      ...(kind === 'points' && { spent_by: { of: { event: 'Spent' }, amount: 'properties.amount' } }),
      numbers: Object.fromEntries(byName(kind)),
    },
  });
const unkeyed = histories({ objects: 0 });
const keyed = histories({ objects: 12, longestMs: 80 * 86_400_000 });
const runs = { numRuns: 60 };

const expectedOf = (kind: string, { facts }: Pick<History, 'facts'>, when: When): unknown =>
  Object.fromEntries(byName(kind).map(([name, spec]) => [name, naive(spec, facts, when)]));
const valueOf = (measures: Measures, state: MeasuresState, when: When): unknown => measures.value(state, 'all', when);
/** As it comes back from Postgres. */
const stored = (state: MeasuresState): MeasuresState => JSON.parse(JSON.stringify(state)) as MeasuresState;

describe.each(Object.keys(kinds))('%s', (kind) => {
  const plain = measuresOf(kind, false);
  const withKeys = measuresOf(kind, true);

  it('is tried here', () => {
    expect(byName(kind)).not.toEqual([]);
  });

  it.each([
    ['without keys', plain, unkeyed],
    ['with repeats and undone objects', withKeys, keyed],
  ])('gives what all events in order come to, in whatever order they arrive, %s', (_, measures, all) => {
    fc.assert(
      fc.property(all, (history) => {
        const state = stored(takenAll(measures, history.arrivals));
        expect(valueOf(measures, state, history.when)).toEqual(expectedOf(kind, history, history.when));
      }),
      runs,
    );
  });

  it('is as if an undone object had never been', () => {
    fc.assert(
      fc.property(keyed, ({ facts, arrivals, when }) => {
        const undone = new Set(facts.flatMap(({ does, object }) => (does === 'undo' ? object : [])));
        const without = arrivals.filter(({ object = '' }) => !undone.has(object));
        expect(valueOf(withKeys, takenAll(withKeys, arrivals), when)).toEqual(
          valueOf(withKeys, takenAll(withKeys, without), when),
        );
      }),
      runs,
    );
  });

  it('changes by time alone at the announced instant and not before', () => {
    fc.assert(
      fc.property(
        unkeyed,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
        ({ arrivals, when }, samples) => {
          const state = takenAll(plain, arrivals);
          const now = valueOf(plain, state, when);
          const next = plain.nextChange(state, when);
          const end = next ?? when.at + 1_500 * 86_400_000;
          expect(end).toBeGreaterThan(when.at);
          for (const sample of [...samples, 1])
            expect(valueOf(plain, state, { ...when, at: when.at + Math.floor(sample * (end - 1 - when.at)) })).toEqual(now);
          if (next !== undefined) expect(valueOf(plain, state, { ...when, at: next })).not.toEqual(now);
        },
      ),
      runs,
    );
  });

  it.each([
    ['without keys', plain, unkeyed],
    ['with keys', withKeys, keyed],
  ])('merges parts in any grouping and order to what they are together, %s', (_, measures, all) => {
    fc.assert(
      fc.property(all, fc.infiniteStream(fc.nat({ max: 2 })), (history, lots) => {
        const parts = history.arrivals.map((fact) => [fact, lots.next().value] as const);
        const [a, b, c] = [0, 1, 2].map((n) =>
          takenAll(
            measures,
            parts.flatMap(([fact, part]) => (part === n ? [fact] : [])),
          ),
        ) as [MeasuresState, MeasuresState, MeasuresState];
        const { merge } = measures;
        const [left, right, turned] = [merge(merge(a, b), c), merge(a, merge(b, c)), merge(c, merge(b, a))];
        expect([right, turned]).toEqual([left, left]);
        expect(valueOf(measures, left, history.when)).toEqual(expectedOf(kind, history, history.when));
      }),
      runs,
    );
  });

  it('counts what has left the ledger as what is still in it, in any order and grouping', () => {
    const start = Date.UTC(2026, 0, 1);
    const facts = Array.from({ length: 150 }, (_, n): Fact => {
      const does = kind === 'points' && n % 4 === 3 ? 'spend' : 'happen';
      return {
        does,
        moment: start + n * 100_000_000,
        zone: 'Asia/Kolkata',
        object: String(n),
        amount: (n * 37) % 11,
        value: String(n % 5),
      };
    });
    const when = { at: start + 151 * 100_000_000, zone: 'Asia/Kolkata' };
    const all = fc.shuffledSubarray(facts, { minLength: facts.length });
    fc.assert(
      fc.property(all, fc.nat({ max: facts.length }), (arrivals, half) => {
        const parts = [arrivals.slice(0, half), arrivals.slice(half)].map((part) => takenAll(withKeys, part));
        for (const state of [takenAll(withKeys, arrivals), withKeys.merge(parts[0]!, parts[1]!)]) {
          expect(state['all']?.recent).toHaveLength(64);
          expect(valueOf(withKeys, state, when)).toEqual(expectedOf(kind, { facts }, when));
        }
      }),
      { numRuns: 4 },
    );
  });

  it('stays within its declared bytes', () => {
    fc.assert(
      fc.property(fc.oneof(unkeyed, keyed), ({ arrivals }) => {
        for (const measures of [plain, withKeys]) {
          const state = takenAll(measures, arrivals);
          expect(measures.bytes(state)).toBe(Buffer.byteLength(JSON.stringify(state)));
          expect(measures.bytes(state)).toBeLessThanOrEqual(measures.maxBytes);
        }
      }),
      runs,
    );
  });
});

describe('distinct beyond its bound', () => {
  const seen = compiled({
    seen: {
      of: { event: 'Did' },
      numbers: { all: { distinct: 'properties.value' }, lately: { distinct: 'properties.value', in: 'last 3 days' } },
    },
  });
  const started = Date.UTC(2026, 0, 1);
  const facts = Array.from({ length: 400 }, (_, n): Fact => {
    return { does: 'happen', moment: started + n * 600_000, zone: 'UTC', amount: 0, value: `thing ${n % 200}` };
  });
  const when = { at: started + 400 * 600_000, zone: 'UTC' };

  it('is the same estimate in any order and grouping, near the truth, and says that it is one', () => {
    const whole = takenAll(seen, facts);
    const parts = [facts.filter((_, n) => n % 3 > 0), facts.filter((_, n) => n % 3 === 0)].map((part) => takenAll(seen, part));
    expect(takenAll(seen, facts.toReversed())).toEqual(whole);
    expect(seen.merge(parts[1]!, parts[0]!)).toEqual(whole);
    const { all, lately } = seen.value(whole, 'seen', when) as Record<'all' | 'lately', { count: number; approximate: boolean }>;
    expect([all.approximate, lately.approximate]).toEqual([true, true]);
    expect(Math.abs(all.count - 200)).toBeLessThanOrEqual(20);
    expect(Math.abs(lately.count - 200)).toBeLessThanOrEqual(40);
  });

  it.each([
    [64, false],
    [65, true],
  ])('begins with the 65th value of all time: of %d it is approximate: %s', (count, approximate) => {
    const state = takenAll(
      seen,
      facts.slice(0, count).map((fact, n) => ({ ...fact, value: String(n) })),
    );
    expect(seen.value(state, 'seen', when)).toMatchObject({ all: { approximate } });
  });
});
