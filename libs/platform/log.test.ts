import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
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
