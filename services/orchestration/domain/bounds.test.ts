import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { drive } from '../testing/drive.ts';
import { event, milestone, ms, plays, profile, rulesWith } from '../testing/given.ts';
import type { Input } from './input.ts';

const rules = rulesWith({
  plays: plays.map((one) => ((one as { id: string }).id === 'cart' ? { ...one, entry: 'always' } : one)),
});
const signup = profile('2026-06-01T08:00:00.000Z', { traits: { vip: true } });
const evening = ms('2026-06-02T19:00:00.000Z');
const cart = (n: number, properties: Record<string, unknown>): Input =>
  event(new Date(evening + n * 1000).toISOString(), 'Cart Left', { value: 60, ...properties });
const sizeOf = (state: unknown): number => Buffer.byteLength(JSON.stringify(state));

/** What one person may take in orchestration, in bytes of JSON, consents and long event names aside. */
const stateLimit = 65_536;

describe('one person takes a bounded number of bytes', () => {
  test('with sixty large carts and thousands of traits', () => {
    const traits = {
      vip: true,
      ...Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`trait_${String(n)}`, 'x'.repeat(100)])),
    };
    const carts = Array.from({ length: 60 }, (_, n) => cart(n, { items: 'x'.repeat(8_000) }));
    const { person, decisions } = drive([profile('2026-06-01T08:00:00.000Z', { traits }), ...carts], rules, evening + 100_000);
    expect(person?.traits).toEqual({ vip: true });
    expect(person?.open).toHaveLength(50);
    expect(decisions.filter(({ reason }) => reason === 'too_many')).toHaveLength(10);
    expect(sizeOf(person)).toBeLessThan(50_000);
  });

  test('with any properties', () => {
    const text = fc.string({ unit: 'binary', minLength: 0, maxLength: 9_000 });
    const properties = fc.dictionary(
      fc.constantFrom('items', 'note', '__proto__', 'constructor'),
      fc.oneof(text, fc.jsonValue()),
    );
    fc.assert(
      fc.property(fc.array(properties, { minLength: 40, maxLength: 60 }), (all) => {
        const { person } = drive([signup, ...all.map((some, n) => cart(n, some))], rules, evening + 100_000);
        expect(sizeOf(person)).toBeLessThan(stateLimit);
      }),
      { numRuns: 20 },
    );
  });
});

test('a mail whose properties found no room says so in its variables', () => {
  const carts = Array.from({ length: 6 }, (_, n) => cart(n, { items: 'x'.repeat(8_000) }));
  const { person } = drive([signup, ...carts], rules, evening + 100_000);
  const truncated = person?.open.map(({ variables }) => variables['properties_truncated'] === true);
  expect(truncated?.filter((is) => !is)).toHaveLength(3);
});

test('fifty candidates that wait cause less than a megabyte of decisions in ten days', () => {
  const many = Array.from({ length: 50 }, (_, n) => milestone('2026-06-02T20:00:00.000Z', 'orders-1', { occurrence: String(n) }));
  const generous = rulesWith({ sending: { behaviour_monthly_cap: 31 } });
  const { decisions } = drive([signup, ...many], generous, ms('2026-06-12T00:00:00.000Z'));
  expect(decisions.some(({ rivals_count }) => rivals_count === 50)).toBe(true);
  expect(decisions.every(({ rivals }) => rivals.length <= 5)).toBe(true);
  expect(sizeOf(decisions)).toBeLessThan(1_000_000);
});
