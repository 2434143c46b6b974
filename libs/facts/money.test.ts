import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countedUnits, inCurrency, minorUnits } from './money.ts';

test.each<[unknown, number, number | undefined]>([
  [29.33, 2, 2933],
  ['29.33', 2, 2933],
  [' 29.33 ', 2, 2933],
  [1.005, 2, 101],
  [1.004999, 2, 100],
  [-1.005, 2, -101],
  [0.1 + 0.2, 2, 30],
  [8.165, 2, 817],
  ['14', 2, 1400],
  ['+14.5', 2, 1450],
  [1e-7, 2, 0],
  [-1e-9, 2, 0],
  [0, 2, 0],
  [29.5, 0, 30],
  [1.2345, 3, 1235],
  ['29,33', 2, undefined],
  ['1,234.50', 2, undefined],
  ['$29.33', 2, undefined],
  ['1e3', 2, undefined],
  ['', 2, undefined],
  [1e21, 2, undefined],
  [90_071_992_547_409.93, 2, undefined],
  ['9'.repeat(400), 2, undefined],
  [NaN, 2, undefined],
  [Infinity, 2, undefined],
  [undefined, 2, undefined],
  [null, 2, undefined],
  [true, 2, undefined],
  [[29.33], 2, undefined],
  [{ amount: 1 }, 2, undefined],
])('%j with %d digits is %j', (amount, digits, minor) => {
  expect(minorUnits(amount, digits)).toBe(minor);
});

test('property: whole minor units come back, as number and as text', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), (cents) => {
      expect(minorUnits(cents / 100, 2)).toBe(cents === 0 ? 0 : cents);
      expect(minorUnits((cents / 100).toFixed(2), 2)).toBe(cents === 0 ? 0 : cents);
    }),
  );
});

test.each([
  ['1,299.00', 'separators'],
  ['€20', 'symbols'],
  [' USD', 'symbols'],
  [true, 'type'],
  [1e21, 'range'],
  [90_071_992_547_409.93, 'range'],
])('the amount %j is none because of its %s', (amount, reason) => {
  expect(countedUnits(amount, 2)).toBe(reason);
});

test('an amount counts in its own currency, or where none is named', () => {
  for (const named of ['USD', 'usd', undefined, null, ' USD', '']) expect(inCurrency(named, 'USD')).toBe(true);
  for (const named of ['EUR', ' gbp ', 'XAU']) expect(inCurrency(named, 'USD')).toBe(false);
});

test('a currency that is no code of ISO 4217 is told from another currency', () => {
  for (const named of ['€', 'US$', '$', 978, 840, '978', 'EURO', 'U S D', {}, [], true, NaN, '__proto__', 'constructor'])
    expect(inCurrency(named, 'USD')).toBe('unknown');
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.string()), (named) => {
      if (typeof named === 'string' && /^\s*([A-Za-z]{3})?\s*$/.test(named)) return;
      expect(inCurrency(named, 'USD')).toBe(named === undefined || named === null ? true : 'unknown');
    }),
  );
});
