import { expect, test } from '@jest/globals';
import { StateCache } from './state-cache.ts';

test('the cache holds no more than its limit: what came in first goes first', () => {
  const cache = new StateCache(3);
  const stored = (key: string, state = {}) => [key, { key, wakeAt: null, version: 1, state }] as const;
  cache.put(['a', 'b', 'c'].map((key) => stored(key)));
  cache.put([stored('b', { changed: true }), stored('d')]);
  expect(['a', 'b', 'c', 'd'].filter((key) => cache.get(key) !== undefined)).toEqual(['b', 'c', 'd']);
  expect(cache.get('b')?.state).toEqual({ changed: true });
});

test('that somebody has no state is known too', () => {
  const cache = new StateCache(3);
  cache.put([['a', null]]);
  expect(cache.get('a')).toBeNull();
  expect(cache.get('b')).toBeUndefined();
});
