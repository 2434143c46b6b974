import { expect, test } from '@jest/globals';
import { StateCache } from './state-cache.ts';

test('the cache holds no more than its limit: those used last', () => {
  const cache = new StateCache(3);
  const stored = (key: string) => ({ key, wakeAt: null, version: 1, state: {} });
  cache.put(['a', 'b', 'c'].map(stored));
  cache.put(['a', 'd'].map(stored));
  expect(['a', 'b', 'c', 'd'].filter((key) => cache.get(key) !== undefined)).toEqual(['a', 'c', 'd']);
  const found = new Map<string, ReturnType<typeof stored>>();
  expect(cache.pick(['a', 'x', 'x'], found)).toEqual(['x']);
  expect([...found.keys()]).toEqual(['a']);
});
