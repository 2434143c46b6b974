import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { baseVariables, variable } from './env.ts';
import { variableRows, variableTable } from './env-table.ts';
import { kafkaOptions } from './kafka-options.ts';
import { EnvironmentError, readEnvironment } from './read-env.ts';

const own = {
  SMTP_URL: variable(z.string().regex(/^smtps?:\/\//, 'smtp://host:port'), {
    description: 'to send mail',
    example: 'smtp://localhost:1025',
    secret: true,
  }),
};
const good = {
  KAFKA_BROKERS: 'a:9092, b:9092',
  DATABASE_URL: 'postgres://hito_delivery:pw@db/hito',
  HITO_PLAYBOOK: 'playbook.yaml',
  HITO_SIGNING_KEY: '0123456789abcdef',
  SMTP_URL: 'smtp://user:hunter2@mail',
};
const folder = mkdtempSync(join(tmpdir(), 'hito-env-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const messageOf = (source: Record<string, string>): string => {
  try {
    readEnvironment('delivery', own, source);
  } catch (error) {
    if (error instanceof EnvironmentError) return error.message;
    throw error;
  }
  return '';
};

describe('the environment', () => {
  test('is read with its defaults', () => {
    const env = readEnvironment('delivery', own, good);
    expect(env).toMatchObject({
      KAFKA_BROKERS: ['a:9092', 'b:9092'],
      KAFKA_SSL: false,
      HITO_PREFIX: 'hito',
      HITO_PARTITIONS: 12,
      HITO_HOST: '127.0.0.1',
    });
    expect(env.SMTP_URL).toBe(good.SMTP_URL);
  });

  test('every problem is told at once, with what to set', () => {
    const message = messageOf({ HITO_PARTITIONS: 'many', HITO_SIGNING_KEY: '' });
    expect(message).toContain('SMTP_URL is missing. delivery needs it to send mail; e.g. SMTP_URL=smtp://localhost:1025');
    expect(message).toContain('HITO_PARTITIONS is "many", which will not do');
    for (const name of ['KAFKA_BROKERS', 'DATABASE_URL', 'HITO_PLAYBOOK', 'HITO_SIGNING_KEY'])
      expect(message).toContain(`${name} is missing`);
  });

  test.each(Object.keys(good))('%s is required', (name) => {
    expect(messageOf({ ...good, [name]: '' })).toMatch(new RegExp(`^  - ${name} is missing\\..*e\\.g\\. ${name}=?`, 'm'));
  });

  test('a secret is never printed', () => {
    const message = messageOf({
      ...good,
      SMTP_URL: 'ftp://hunter2',
      DATABASE_URL: 'mysql://hunter2',
      HITO_SIGNING_KEY: 'hunter2',
    });
    expect(message).toContain('SMTP_URL will not do: smtp://host:port');
    expect(message).not.toContain('hunter2');
  });

  test('each variable may come from a file', () => {
    const { SMTP_URL: _, ...rest } = good;
    expect(readEnvironment('delivery', own, { ...rest, SMTP_URL_FILE: file('smtp', 'smtp://from-file\n') }).SMTP_URL).toBe(
      'smtp://from-file',
    );
    expect(messageOf({ ...rest, SMTP_URL_FILE: '/nowhere' })).toContain(
      'SMTP_URL_FILE names /nowhere, which cannot be read (ENOENT)',
    );
    expect(messageOf({ ...good, SMTP_URL_FILE: '/nowhere' })).toContain('SMTP_URL and SMTP_URL_FILE are both set');
  });

  test('half a login to the broker is refused', () => {
    expect(messageOf({ ...good, KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'me' })).toContain(
      'KAFKA_SASL_PASSWORD is missing',
    );
    expect(messageOf({ ...good, KAFKA_SASL_MECHANISM: 'oauthbearer', KAFKA_OAUTH_CLIENT_ID: 'me' })).toMatch(
      /KAFKA_OAUTH_TOKEN_URL is missing.*\n.*KAFKA_OAUTH_CLIENT_SECRET is missing/,
    );
    expect(messageOf({ ...good, KAFKA_SASL_USERNAME: 'me' })).toContain('without KAFKA_SASL_MECHANISM');
  });
});

test('options of the broker: TLS with an authority from a file, and a login', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----';
  const env = readEnvironment('delivery', own, {
    ...good,
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA_FILE: file('ca.pem', pem),
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: 'me',
    KAFKA_SASL_PASSWORD: 'pw',
  });
  expect(kafkaOptions(env, 'x')).toEqual({
    brokers: ['a:9092', 'b:9092'],
    clientId: 'x',
    ssl: { ca: pem },
    sasl: { mechanism: 'scram-sha-512', username: 'me', password: 'pw' },
  });
  expect(kafkaOptions(readEnvironment('delivery', own, good), 'x')).toEqual({ brokers: ['a:9092', 'b:9092'], clientId: 'x' });
});

test('options of the broker: a login by oauthbearer', () => {
  const env = readEnvironment('delivery', own, {
    ...good,
    KAFKA_SASL_MECHANISM: 'oauthbearer',
    KAFKA_OAUTH_TOKEN_URL: 'https://login.shop.example/token',
    KAFKA_OAUTH_CLIENT_ID: 'me',
    KAFKA_OAUTH_CLIENT_SECRET: 'pw',
  });
  expect(kafkaOptions(env, 'x').sasl).toEqual({
    mechanism: 'oauthbearer',
    tokenUrl: 'https://login.shop.example/token',
    clientId: 'me',
    clientSecret: 'pw',
    scope: undefined,
  });
});

test('the documentation of the variables is complete', () => {
  const rows = [...variableRows('all', baseVariables), ...variableRows('delivery', own)];
  for (const row of rows) expect(row.meaning).not.toBe('to run');
  expect(
    rows
      .filter((row) => row.value === 'required')
      .map((row) => row.name)
      .sort(),
  ).toEqual(Object.keys(good).sort());
  expect(variableTable(rows)).toContain('| `HITO_PREFIX` | all | `hito` | how the names of topics and consumer groups begin |');
});
