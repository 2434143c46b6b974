import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StateCache } from './state-cache.ts';

const stored = (key: string, bytes: number, state: object = {}) =>
  [key, { key, wakeAt: null, version: 1, bytes, state }] as const;
const kept = (cache: StateCache, keys: readonly string[]): string[] => keys.filter((key) => cache.get(key) !== undefined);

test('states beyond the bound in bytes leave the cache, the oldest first', () => {
  const cache = new StateCache(3_000);
  cache.put(['a', 'b', 'c'].map((key) => stored(key, 700)));
  cache.put([stored('b', 700, { changed: true }), stored('d', 700)]);
  expect(kept(cache, ['a', 'b', 'c', 'd'])).toEqual(['b', 'c', 'd']);
  expect(cache.get('b')?.state).toEqual({ changed: true });
});

test('one large state makes room for itself, whatever the number of small ones', () => {
  const cache = new StateCache(10_000);
  const small = Array.from({ length: 20 }, (_, n) => `s${String(n)}`);
  cache.put(small.map((key) => stored(key, 100)));
  expect(kept(cache, small)).toHaveLength(20);
  cache.put([stored('large', 9_000)]);
  expect(kept(cache, [...small, 'large'])).toEqual(['s18', 's19', 'large']);
  cache.put([stored('larger', 20_000)]);
  expect(kept(cache, [...small, 'large', 'larger'])).toEqual([]);
});

test('that somebody has no state is known too', () => {
  const cache = new StateCache(300);
  cache.put([['a', null]]);
  expect(cache.get('a')).toBeNull();
  expect(cache.get('b')).toBeUndefined();
  cache.put([['b', null]]);
  expect(cache.get('a')).toBeUndefined();
});

test('what the cache keeps never comes to more bytes than its bound', () => {
  const put = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), bytes: fc.option(fc.nat(400)) });
  fc.assert(
    fc.property(fc.array(fc.array(put)), (rounds) => {
      const cache = new StateCache(1_000);
      const last = new Map<string, number>();
      for (const round of rounds) {
        cache.put(round.map(({ key, bytes }) => (bytes === null ? [key, null] : stored(key, bytes))));
        for (const { key, bytes } of round) last.set(key, bytes ?? 0);
        const held = kept(cache, [...last.keys()]).map((key) => last.get(key)!);
        expect(held.reduce((sum, bytes) => sum + bytes + 200, 0)).toBeLessThanOrEqual(1_000);
      }
    }),
  );
});
