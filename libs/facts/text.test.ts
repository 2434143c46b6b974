import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cut, inOrder, oneLine, wellFormed } from './text.ts';

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

describe('inOrder', () => {
  it.each([
    ['Ana \u202emoc.live', 'Ana moc.live'],
    ['\u202aAna\u202c', 'Ana'],
    ['\u2067Ana', 'Ana'],
    ['Ana\u2069 Ruiz', 'Ana Ruiz'],
    ['\u2067אנה\u2069 Ruiz', '\u2067אנה\u2069 Ruiz'],
    ['\u2068a\u2067b\u2069', 'a\u2067b\u2069'],
    ['\u2067one\ntwo\u2069', 'one\ntwo'],
    ['\u200fאנה\u200f 5', 'אנה\u200f 5'],
    ['Ana\u200e', 'Ana'],
    ['می\u200cخواهم 👩\u200d👧', 'می\u200cخواهم 👩\u200d👧'],
  ])('makes of %j %j', (text, wanted) => {
    expect(inOrder(text)).toBe(wanted);
  });

  it('leaves no override, no mark at an end and no open isolate, and takes nothing else away', () => {
    const sign = fc.oneof(
      fc.constantFrom('\u200e', '\u200f', '\u061c', '\n', '\r', '\u2029', '\u0085', 'a', 'א', '\u200d', ' '),
      fc.integer({ min: 0x202a, max: 0x202e }).map((code) => String.fromCharCode(code)),
      fc.integer({ min: 0x2066, max: 0x2069 }).map((code) => String.fromCharCode(code)),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(sign, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        const result = inOrder(text);
        const others = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g;
        expect(result.replace(others, '')).toBe(text.replace(others, ''));
        expect(result).not.toMatch(/[\u202a-\u202e]|^[\u200e\u200f\u061c]|[\u200e\u200f\u061c]$/);
        for (const paragraph of result.split(/[\n\r\x85\u2029]/))
          expect(depths(paragraph).every((depth) => depth >= 0)).toBe(true);
        for (const paragraph of result.split(/[\n\r\x85\u2029]/)) expect(depths(paragraph).at(-1)).toBe(0);
        expect(inOrder(result)).toBe(result);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** How many isolates are open before each character, and at the end. */
const depths = (paragraph: string): number[] =>
  [...paragraph].reduce(
    (all, character) => [...all, (all.at(-1) ?? 0) + (character === '\u2069' ? -1 : /[\u2066-\u2068]/.test(character) ? 1 : 0)],
    [0],
  );
