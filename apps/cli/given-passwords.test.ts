import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { givenPasswords, withoutPasswords } from './given-passwords.ts';

const given = (url: string, prefix = 'hito') => givenPasswords(prefix, { DATABASE_URL_SCORING: url });

describe('the passwords that database apply is given', () => {
  test('are those in the URLs of the services that have one', () => {
    expect(given('postgres://hito_scoring:s3cret@db:5432/hito?sslmode=verify-full')).toEqual({ scoring: 's3cret' });
    expect(givenPasswords('hito', {})).toEqual({});
  });

  test('are any text once they are encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (password) => {
        expect(given(`postgres://my_shop_scoring:${encodeURIComponent(password)}@db/hito`, 'my-shop')).toEqual({
          scoring: password,
        });
      }),
    );
  });

  test('stand in no SQL that is printed', () => {
    const sql = "alter role x login password 'it''s';\nalter role y login password E'a\\\\b'";
    const hidden = withoutPasswords(sql, { scoring: "it's", stages: 'a\\b' });
    expect(hidden).toBe(
      "alter role x login password 'the password in DATABASE_URL_SCORING';\nalter role y login password 'the password in DATABASE_URL_STAGES'",
    );
  });

  test.each([
    ['postgres://hito_stages:pw@db/hito', 'role is "hito_scoring"'],
    ['postgres://hito_scoring@db/hito', 'has no password'],
    ['postgres://hito_scoring:a%zz@db/hito', 'a % is written %25'],
    ['postgres://hito_scoring:a/b@db:5432/hito', 'a / %2F'],
    ['mysql://hito_scoring:hunter2@db/hito', 'will not do'],
  ])('are refused as in %s, and no secret is printed', (url, words) => {
    expect(() => given(url)).toThrow(words);
    expect(() => given(url)).not.toThrow('hunter2');
  });
});
