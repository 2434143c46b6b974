import { expect, test } from '@jest/globals';
import { hashedPerson, loggerTo } from './log.ts';

test('person ids are hashed with the key, secrets left out, at any depth in use', () => {
  const lines: string[] = [];
  const key = '0123456789abcdef';
  const log = loggerTo({ write: (line: string) => lines.push(line) }, 'scoring', { LOG_LEVEL: 'info', HITO_SIGNING_KEY: key });
  log.info({ person_id: 'ada', record: { person_id: 'ada', email: 'ada@example.org' }, a: { b: { person_id: 'ada' } }, password: 'pw' }, 'Taken');
  log.debug({}, 'Not logged');

  expect(lines).toHaveLength(1);
  const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  const hash = hashedPerson(key, 'ada');
  expect(line).toMatchObject({ service: 'scoring', msg: 'Taken', person_id: hash, record: { person_id: hash }, a: { b: { person_id: hash } } });
  expect(lines[0]).not.toMatch(/ada|"pw"/);
  expect(hashedPerson('another key', 'ada')).not.toBe(hash);
});
