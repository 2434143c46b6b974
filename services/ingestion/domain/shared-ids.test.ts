import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { seenWith, type Seen, type SharedBy, type With } from './shared-ids.ts';

const noon = Date.parse('2026-03-01T12:00:00Z');
const day = 86_400_000;
const limits = { anonymousIds: 3, addresses: 2 };

function told(calls: readonly (Partial<With> & { readonly at?: number })[], its = limits) {
  let seen: Seen | undefined;
  return calls.map(({ anonymous, address, at = noon }) => {
    const found = seenWith(seen, { anonymous, address }, at, its);
    seen = found.seen;
    return found.crossed;
  });
}

describe('a user id', () => {
  it('is reported once a day with more anonymous ids than allowed', () => {
    const first = ['a', 'b', 'c', 'a', 'd', 'e', 'f'].map((anonymous) => ({ anonymous }));
    const next = ['a', 'b', 'c', 'd'].map((anonymous) => ({ anonymous, at: noon + day }));
    const none: SharedBy[] = [];
    expect(told([...first, ...next])).toEqual([
      ...[none, none, none, none, ['anonymous_ids'], none, none],
      ...[none, none, none, ['anonymous_ids']],
    ]);
  });

  it('is reported with more addresses than allowed, whatever their letter case', () => {
    const calls = ['a@x.example', 'A@x.example ', 'b@x.example', 'c@x.example'].map((address) => ({ anonymous: 'one', address }));
    expect(told(calls)).toEqual([[], [], [], ['addresses']]);
  });

  it('with what is known of today costs no write', () => {
    const { seen } = seenWith(undefined, { anonymous: 'a', address: undefined }, noon, limits);
    expect(seenWith(seen, { anonymous: 'a', address: undefined }, noon + 1, limits).seen).toBe(seen);
    expect(seenWith(seen, { anonymous: undefined, address: undefined }, noon + day, limits).seen).toBe(seen);
  });

  it('is reported exactly when a day has seen more, and its memory is bounded', () => {
    const id = fc.integer({ min: 0, max: 9 }).map(String);
    const calls = fc.array(fc.record({ anonymous: id, address: id, later: fc.integer({ min: 0, max: day / 20 }) }), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(calls, fc.integer({ min: 1, max: 6 }), (made, limit) => {
        let at = noon;
        let seen: Seen | undefined;
        const days = new Map<number, Set<string>>();
        for (const { anonymous, address, later } of made) {
          at += later;
          const known = days.get(Math.floor(at / day)) ?? new Set();
          days.set(Math.floor(at / day), known);
          const fresh = !known.has(anonymous);
          known.add(anonymous);
          const found = seenWith(seen, { anonymous, address }, at, { anonymousIds: limit, addresses: 2 });
          ({ seen } = found);
          expect(found.crossed.includes('anonymous_ids')).toBe(fresh && known.size === limit + 1);
          expect(JSON.stringify(seen).length).toBeLessThan(50 + 11 * (limit + 1 + 3));
        }
      }),
    );
  });
});
