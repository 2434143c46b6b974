import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hidden, hideSecrets, withoutSecretText } from './hide-secrets.ts';
import { isSecretLink } from './secret.ts';

const none = new Set<string>();
const name = fc.constantFrom('reset_url', 'Reset-Link', 'password', 'OTP', 'token', 'magicLink', 'sign in link', 'PIN');
/** Long enough not to stand in the surroundings by chance; with all that JSON escapes. */
const secret = fc
  .string({ unit: fc.constantFrom('Q', 'Z', '7', '"', '\\', '\n', '{', '}', ',', ' ', '\u00e9'), minLength: 4, maxLength: 20 })
  .map((text) => `QZ7QZ7${text}`);

describe('a text', () => {
  it('of JSON, cut anywhere, shows no secret', () => {
    const deep = fc.tuple(name, secret, fc.boolean(), fc.jsonValue(), fc.nat({ max: 400 }), fc.boolean());
    fc.assert(
      fc.property(deep, ([key, value, nested, beside, length, twice]) => {
        const json = JSON.stringify({ beside, properties: nested ? { [key]: { a: [value] } } : { [key]: value }, after: 'seen' });
        const text = (twice ? JSON.stringify({ body: json }) : json).slice(0, length + 20);
        expect(withoutSecretText(text, none)).not.toContain('QZ7QZ7');
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['{"otp":"1234","size":"L"', '{"otp":"[secret]","size":"L"'.replace('"[secret]"', hidden)],
    ['otp=1234&size=L', `otp=${hidden}&size=L`],
    ['https://shop.example/?token=abc&size=L', `https://shop.example/?token=${hidden}&size=L`],
    ["{reset_url: 'https://shop.example/r'", `{reset_url: ${hidden}`],
    ['status code: 550 5.1.1', 'status code: 550 5.1.1'],
    ['{"event":"code","tokens_left":3}', '{"event":"code","tokens_left":3}'],
    ['{"voucher":12,"a":1', `{"voucher":${hidden},"a":1`],
  ])('%s reads %s', (text, read) => {
    expect(withoutSecretText(text, new Set(['voucher']))).toBe(read);
  });

  it('takes time by its length only', () => {
    for (const text of [
      'a'.repeat(200_000),
      'a '.repeat(100_000),
      '"'.repeat(200_000),
      'otp="'.repeat(40_000),
      'a: '.repeat(60_000),
    ]) {
      // The processor's time: what other processes take does not count.
      const begun = process.cpuUsage();
      withoutSecretText(text, none);
      expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(2_000);
    }
  });
});

describe('a link', () => {
  it.each([
    'https://shop.example/account?lang=es&token=abc',
    'https://shop.example/#access_token=abc',
    'https://shop.example/app#/reset?otp=123456',
    'https://shop.example/password/reset/8f3a9c',
    'HTTPS://shop.example/reset-password/8f3a9c',
    'https://shop.example/magic-link/8f3a9c?x=1',
  ])('that lets in is a secret under any name: %s', (link) => {
    expect(isSecretLink(link)).toBe(true);
    expect(hideSecrets({ properties: { url: link, page: [link] } }, none)).toEqual({
      properties: { url: hidden, page: [hidden] },
    });
  });

  it.each(['https://shop.example/', 'https://shop.example/reset', 'https://shop.example/?token=', 'reset/8f3a9c', 'https://'])(
    'that lets nobody in is none: %s',
    (link) => {
      expect(isSecretLink(link)).toBe(false);
    },
  );
});

describe('a value nested thousands deep', () => {
  const deep = fc.tuple(fc.constantFrom('[', '{"a":', '{"a":[', '[{"b":'), fc.integer({ min: 100, max: 100_000 }));

  it('is hidden from some depth on, and costs no stack', () => {
    fc.assert(
      fc.property(deep, ([open, times]) => {
        const close = open.replace(/[^[{]/g, '').replaceAll('[', ']').replaceAll('{', '}').split('').reverse().join('');
        const value: unknown = JSON.parse(`${open.repeat(times)}"x@QZ7"${close.repeat(times)}`);
        const read = JSON.stringify(hideSecrets(value, none));
        expect(read).toContain(hidden);
        expect(read).not.toContain('QZ7');
        expect(read.length).toBeLessThan(1_000);
      }),
      { numRuns: 20 },
    );
  });

  it('of no more than 64 levels is shown whole', () => {
    const value: unknown = JSON.parse(`${'['.repeat(64)}"seen"${']'.repeat(64)}`);
    expect(JSON.stringify(hideSecrets(value, none))).toContain('seen');
  });
});
