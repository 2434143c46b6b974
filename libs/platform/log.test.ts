import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { keyRing } from './key-ring.ts';
import { createLogger, hashedPerson, loggerTo } from './log.ts';

const temporary = mkdtempSync(join(tmpdir(), 'hito-log-'));
afterAll(() => {
  rmSync(temporary, { recursive: true });
});

test('person ids are hashed with the key, secrets left out, at any depth in use', () => {
  const lines: string[] = [];
  const key = '0123456789abcdef';
  const log = loggerTo({ write: (line: string) => lines.push(line) }, 'scoring', { LOG_LEVEL: 'info', HITO_SIGNING_KEY: key });
  log.info(
    { person_id: 'ada', record: { person_id: 'ada', email: 'ada@example.org' }, a: { b: { person_id: 'ada' } }, password: 'pw' },
    'Taken',
  );
  log.debug({}, 'Not logged');

  expect(lines).toHaveLength(1);
  const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  const hash = hashedPerson(keyRing('logs', key).current, 'ada');
  expect(line).toMatchObject({
    service: 'scoring',
    msg: 'Taken',
    person_id: hash,
    record: { person_id: hash },
    a: { b: { person_id: hash } },
  });
  expect(lines[0]).not.toMatch(/ada|"pw"/);
  expect(hashedPerson(keyRing('logs', 'another key of that length').current, 'ada')).not.toBe(hash);
});

test('with HITO_LOG_DIR the lines are in a numbered file at once', async () => {
  const folder = join(temporary, 'new');
  const log = await createLogger('stages', { LOG_LEVEL: 'info', HITO_SIGNING_KEY: '0123456789abcdef', HITO_LOG_DIR: folder });
  log.info({ n: 1 }, 'One');
  const [file] = readdirSync(folder);
  expect(file).toBe('stages.1.log');
  expect(JSON.parse(readFileSync(join(folder, file ?? ''), 'utf8'))).toMatchObject({ msg: 'One', n: 1, service: 'stages' });
});

describe('a line of the log, at any level', () => {
  const env = {
    LOG_LEVEL: 'debug',
    HITO_SIGNING_KEY: 'a signing key of some length',
    DATABASE_URL: 'postgres://hito:p%40ssw0rd-of-postgres@db:5432/hito',
    SMTP_URL: 'smtps://me:hunter2-of-smtp@mail.example:465',
    HITO_WRITE_KEYS: new Map([['a-write-key-of-web', 'web']]),
  } as const;
  const planted = ['ana@one.example', "Ana.O'Brien+shop@sub.one.example", 'ana%40one.example', 'ána＠bücher.example'];
  const secrets = [
    'https://shop.example/reset?token=abc123def',
    'https://shop.example/magic-link/abc123def',
    'p@ssw0rd-of-postgres',
    'p%40ssw0rd-of-postgres',
    'hunter2-of-smtp',
    'a signing key of some length',
    'a-write-key-of-web',
  ];
  const written = (write: (log: ReturnType<typeof loggerTo>) => void): string => {
    const lines: string[] = [];
    write(loggerTo({ write: (line: string) => lines.push(line) }, 'delivery', env));
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('}\n')).toBe(true);
    return lines[0] ?? '';
  };

  test('holds no address, no secret link and no password, wherever they stand', () => {
    const around = fc.constantFrom(
      (x: string) => `550 5.1.1 <${x}>: Recipient address rejected`,
      (x: string) => `\n${x}\n`,
      (x: string) => `\\n${x}`,
      (x: string) => `user "${x}" at ${x}, and '${x}'`,
      (x: string) => `to:${x};`,
      (x: string) => JSON.stringify({ [x]: JSON.stringify([x]) }),
      (x: string) => `Key (mailbox)=(${x}) exists`,
    );
    const place = fc.constantFrom(
      (text: string): [object, string] => [{}, text],
      (text: string): [object, string] => [{ reply: text }, 'm'],
      (text: string): [object, string] => [{ a: { b: [{ c: text }] }, [text]: 1 }, 'm'],
      (text: string): [object, string] => [{ error: new Error(text, { cause: new Error(text) }) }, 'm'],
      (text: string): [object, string] => [{ err: Object.assign(new Error('x'), { detail: text, parameters: [text] }) }, 'm'],
    );
    fc.assert(
      fc.property(fc.constantFrom(...planted, ...secrets), around, place, (plant, text, at) => {
        const line = written((log) => {
          const [fields, message] = at(text(plant));
          log.debug(fields, message);
        });
        expect(line).not.toContain(plant);
        expect(JSON.stringify(JSON.parse(line))).not.toContain(plant);
        expect(line).not.toMatch(/one\.example|abc123def|ssw0rd|hunter2/);
      }),
      { numRuns: 500 },
    );
  });

  test('keeps names: of headers, of sources, of keys and the word derived', () => {
    const key = { id: 'spring26', bytes: Buffer.alloc(32, 7) };
    const lines: string[] = [];
    const given = {
      ...env,
      HITO_TRACES_HEADERS: { 'x-honeycomb-team': 'the-key-of-traces' },
      HITO_WRITE_KEYS: new Map([['a-write-key-of-web', 'website']]),
      HITO_LOG_KEYS: ['derived' as const, key],
      HITO_SOURCE_CLUSTERS: new Map([
        ['warehouse', { brokers: ['b:1'], sasl: { username: 'hito', password: 'pw-of-the-warehouse' } }],
      ]),
    };
    const said = 'x-honeycomb-team of website: spring26 is derived, warehouse';
    loggerTo({ write: (line: string) => lines.push(line) }, 'delivery', given).info(
      `${said}, not the-key-of-traces pw-of-the-warehouse`,
    );
    expect(lines[0]).toContain(`${said}, not [left out] [left out]`);
    loggerTo({ write: (line: string) => lines.push(line) }, 'delivery', given).info(key.bytes.toString('base64'));
    expect(lines[1]).not.toContain(key.bytes.toString('base64'));
  });

  test('leaves out what Postgres quotes of a row, and keeps what an operator needs', () => {
    const error = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (id)=(7) exists', table: 'mail' });
    const line = written((log) => {
      log.warn({ error, task: 'sender/3', url: 'https://shop.example/a?page=2' }, 'at file:///x/node_modules/@nestjs/core/x.js');
    });
    expect(JSON.parse(line)).toMatchObject({
      msg: 'at file:///x/node_modules/@nestjs/core/x.js',
      error: { message: 'duplicate key', code: '23505', detail: '[left out]', table: 'mail' },
      task: 'sender/3',
      url: 'https://shop.example/a?page=2',
    });
  });

  test('is made in time that grows with its length only', () => {
    const text = `${'a'.repeat(200_000)} ${'a@'.repeat(100_000)} ${'https://'.repeat(30_000)} ${'x='.repeat(50_000)}`;
    const start = process.cpuUsage();
    written((log) => {
      log.debug({ text }, 'Long');
    });
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(10_000);
  });
});
