import { expect, test } from '@jest/globals';
import { durationMs } from './duration.ts';

test.each([
  ['30s', 30_000],
  ['15m', 900_000],
  ['48h', 172_800_000],
  ['90d', 7_776_000_000],
])('%s is %i ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});
