import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { iso } from './iso.ts';

test('an instant is written as Date writes it, before 1970 and after 9999 too', () => {
  const instant = fc.oneof(fc.integer({ min: -8.64e15, max: 8.64e15 }), fc.integer({ min: 1.7e12, max: 1.7e12 + 5_000 }));
  fc.assert(
    fc.property(fc.array(instant, { minLength: 1 }), (instants) => {
      expect(instants.map(iso)).toEqual(instants.map((at) => new Date(at).toISOString()));
    }),
  );
});

test.each([NaN, Infinity, 8.65e15])('%p is no instant', (at) => {
  expect(() => iso(at)).toThrow(RangeError);
});
