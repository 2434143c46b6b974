import { expect, test } from '@jest/globals';
import { services } from '#contracts';
import { mailStaysHere, serviceEnvironment, variablesOf, type ServiceEnvironmentOptions } from './service-environment.ts';
import { graceOf } from './service-specs.ts';

const by = (text: string) =>
  Object.fromEntries(services.map((service) => [service, `${text}-${service}`])) as ServiceEnvironmentOptions['databaseUrls'];
const options = (env: NodeJS.ProcessEnv): ServiceEnvironmentOptions => ({
  env: { PATH: '/bin', ...env },
  prefix: 'hito',
  partitions: 4,
  brokers: ['127.0.0.1:9092'],
  databaseUrls: by('postgres://own'),
  keys: { signing: 'signing-key-of-the-installation', write: 'write-key', passwords: by('password') },
  playbook: 'playbook.yaml',
  inboxSmtpUrl: 'smtp://127.0.0.1:1025',
  publicUrl: 'http://127.0.0.1:3005',
});

test.each(services)("%s gets the machine's variables and its own, and no other's", (service) => {
  const env = {
    AWS_SECRET_ACCESS_KEY: 'a',
    GITHUB_TOKEN: 'b',
    npm_config_registry: 'c',
    DATABASE_URL: 'postgres://admin:secret@db/hito',
    DATABASE_URL_FILE: '/run/secrets/admin',
    SMTP_URL: 'smtp://127.0.0.1:2525',
    HITO_WRITE_KEYS: 'website:secret-key',
    HITO_SIGNING_KEY_FILE: '/run/secrets/signing',
    LOG_LEVEL: 'debug',
  };
  const given = serviceEnvironment(service, options(env));
  const known = new Set(Object.keys(variablesOf(service)).flatMap((name) => [name, `${name}_FILE`]));
  expect(Object.keys(given).filter((name) => !known.has(name))).toEqual(['PATH']);
  expect(given).toMatchObject({ DATABASE_URL: `postgres://own-${service}`, LOG_LEVEL: 'debug' });
  expect([given['HITO_SIGNING_KEY'], given['HITO_SIGNING_KEY_FILE']]).toEqual([undefined, '/run/secrets/signing']);
  expect('SMTP_URL' in given).toBe(service === 'delivery');
  expect('HITO_WRITE_KEYS' in given).toBe(service === 'ingestion');
  expect(JSON.stringify(given)).not.toContain('admin');
});

test.each([
  [undefined, true],
  ['smtp://127.0.0.1:25', true],
  ['smtp://localhost', true],
  ['smtp://[::1]:25', true],
  ['smtp://127.0.0.1.evil.example', false],
  ['smtps://user:password@mail.example:465', false],
  ['nonsense', false],
])('mail to %j stays on this machine: %j', (url, stays) => {
  expect(mailStaysHere(url === undefined ? {} : { SMTP_URL: url })).toBe(stays);
});

test("the example's name is never on mail that leaves this machine, and the reply is waited for as long as delivery does", () => {
  const inbox = serviceEnvironment('delivery', options({}));
  expect(inbox).toMatchObject({ HITO_MAIL_FROM: 'Example shop <hello@shop.example>', HITO_SMTP_REPLY_TIMEOUT_MS: '5000' });
  const real = serviceEnvironment('delivery', options({ SMTP_URL: 'smtps://mail.example:465' }));
  for (const name of ['HITO_MAIL_FROM', 'HITO_POSTAL_ADDRESS', 'HITO_PUBLIC_URL', 'HITO_SMTP_REPLY_TIMEOUT_MS'])
    expect(name in real).toBe(false);
});

test('a sender is never ended by force sooner than its reply timeout and its own limit allow', () => {
  const reply = 600_000;
  expect(graceOf('delivery', {})).toBeGreaterThan(reply + 20_000);
  expect(graceOf('delivery', { HITO_SMTP_REPLY_TIMEOUT_MS: '1800000' })).toBeGreaterThan(1_820_000);
  expect(graceOf('scoring', {})).toBeGreaterThan(25_000);
});
