import { expect, test } from '@jest/globals';
import { EnvironmentError, readEnvironment } from '#platform';
import { deliveryVariables } from './environment.ts';
import { smtpTarget } from './smtp/smtp-url.ts';

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
  ['HITO_MAIL_FROM', 'Shop', 'such as Shop <hello@shop.example>'],
  ['HITO_POSTAL_ADDRESS', undefined, 'HITO_POSTAL_ADDRESS is missing'],
  ['HITO_LEASE_MS', '5', 'at least 1000'],
])('%s = %s is refused, and the message says what to set', (name, value, message) => {
  expect(problemsOf({ [name]: value })).toContain(message);
});

test('the password of SMTP_URL appears in no message', () => {
  expect(problemsOf({ SMTP_URL: 'smpt://user:hunter2@mail' })).not.toContain('hunter2');
});

test('an SMTP address may say port, user, TLS', () => {
  expect(smtpTarget('smtps://a%40b:p%20w@mail.example')).toMatchObject({
    options: { host: 'mail.example', port: 465, secure: true },
    auth: { user: 'a@b', pass: 'p w' },
  });
  expect(smtpTarget('smtp://[::1]:2525?tls=required')).toMatchObject({
    options: { host: '::1', port: 2525, secure: false, requireTLS: true },
    auth: undefined,
  });
});
