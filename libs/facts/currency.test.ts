import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { currencyCodes, minorDigits } from './currency.ts';

/** ISO 4217's list one as its maintenance agency published it; the package currency-codes carries the file. */
const listOne = readFileSync(createRequire(import.meta.url).resolve('currency-codes/iso-4217-list-one.xml'), 'utf8');
const published = new Map(
  [...listOne.matchAll(/<Ccy>(\w+)<\/Ccy>\s*<CcyNbr>\d+<\/CcyNbr>\s*<CcyMnrUnts>([^<]+)</g)].map(
    ([, code = '', units = '']) => [code, units === 'N.A.' ? undefined : Number(units)] as const,
  ),
);
/** What later amendments add: number, date and minor units stand in currency.ts. */
const amended = new Map([
  ['XCG', 2],
  ['XAD', 2],
]);

describe('minorDigits', () => {
  it('is the published list one of ISO 4217 with its amendments', () => {
    expect(published.size).toBeGreaterThan(170);
    const expected = [...published, ...amended].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(currencyCodes.map((code) => [code, minorDigits(code)])).toEqual(expected);
  });

  it.each([
    ['EUR', 2],
    ['PKR', 2],
    ['JPY', 0],
    ['KWD', 3],
    ['CLF', 4],
  ])('gives %s the minor unit of ISO 4217: %i digits', (currency, digits) => {
    expect(minorDigits(currency)).toBe(digits);
  });

  it.each(['XAU', 'XDR', 'XTS', 'XXX', 'XYZ', 'eur', '', 'constructor', '__proto__'])('has none for %j', (currency) => {
    expect(minorDigits(currency)).toBeUndefined();
  });
});
