import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hiddenIn, isNobody } from './ids.ts';

describe('isNobody', () => {
  it.each([
    ...[
      'undefined',
      'null',
      'NaN',
      'None',
      '[object Object]',
      '[object Undefined]',
      '[Function: userId]',
      '0',
      '-1',
      'true',
      'test',
    ],
    ...[
      'anonymous',
      '',
      ' ',
      '\u200b',
      '\u00a0',
      '{}',
      '[]',
      '{{ user.id }}',
      '${userId}',
      '<%= id %>',
      '%USER_ID%',
      '*|EMAIL|*',
    ],
    ...['00000000-0000-0000-0000-000000000000', '{00000000-0000-0000-0000-000000000000}', '00000000000000000000000000000000'],
    ...['"undefined"', "'null'", '`null`', '[null]', '["undefined"]', '<user_id>', '{user_id}', '{ }', '" "', 'ｎｕｌｌ', '０'],
    ...['%20', '%00', 'null%20', '%22null%22', '%5Bobject%20Object%5D', '%7B%7Buser.id%7D%7D', '%2D1'],
    ...['null null', 'undefined-undefined', 'undefined,null', '[object Object],[object Object]'],
    ...['FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', 'user_id', '9774D56D682E549C'],
  ])('knows %j', (id) => {
    expect(isNobody(id)).toBe(true);
  });

  it.each([
    '00004',
    '000',
    '1',
    '10',
    '-2',
    'ana',
    'nullable',
    'Test-1',
    'a',
    '00000000-0000-0000-0000-000000000001',
    'truesdale',
    '(ana)',
    '"7"',
    '100%',
    '%zz',
    'null-1',
    'ñ',
  ])('lets %j be somebody', (id) => {
    expect(isNobody(id)).toBe(false);
  });

  it('takes the words of a playbook too', () => {
    expect(isNobody('House Account', new Set(['house account']))).toBe(true);
    expect(isNobody('House Account')).toBe(false);
  });

  it('knows every word in any letter case and with blanks around it', () => {
    const word = fc.constantFrom('undefined', 'null', 'nan', '[object object]', 'anonymous', 'not_set', '-1', 'true');
    const blank = fc.constantFrom('', ' ', '\t', '\n', '\u00a0', '\u3000');
    fc.assert(
      fc.property(word, blank, blank, fc.func(fc.boolean()), (text, before, after, upper) => {
        const cased = Array.from(text, (c, i) => (upper(i) ? c.toUpperCase() : c)).join('');
        expect(isNobody(`${before}${cased}${after}`)).toBe(true);
      }),
    );
  });

  it('answers soon for any id', () => {
    const hostile = fc.oneof(
      fc.string({ maxLength: 500 }),
      fc.constantFrom('{{', '{%', '0-', '[object ', '[object x] ', 'null ', '%25', '[').map((s) => s.repeat(200)),
    );
    fc.assert(
      fc.property(hostile, (id) => {
        const begun = process.cpuUsage();
        isNobody(id);
        hiddenIn(id);
        expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(1_000);
      }),
    );
  });
});

describe('hiddenIn', () => {
  it.each([
    ['ana\u200b', /U\+200B/],
    ['\ufeffana', /U\+FEFF/],
    ['a\u202ena', /U\+202E/],
    ['a\u001fb', /U\+001F/],
    [' ana', /white space/],
    ['ana\n', /U\+000A/],
    ['ana\ufffd', /U\+FFFD/],
  ])('names what hides in %j', (id, what) => {
    expect(hiddenIn(id)).toMatch(what);
  });

  it.each(['ana', 'ana maría', 'می‌خواهم', 'é', 'e\u0301', '👩‍👩‍👧', '00004'])('finds nothing in %j', (id) => {
    expect(hiddenIn(id)).toBeUndefined();
  });
});
