import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { maxName, nameOf, nameUnreadable, readName } from './name.ts';
import { hasVisible, invisibleIn } from './text.ts';

describe('nameOf', () => {
  it.each([
    [{ name: '', firstName: 'Ana', lastName: 'Ruiz' }, 'Ana Ruiz'],
    [{ name: ' \u200b ', firstName: 'Ana' }, 'Ana'],
    [{ firstName: '  ', lastName: 'Ruiz' }, 'Ruiz'],
    [{ first_name: 'Ana', last_name: null }, 'Ana'],
    [{ firstName: '', first_name: 'Ana' }, 'Ana'],
    [{ name: 'Ana\n\t  Ruiz\u00a0Díaz' }, 'Ana Ruiz Díaz'],
    [{ name: 42, firstName: 'Ana' }, 'Ana'],
    [{ name: 'J.Smith' }, 'J.Smith'],
    [{ name: 'A\u202enalice\u2066' }, 'Analice'],
    [{ name: '\ufeffAna\u00ad' }, 'Ana'],
    [{ name: 'Ana\0' }, 'Ana'],
  ])('finds the name of %j', (traits, name) => {
    expect(nameOf(traits)).toBe(name);
  });

  it.each([{}, { name: '' }, { name: ' ' }, { name: '\u200d\ufe0f' }, { name: '\u3164' }, { name: ['Ana'] }, { firstName: {} }])(
    'finds none in %j',
    (traits) => {
      expect(nameOf(traits)).toBeUndefined();
    },
  );

  it.each(['می‌خواهم', 'ශ්‍රී', '𝓐𝓷𝓪 𠮷田 👩‍👩‍👧‍👦', '❤️', 'നന്‍'])('keeps the joiners of %s', (name) => {
    expect(nameOf({ name })).toBe(name);
  });

  it('cuts a long name between graphemes', () => {
    expect(nameOf({ name: `${'a'.repeat(199)}🎉` })).toBe('a'.repeat(199));
  });

  it('gives one well-formed visible line of bounded length, or nothing, for any traits', () => {
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 }).map((all) => String.fromCharCode(...all));
    const text = fc.oneof(
      units,
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom('\u202e', '\u200d', '\0', ' ', '\ud800'),
    );
    fc.assert(
      fc.property(fc.record({ name: text, firstName: text, last_name: text }, { requiredKeys: [] }), (traits) => {
        const name = nameOf(traits);
        if (name === undefined) return;
        expect(name.isWellFormed()).toBe(true);
        expect(name.length).toBeLessThanOrEqual(maxName);
        expect(name).toBe(name.trim());
        expect(invisibleIn(name)).toBeUndefined();
        expect(hasVisible(name)).toBe(true);
      }),
    );
  });
});

