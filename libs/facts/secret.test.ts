import { expect, test } from '@jest/globals';
import { isSecret, replaceSecrets } from './secret.ts';

const none = new Set<string>();

test('a secret is known by its name in any spelling, and a name that only begins so is none', () => {
  for (const name of ['reset_url', 'resetUrl', 'RESET-URL', 'Password', 'otp']) expect(isSecret(name)).toBe(true);
  for (const name of ['resetting', 'tokens_left', 'url', '__proto__', 'constructor']) expect(isSecret(name)).toBe(false);
  expect(isSecret('voucher', new Set(['voucher']))).toBe(true);
});

test('secrets are replaced at any depth, and what looks sealed already is not left as it is', () => {
  const replaced = replaceSecrets({ a: [{ otp: 1 }], b: { $sealed: 'x' }, c: 2 }, none, () => 'hidden');
  expect(replaced).toEqual({ a: [{ otp: 'hidden' }], b: 'hidden', c: 2 });
});
