import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { summed } from './service-status.ts';

test('rows alike in all but their count are one, the highest first, and none is zero', () => {
  const row = fc.record({ reason: fc.constantFrom('a', 'b', '__proto__', ''), count: fc.nat(5) });
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const sums = summed(rows);
      const counts = sums.map(({ count }) => count);
      expect(new Set(sums.map(({ reason }) => reason)).size).toBe(sums.length);
      expect(counts).toEqual([...counts].sort((a, b) => b - a));
      for (const { reason, count } of sums)
        expect(count).toBe(rows.filter((one) => one.reason === reason).reduce((sum, one) => sum + one.count, 0));
      expect(sums.every(({ count }) => count > 0)).toBe(true);
      expect(sums.length).toBe(new Set(rows.filter(({ count }) => count > 0).map(({ reason }) => reason)).size);
    }),
  );
});
