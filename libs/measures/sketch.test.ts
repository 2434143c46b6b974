import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digest } from './digest.ts';
import { emptySketch, estimate, sketchOf, union } from './sketch.ts';

const digests = (count: number, from = 0): string[] => Array.from({ length: count }, (_, n) => digest(`value ${n + from}`));

describe('a sketch', () => {
  it.each([10, 100, 1_000, 5_000, 30_000])('counts %d different values to 10 %%, three of its standard errors', (count) => {
    const counted = estimate(sketchOf(emptySketch(10), digests(count)));
    expect(Math.abs(counted - count)).toBeLessThanOrEqual(0.1 * count);
  });

  it('has on average no error: 40 sketches of 2,000 values are within 2 % together', () => {
    const sum = Array.from({ length: 40 }, (_, n) => estimate(sketchOf(emptySketch(8), digests(2_000, n * 2_000)))).reduce(
      (a, b) => a + b,
    );
    expect(Math.abs(sum / 80_000 - 1)).toBeLessThan(0.03);
  });

  it('of nothing counts nothing', () => {
    expect(estimate(emptySketch(10))).toBe(0);
  });

  it('is the union of the sketches of any parts', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 500 })), fc.array(fc.nat({ max: 500 })), (one, other) => {
        const of = (numbers: number[]): string =>
          sketchOf(
            emptySketch(8),
            numbers.map((n) => digest(String(n))),
          );
        expect(union(of(one), of(other))).toBe(of([...other, ...one, ...one]));
      }),
      { numRuns: 50 },
    );
  });
});
