import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { limits, noted, type Traits } from './traits.ts';

const after = (...said: readonly Record<string, unknown>[]): Traits =>
  said.reduce<Traits>((traits, one) => noted(traits, one, false).traits, []);
const bytes = (traits: Traits): number => traits.reduce((sum, one) => sum + Buffer.byteLength(JSON.stringify(one)), 0);
const own = (entries: Traits): Record<string, unknown> => Object.fromEntries(entries);

describe('traits', () => {
  test('are bounded in names, bytes and values, whatever is sent, and keep the address', () => {
    const name = fc.oneof(
      fc.constantFrom('__proto__', 'constructor', 'toString', 'email', '7', 'plan'),
      fc.nat(400).map((n) => `trait-${String(n)}`),
      fc.string({ maxLength: 300 }),
    );
    const value = fc.oneof(
      fc.nat(3_000).map((n) => 'é'.repeat(n)),
      fc.jsonValue(),
      fc.constant(null),
    );
    const identify = fc.dictionary(name, value, { maxKeys: 150 });
    fc.assert(
      fc.property(fc.array(fc.tuple(identify, fc.boolean()), { maxLength: 12 }), (calls) => {
        let traits: Traits = after({ email: 'ana@shop.example' });
        for (const [said, late] of calls) {
          const { email: _, ...rest } = own(Object.entries(said));
          traits = noted(traits, rest, late).traits;
        }
        expect(traits.length).toBeLessThanOrEqual(limits.names);
        expect(bytes(traits)).toBeLessThanOrEqual(limits.bytes);
        expect(new Map(traits).get('email')).toBe('ana@shop.example');
      }),
      { numRuns: 50 },
    );
  });

  test('the one that has not changed for longest is dropped first, and counted', () => {
    const many = Array.from({ length: limits.names }, (_, n) => [`t${String(n)}`, n] as const);
    const full = after(own(many), { t0: 'new' });
    const { traits, dropped } = noted(full, { one: 1, more: 2 }, false);
    expect(dropped).toBe(2);
    expect(traits.map(([name]) => name)).toEqual([...many.slice(3).map(([name]) => name), 't0', 'one', 'more']);
  });

  test('one that is too large is not taken, and its former value goes', () => {
    const { traits, dropped } = noted(after({ bio: 'short', plan: 'pro' }), { bio: 'x'.repeat(limits.value) }, false);
    expect([own(traits), dropped]).toEqual([{ plan: 'pro' }, 1]);
  });

  test('a repetition is the same value, which is not written again', () => {
    const traits = after({ plan: 'pro', list: [1, { a: 2 }] });
    expect(noted(traits, { list: [1, { a: 2 }], plan: 'pro' }, false).traits).toBe(traits);
  });

  test('a late identify fills gaps and removes nothing', () => {
    const { traits } = noted(after({ plan: 'pro' }), { plan: 'old', since: 2019, gone: null }, true);
    expect(own(traits)).toEqual({ plan: 'pro', since: 2019 });
  });
});
