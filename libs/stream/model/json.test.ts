import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsed, printed } from './json.ts';

const digits = (most: number, least = 1) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: least, maxLength: most }).map((list) => list.join(''));
/** A number as JSON writes it: long or short, with a fraction and an exponent of any length and spelling. */
const literal = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(digits(4), digits(330), digits(320, 195)).map((text) => text.replace(/^0+(?=\d)/, '')),
    fc.option(digits(330)),
    fc.option(
      fc.tuple(
        fc.constantFrom('e', 'E', 'e+', 'E+', 'e-'),
        fc.constantFrom('', '0', '00'),
        fc.oneof(fc.nat(420), fc.nat(120), fc.nat(9)),
      ),
    ),
  )
  .map(([sign, whole, fraction, exponent]) =>
    [sign, whole, fraction === null ? '' : `.${fraction}`, exponent === null ? '' : exponent.join('')].join(''),
  );

describe('a number in a record', () => {
  test.each([`${'9'.repeat(300)}e99`, `${'9'.repeat(301)}e8`, `-${'9'.repeat(300)}E+0009`, '1e0400', '0.1e310', '1.0e309'])(
    'that no double holds is refused, however it is written: %s',
    (text) => {
      expect(Number.isFinite(Number(text))).toBe(false);
      for (const json of [`{"x":${text}}`, `{"x": [1,${text}]}`, `[{"a":"b","x":\n${text}}]`])
        expect(() => parsed(json)).toThrow('JSON cannot print');
    },
  );

  test('is taken where a double holds it, and refused where none does', () => {
    fc.assert(
      fc.property(literal, fc.constantFrom('', ' ', '\n'), (text, blank) => {
        const json = `{"x":${blank}${text},"y":[${text}]}`;
        if (Number.isFinite(Number(text))) expect(parsed(json)).toEqual({ x: Number(text), y: [Number(text)] });
        else expect(() => parsed(json)).toThrow('JSON cannot print');
      }),
      { numRuns: 2_000 },
    );
  });
});

test('any JSON that is read can be printed, and is then the same for every reader', () => {
  const key = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'constructor', 'a\ud800', '\0', 'a\0'));
  fc.assert(
    fc.property(fc.dictionary(key, fc.jsonValue({ stringUnit: 'binary' })), (value) => {
      const read = parsed(JSON.stringify(value)) as object;
      const { text, clean = read } = printed(read);
      expect(text).toBe(JSON.stringify(clean));
      expect(printed(parsed(text) as object).text).toBe(text);
      expect(text.includes('\\u0000') || !text.isWellFormed()).toBe(false);
    }),
  );
});
