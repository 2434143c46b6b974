import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rounded, roundedNumbers } from './rounded.ts';

test.each([
  [14.999999996499778, 15],
  [0.1 + 0.2, 0.3],
  [-0.0000000001, 0],
  [-0, 0],
  [1e21, 1e21],
  [5e-324, 0],
  [NaN, NaN],
  [Infinity, Infinity],
])('a float %p is told as %p', (n, told) => {
  expect(rounded(n)).toBe(told);
});

test('a rounded number is near, rounds to itself and prints at most six decimals', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }), (n) => {
      const told = rounded(n);
      expect(Math.abs(told - n)).toBeLessThanOrEqual(0.000001);
      expect(rounded(told)).toBe(told);
      expect(String(told)).toMatch(/^-?\d+(\.\d{1,6})?$|^-?\d(\.\d+)?e-[1-6]$/);
    }),
  );
});

test('every number of a value is printed rounded, however deep it lies', () => {
  const value = { a: 14.999999996499778, list: [{ b: 0.1 + 0.2 }], text: '0.30000000000000004' };
  expect(JSON.stringify(value, roundedNumbers)).toBe('{"a":15,"list":[{"b":0.3}],"text":"0.30000000000000004"}');
});
