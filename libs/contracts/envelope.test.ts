import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { instant } from './envelope.ts';

test('property: every instant that a contract takes is one that a calendar has', () => {
  const digits = (count: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^\\d{${String(count)}}$`));
  const text = fc
    .tuple(
      fc.oneof(
        digits(4),
        fc.tuple(fc.constantFrom('+', '-', '+0', '-0'), digits(5)).map((parts) => parts.join('')),
      ),
      ...[2, 2, 2, 2, 2].map(digits),
      fc.constantFrom('', '.0', '.123', '.999999999'),
    )
    .map(([year, month, day, hour, minute, second, rest]) => `${year}-${month}-${day}T${hour}:${minute}:${second}${rest}Z`);
  const edges = fc.constantFrom(
    '2026-99-99T99:99:99Z',
    '2026-02-31T00:00:00Z',
    '2026-12-31T24:00:00Z',
    '-000000-01-01T00:00:00Z',
    '+275760-09-14T00:00:00.000Z',
    '-271821-04-19T23:59:59Z',
  );
  fc.assert(
    fc.property(fc.oneof(text, edges), (one) => {
      if (instant.safeParse(one).success) expect(new Date(one).getTime()).not.toBeNaN();
    }),
    { numRuns: 5_000 },
  );
});

test('property: a contract takes every instant that a date of these years prints', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('-099999-01-01'), max: new Date('+099999-12-31'), noInvalidDate: true }), (date) => {
      expect(instant.safeParse(date.toISOString()).success).toBe(true);
    }),
  );
});