const fieldNames = ['first_name', 'firstName', 'FNAME', 'name', 'contact.FIRSTNAME', 'First Name', 'user.last_name', 'full-name'];
const wrapped: readonly (readonly [string, string])[] = [
  ['{{ ', ' }}'],
  ['{{', '}}'],
  ['{{{', '}}}'],
  ['{% ', ' %}'],
  ['{', '}'],
  ['{$', '}'],
  ['{!', '}'],
  ['${', '}'],
  ['#{', '}'],
  ['%{', '}'],
  ['$!{', '}'],
  ['*|', '|*'],
  ['%', '%'],
  ['%%', '%%'],
  ['[[', ']]'],
  ['[%', '%]'],
  ['[', ']'],
  ['$[', ']$'],
  ['<%= ', ' %>'],
  ['<?= $', ' ?>'],
  ['<', '>'],
  ['<<', '>>'],
  ['~', '~'],
  ['@', '@'],
  ['-', '-'],
  ['__', '__'],
  ['##', '##'],
  ['(', ')'],
  ['$', ''],
  ['@', ''],
  [':', ''],
  ['\\(', ')'],
  ['%(', ')s'],
  ['｛｛', '｝｝'],
];
const noNames = [
  ...[
    'undefined',
    'Undefined',
    'undefined undefined',
    'undefined, null',
    'null',
    'NULL',
    'null null',
    'NaN',
    'None',
    'nil',
    '(null)',
  ],
  ...['<no value>', '%!s(<nil>)', '%!v(MISSING)', '[object Object]', '[object Promise]', '[]', '{}', '"null"', '%6eull'],
  ...[
    'N/A',
    'n/a',
    'N/A N/A',
    '#N/A',
    '#NAME?',
    '#DIV/0!',
    'N/A #N/A',
    'unknown',
    'Unknown',
    'anonymous',
    'Guest',
    'guest user',
    'Test User',
  ],
  ...['-', '--', '.', '?', '0', '-1', '42', '+34 600 100 200', '00000000-0000-0000-0000-000000000000'],
  ...['Your Name', 'First Name Last Name', 'FIRSTNAME LASTNAME', 'first_name', 'Vorname Nachname', 'Nombre', 'Name', 'username'],
  ...[
    '%s',
    '%s %s',
    '%@',
    '%1$s',
    '%(name)s',
    'function name() { [native code] }',
    'HASH(0x55d0c8a0)',
    '<User object at 0x7f1c2a>',
  ],
  ...['[firstname,fallback=friend]', '[[data:firstname:""]]', '{{ customer.first_name | default: "friend" }}', '{% if name %}'],
];
const names = [
  ...[
    'Ana',
    'Nil',
    'Nan',
    'Na',
    'Null',
    'Ana Null',
    'Christopher Guest',
    'Ana Test',
    'Infinity Smith',
    'Ana Na',
    'Nan Goldin',
    'Visitor Q',
  ],
  ...['Robert [Bob] Smith', 'Ana (Nita) Ruiz', 'Ke$ha', '$hort', 'P!nk', 'Ana <3', '100% Ana', 'Ana #1', 'Ana & Luis', "O'Brien"],
  ...[
    'J.Smith',
    'Jean-Luc',
    '李小龍',
    'محمد',
    'നന്‍',
    '🎉',
    '2Pac',
    'A',
    'D’Arcy',
    'Ana_Ruiz',
    'xX_ana_Xx',
    'María José',
    'Namers',
  ],
];

describe('a name that a program wrote', () => {
  it.each(noNames)('is none: %s', (name) => {
    expect(nameOf({ name })).toBeUndefined();
    expect(nameOf({ firstName: name })).toBeUndefined();
    expect(nameOf({ name, firstName: 'Ana' })).toBe('Ana');
    expect(nameUnreadable({ name })).toBe(true);
  });

  it.each(names)('is not taken for one: %s', (name) => {
    expect(nameOf({ name })).toBe(name);
    expect(nameUnreadable({ name })).toBe(false);
  });

  it.each([
    [{ firstName: 'Ana', lastName: 'undefined' }, 'Ana'],
    [{ firstName: '{{ first_name }}', lastName: 'Ruiz' }, 'Ruiz'],
    [{ name: 'Ana undefined' }, 'Ana'],
    [{ name: 'null Ruiz' }, 'Ruiz'],
    [{ name: 'Hello {{ first_name }}', first_name: 'Ana' }, 'Ana'],
    [{ firstName: 'Ana', lastName: 'Guest' }, 'Ana Guest'],
  ])('leaves what is a name in %j', (traits, name) => {
    expect(nameOf(traits)).toBe(name);
    expect(nameUnreadable(traits)).toBe(!Object.values(traits).includes('Guest'));
  });

  it('is none with a placeholder of any template language, wherever it stands', () => {
    const placeholder = fc
      .tuple(fc.constantFrom(...wrapped), fc.constantFrom(...fieldNames))
      .map(([[begin, end], field]) => begin + field + end);
    const around = fc.constantFrom('', 'Ana ', 'Hello ', ' ');
    fc.assert(
      fc.property(around, placeholder, fc.constantFrom('', ' Ruiz', '!', '  '), (before, inner, after) => {
        expect(readName(before + inner + after)).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  it('is none of words for no value in any number and order', () => {
    const word = fc.constantFrom('undefined', 'null', 'NULL', 'NaN', '[object Object]', '(null)', '<nil>', 'UNDEFINED');
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), fc.constantFrom(' ', '  ', '\t', '\u00a0'), (words, blank) => {
        expect(readName(words.join(blank))).toBeUndefined();
        expect(readName(['Ana', ...words].join(blank)) ?? '').not.toMatch(/undefined|null/i);
      }),
    );
  });

  it('reads what it has read as the same name', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...names, ...noNames, 'undefined', '{{'), { maxLength: 4 }), (words) => {
        const once = readName(words.join(' '));
        expect(once === undefined ? undefined : readName(once)).toBe(once);
      }),
      { numRuns: 1_000 },
    );
  });
});
