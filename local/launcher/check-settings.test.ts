import { expect, test } from '@jest/globals';
import { checkSettings } from './check-settings.ts';
import { Problem } from './problem.ts';

const refusal = (env: NodeJS.ProcessEnv): string => {
  try {
    checkSettings(env);
  } catch (error) {
    expect(error).toBeInstanceOf(Problem);
    return (error as Error).message;
  }
  return 'taken';
};

test.each<NodeJS.ProcessEnv>([
  {},
  { HITO_PREFIX: 'my-shop', HITO_PARTITIONS: '12', HITO_INSTANCES: '2', HITO_STATUS_PORT: '4000' },
  { SMTP_URL: 'smtp://127.0.0.1:1025' },
  { SMTP_URL: 'smtp://localhost:1025', HITO_SMTP_CONNECTIONS: '2' },
  { KAFKA_BROKERS: 'a:9092,b:9092', DATABASE_URL: 'postgres://admin:x@db/hito' },
  { HITO_INFRASTRUCTURE: 'docker' },
  { HITO_INFRASTRUCTURE: 'embedded', HITO_INSTANCES: '16' },
  { HITO_INFRASTRUCTURE: '', HITO_INSTANCES: '', HITO_PREFIX: '', SMTP_URL: '', KAFKA_BROKERS: '', DATABASE_URL: '' },
])('the settings %j are taken', (env) => {
  expect(refusal(env)).toBe('taken');
});

test.each<[NodeJS.ProcessEnv, RegExp]>([
  [{ HITO_INFRASTRUCTURE: 'podman' }, /HITO_INFRASTRUCTURE is "podman", which will not do: embedded .* or docker/],
  [{ HITO_INFRASTRUCTURE: 'Docker' }, /HITO_INFRASTRUCTURE is "Docker", which will not do: embedded .* or docker/],
  [{ HITO_INSTANCES: '0' }, /HITO_INSTANCES is "0", which will not do: a whole number from 1 to 16; e\.g\. HITO_INSTANCES=2/],
  [{ HITO_INSTANCES: 'two' }, /HITO_INSTANCES is "two".*a whole number/],
  [{ HITO_INSTANCES: '1.5' }, /HITO_INSTANCES is "1.5".*a whole number/],
  [{ HITO_INSTANCES: '9999' }, /HITO_INSTANCES is "9999".*from 1 to 16/],
  [{ HITO_PREFIX: 'My Shop' }, /HITO_PREFIX is "My Shop".*lower-case letters/],
  [{ HITO_PREFIX: 'tienda_ñ' }, /HITO_PREFIX is .*lower-case letters/],
  [{ HITO_PREFIX: '../x' }, /HITO_PREFIX is .*lower-case letters/],
  [{ HITO_PREFIX: 'a'.repeat(41) }, /HITO_PREFIX is .*at most 40/],
  [{ HITO_PARTITIONS: '0' }, /HITO_PARTITIONS is "0"/],
  [{ HITO_PARTITIONS: 'many' }, /HITO_PARTITIONS is "many"/],
  [{ SMTP_URL: 'mail.example' }, /SMTP_URL will not do/],
  [{ SMTP_URL: 'http://127.0.0.1' }, /SMTP_URL will not do/],
  [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL is "loud"/],
  [{ HITO_SIGNING_KEY: 'short' }, /HITO_SIGNING_KEY will not do: at least 16/],
  [{ HITO_WRITE_KEYS: 'no-colon' }, /HITO_WRITE_KEYS will not do/],
  [{ HITO_KAFKA_PORT: '70000' }, /HITO_KAFKA_PORT is "70000".*from 1 to 65535/],
  [{ HITO_KAFKA_PORT: 'x' }, /HITO_KAFKA_PORT is "x"/],
  [{ HITO_STATUS_PORT: '4000', HITO_INGESTION_PORT: '4000' }, /HITO_STATUS_PORT and HITO_INGESTION_PORT are both 4000/],
  [{ KAFKA_BROKERS: 'a:9092' }, /DATABASE_URL is missing. KAFKA_BROKERS is set/],
  [{ DATABASE_URL: 'postgres://admin:x@db/hito' }, /KAFKA_BROKERS is missing. DATABASE_URL is set/],
  [{ KAFKA_BROKERS: 'a', DATABASE_URL: 'postgres://x@y/z' }, /KAFKA_BROKERS is "a".*host:port/],
  [{ DATABASE_URL_FILE: '/no/such', KAFKA_BROKERS: 'a:1' }, /DATABASE_URL_FILE names \/no\/such, which cannot be read/],
  [
    { SMTP_URL: 'smtps://u:p@mail.example:465' },
    /HITO_MAIL_FROM is missing. SMTP_URL names a server that is not on this machine/,
  ],
])('the settings %j are refused, with what to set', (env, words) => {
  expect(refusal(env)).toMatch(words);
});

test('all that is wrong is said at once, each once, and no secret is printed', () => {
  const told = refusal({
    HITO_INSTANCES: '0',
    LOG_LEVEL: 'loud',
    SMTP_URL: 'smtp://user:planted-password@',
    HITO_SIGNING_KEY: 'planted-key',
  });
  for (const name of ['HITO_INSTANCES', 'SMTP_URL']) expect(told).toContain(name);
  expect(told.match(/LOG_LEVEL is/g)).toHaveLength(1);
  expect(told).not.toContain('planted');
});
