import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cut, oneLine, wellFormed } from './text.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 300 });
/** Any sequence of UTF-16 units, halves of pairs included. */
const anyUnits = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 }).map((units) => String.fromCharCode(...units));

describe('wellFormed', () => {
  it('gives text without NUL and without halves of surrogate pairs', () => {
    fc.assert(
      fc.property(anyUnits, (text) => {
        const clean = wellFormed(text);
        expect(clean.isWellFormed()).toBe(true);
        expect(clean).not.toContain('\0');
      }),
    );
  });

  it('leaves text alone that is well-formed already', () => {
    fc.assert(fc.property(anyText, (text) => wellFormed(text) === text || text.includes('\0') || !text.isWellFormed()));
  });
});

describe('cut', () => {
  it('gives a well-formed beginning of at most that many units', () => {
    fc.assert(
      fc.property(anyText.map(wellFormed), fc.integer({ min: 1, max: 100 }), (text, max) => {
        const short = cut(text, max);
        expect(text.startsWith(short)).toBe(true);
        expect(short.length).toBeLessThanOrEqual(max);
        expect(short.isWellFormed()).toBe(true);
      }),
    );
  });

  it('leaves a text alone that is short enough', () => {
    expect(cut('Ana', 3)).toBe('Ana');
  });

  it.each([
    ['an emoji', 'a'.repeat(199) + '🎉', 200, 'a'.repeat(199)],
    ['a family', 'x👨‍👩‍👧‍👦', 6, 'x'],
    ['a flag', 'ab🇪🇸', 4, 'ab'],
    ['a letter with its mark', 'ne\u0301', 2, 'n'],
  ])('does not tear %s', (_, text, max, short) => {
    expect(cut(text, max)).toBe(short);
  });

  it('cuts one endless grapheme between code points', () => {
    expect(cut('e' + '\u0301'.repeat(1000), 10)).toBe('e' + '\u0301'.repeat(9));
    expect(cut('👨' + '\u200d👨'.repeat(100), 4)).toBe('👨\u200d');
  });
});

describe('oneLine', () => {
  it('gives one line without control characters, and itself again', () => {
    fc.assert(
      fc.property(anyUnits, (text) => {
        const line = oneLine(text);
        expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]|  |^ | $/u);
        expect(oneLine(line)).toBe(line);
      }),
    );
  });

  it.each(['می\u200cخواهم', 'ශ්\u200dරී', 'ക\u0d4d\u200d', '👨\u200d👩\u200d👧'])('keeps the joiners of %s', (text) => {
    expect(oneLine(` ${text}\r\n`)).toBe(text);
  });
});
