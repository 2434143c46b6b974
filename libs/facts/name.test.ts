import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { maxName, nameOf } from './name.ts';
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
