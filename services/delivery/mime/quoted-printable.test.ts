import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quotedPrintable } from './quoted-printable.ts';

const decoded = (encoded: string): string =>
  Buffer.from(
    encoded.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.constantFrom('\n', '\r\n', '=', ' ', '\t', '.', 'ñ', 'a'.repeat(75)),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

test('says the same, in printable lines of at most 76, none with a blank at its end', () => {
  fc.assert(
    fc.property(text, (plain) => {
      const encoded = quotedPrintable(plain);
      expect(decoded(encoded)).toBe(plain.replace(/\r\n?|\n/g, '\r\n'));
      for (const line of encoded.split('\r\n')) expect(line).toMatch(/^([\t!-<>-~ ]|=[0-9A-F]{2}){0,76}=?$/);
      for (const line of encoded.split('\r\n')) expect(line.length).toBeLessThanOrEqual(76);
      expect(encoded).not.toMatch(/[\t ](\r\n|$)/);
    }),
  );
});
