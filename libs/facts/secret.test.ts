import { expect, test } from '@jest/globals';
import { isSecret, isSecretLink, replaceSecrets } from './secret.ts';

const none = new Set<string>();

test('a secret is known by its name in any spelling, and a name that only begins so is none', () => {
  for (const name of ['reset_url', 'resetUrl', 'RESET-URL', 'Password', 'otp']) expect(isSecret(name)).toBe(true);
  for (const name of ['resetting', 'tokens_left', 'url', '__proto__', 'constructor']) expect(isSecret(name)).toBe(false);
  expect(isSecret('voucher', new Set(['voucher']))).toBe(true);
});

test.each(
  'resetPasswordUrl reset_password_link authToken id_token session_token jwt client_secret one_time_password totp passwd verifyUrl magic_link_url sms_code confirmPassword'.split(
    ' ',
  ),
)('the name %s ends as names of secrets do', (name) => {
  expect(isSecret(name)).toBe(true);
});

test.each(['product_url', 'sku_code', 'laptop', 'currency_code', 'tokens', 'secretary', 'passwordless', 'link'])(
  'the name %s is not taken for that of a secret',
  (name) => {
    expect(isSecret(name)).toBe(false);
  },
);

test.each([
  'https://shop.example/users/edit?reset_password_token=abc',
  'https://shop.example/?jwt=abc',
  'https://shop.example/#/reset/abcdefgh',
  'https://shop.example/accounts/reset/MQ/abc-123/',
  'https://shop.example/password_resets/abcdef1234/edit',
  'https://ana:word@shop.example/',
  ' https://shop.example/?token=abc',
])('%s lets in', (link) => {
  expect(isSecretLink(link)).toBe(true);
});

test.each(['https://shop.example/tokens?page=2', 'https://shop.example/presets/colours', 'https://shop.example/#reset'])(
  '%s lets nobody in',
  (link) => {
    expect(isSecretLink(link)).toBe(false);
  },
);

test('secrets are replaced at any depth, and what looks sealed already is not left as it is', () => {
  const replaced = replaceSecrets({ a: [{ otp: 1 }], b: { $sealed: 'x' }, c: 2 }, none, () => 'hidden');
  expect(replaced).toEqual({ a: [{ otp: 'hidden' }], b: 'hidden', c: 2 });
});
