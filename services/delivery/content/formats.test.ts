import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatsOf } from './formats.ts';
import { fallbacks, formatLocale } from './locale.ts';

const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ');

test.each([
  ['en-US', 0, 'USD', '$0.00'],
  ['en-US', -5, 'USD', '-$0.05'],
  ['en-US', 1_234_567, 'EUR', '€12,345.67'],
  ['es-ES', 1_234_567, 'EUR', '12.345,67 €'],
  ['es-ES', 123_456, 'EUR', '1234,56 €'],
  ['ja-JP', 1_234, 'JPY', '￥1,234'],
  ['en-US', 1_234, 'KWD', 'KWD 1.234'],
  ['es-MX', 1_234_567, 'MXN', '$12,345.67'],
])('money in %s: %i %s → %s', (locale, minor, currency, printed) => {
  expect(plain(formatsOf(locale, 'UTC').money(minor, currency))).toBe(printed);
});

test('no cent is lost on the way to the print, whatever the amount', () => {
  const { money } = formatsOf('en-US', 'UTC');
  fc.assert(
    fc.property(fc.maxSafeInteger(), (minor) => {
      const digits = money(minor, 'USD').replace(/\D/g, '');
      expect(BigInt(digits)).toBe(BigInt(Math.abs(minor)));
    }),
  );
});

test.each([
  [1.5, 'USD'],
  ['12', 'USD'],
  [2 ** 53, 'USD'],
  [12, 'usd'],
  [12, 'US'],
  [12, 'XAU'],
  [12, 'XYZ'],
  [12, undefined],
  [null, 'USD'],
])('%p %p is no money', (minor, currency) => {
  expect(() => formatsOf('en', 'UTC').money(minor, currency)).toThrow(/cannot be printed/);
});

test('an instant on either side of a local midnight, also where the clocks change', () => {
  const madrid = formatsOf('es-ES', 'Europe/Madrid');
  expect(madrid.date('1998-03-28T22:59:59.999Z')).toBe('28 de marzo de 1998');
  expect(madrid.date('1998-03-28T23:00:00.000Z')).toBe('29 de marzo de 1998');
  expect(madrid.date('1998-03-29T22:00:00.000Z')).toBe('30 de marzo de 1998');
  expect(formatsOf('en-US', 'America/Los_Angeles').date('1998-01-01T07:59:59Z')).toBe('December 31, 1997');
  expect(formatsOf('en-US', 'America/Los_Angeles').date('1998-01-01')).toBe('January 1, 1998');
  expect(formatsOf('en-US', 'Pacific/Auckland').localDate(Date.parse('1998-01-01T11:00:00Z'))).toBe('1998-01-02');
});

test.each([['yesterday'], ['Room 12'], ['1998-02-30'], ['31/01/2026'], [undefined], [NaN], ['1998-13-01'], [{}]])(
  '%p is no date',
  (value) => {
    expect(() => formatsOf('en', 'UTC').date(value)).toThrow(/cannot be printed/);
  },
);

test('a zone that does not exist', () => {
  expect(() => formatsOf('en', 'Europe/Atlantis')).toThrow(/cannot be printed: zone Europe\/Atlantis/);
});

test('the chain of languages ends at the default and never throws', () => {
  expect(fallbacks('es_mx', 'en')).toEqual(['es-MX', 'es', 'en']);
  expect(fallbacks('zh-Hant-TW', 'en')).toEqual(['zh-Hant-TW', 'zh-Hant', 'zh', 'en']);
  fc.assert(
    fc.property(fc.string(), (tag) => {
      expect(fallbacks(tag, 'en').at(-1)).toBe('en');
      expect(() => new Intl.NumberFormat(formatLocale(tag, 'en'))).not.toThrow();
    }),
  );
});
