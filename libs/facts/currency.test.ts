import { expect, it } from '@jest/globals';
import { minorDigits } from './currency.ts';

it.each([
  ['EUR', 2],
  ['USD', 2],
  ['PKR', 2],
  ['COP', 2],
  ['HUF', 2],
  ['IDR', 2],
  ['JPY', 0],
  ['KRW', 0],
  ['ISK', 0],
  ['KWD', 3],
  ['CLF', 4],
  ['constructor', 2],
])('takes the minor unit of %s from ISO 4217: %i digits', (currency, digits) => {
  expect(minorDigits(currency)).toBe(digits);
});
