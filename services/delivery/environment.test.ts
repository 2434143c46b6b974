import { expect, test } from '@jest/globals';
import { EnvironmentError, readEnvironment } from '#platform';
import { deliveryVariables } from './environment.ts';

const good = {
  KAFKA_BROKERS: '127.0.0.1:9092',
  DATABASE_URL: 'postgres://a:b@127.0.0.1:5432/hito',
  HITO_PLAYBOOK: 'playbook.yaml',
  HITO_SIGNING_KEY: 'a key for tests that is long enough',
  SMTP_URL: 'smtp://127.0.0.1:1025',
  HITO_PUBLIC_URL: 'https://mail.shop.example',
  HITO_MAIL_FROM: 'Shop <hello@shop.example>',
  HITO_POSTAL_ADDRESS: 'Calle Mayor 1, Madrid',
};
const problemsOf = (changes: Record<string, string | undefined>): string => {
  try {
    readEnvironment('delivery', deliveryVariables, { ...good, ...changes });
    return '';
  } catch (error) {
    if (error instanceof EnvironmentError) return error.message;
    throw error;
  }
};

test('a complete environment has the defaults of delivery', () => {
  expect(readEnvironment('delivery', deliveryVariables, good)).toMatchObject({
    HITO_SMTP_CONNECTIONS: 4,
    HITO_SMTP_REPLY_TIMEOUT_MS: 600_000,
    HITO_LEASE_MS: 30_000,
  });
});

test.each([
  ['SMTP_URL', undefined, 'SMTP_URL is missing. delivery needs it to send mail'],
  ['SMTP_URL', 'http://mail', 'expected smtp://host:port'],
  ['HITO_INBOX_SMTP_URL', 'nothing', 'expected smtp://host:port'],
  ['HITO_PUBLIC_URL', 'mail.shop.example', 'an http or https address'],
  ['HITO_PUBLIC_URL', 'http://mail.shop.example', 'an https address'],
  ['HITO_PUBLIC_URL', 'http://127.0.0.1.evil.example', 'an https address'],
  ['HITO_PUBLIC_URL', 'https://mail.shop.example/?a=b', 'without user, ? and #'],
  ['HITO_PUBLIC_URL', 'https://me:pw@mail.shop.example/', 'without user, ? and #'],
  ['HITO_MAIL_FROM', 'Shop', 'such as Shop <hello@shop.example>'],
  ['HITO_MAIL_FROM', 'A <a@x.example>, B <b@y.example>', 'give one address'],
  ['HITO_MAIL_FROM', 'Shop: a@x.example;', 'give one address'],
  ['HITO_MAIL_FROM', 'Shop <a@x.example>\r\nBcc: eve@evil.example', 'give one address'],
  ['HITO_MAIL_FROM', 'Shop <a@localhost>', 'a fault: domain'],
  ['HITO_MAIL_FROM', 'Tienda <año@shop.example>', 'must be ASCII'],
  ['HITO_MAIL_FROM', `${'x'.repeat(201)} <a@shop.example>`, 'more than 200 characters'],
  ['HITO_POSTAL_ADDRESS', 'x'.repeat(501), 'at most 500 characters'],
  ['SMTP_URL', 'smtp://mail.example?tsl=required', '?tsl= is not known'],
  ['HITO_POSTAL_ADDRESS', undefined, 'HITO_POSTAL_ADDRESS is missing'],
  ['HITO_LEASE_MS', '5', 'a whole number from 1000'],
])('%s = %s is refused, and the message says what to set', (name, value, message) => {
  expect(problemsOf({ [name]: value })).toContain(message);
});

test.each(['http://localhost:8080', 'http://127.0.0.1:8080', 'http://[::1]:8080', 'https://mail.shop.example/hito'])(
  'HITO_PUBLIC_URL may be %s',
  (url) => {
    expect(problemsOf({ HITO_PUBLIC_URL: url })).toBe('');
  },
);

test('the password of SMTP_URL appears in no message', () => {
  expect(problemsOf({ SMTP_URL: 'smpt://user:hunter2@mail' })).not.toContain('hunter2');
});
