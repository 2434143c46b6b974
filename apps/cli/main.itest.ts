import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'hito-main-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const root = join(import.meta.dirname, '..', '..');
const flags = ['--conditions=source', '--experimental-transform-types', '--disable-warning=ExperimentalWarning'];
/** With a home of its own: what this machine runs otherwise is not found. */
const hitoIn = (home: string, ...args: string[]) =>
  spawnSync(process.execPath, [...flags, join(root, 'apps/cli/main.ts'), ...args], {
    encoding: 'utf8',
    cwd: root,
    env: { PATH: process.env['PATH'], HITO_HOME: home, HITO_SERVICES: 'http://127.0.0.1:1' },
  });
const hito = (...args: string[]) => hitoIn('/nowhere', ...args);

describe('hito', () => {
  test('--help names the commands and loads none of them', () => {
    const { status, stdout } = hito('--help');
    expect(status).toBe(0);
    for (const command of [
      'playbook',
      'read',
      'dead-letters',
      'why',
      'status',
      'database',
      'topics',
      'offsets',
      'clock',
      'replay',
      'task',
    ])
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  test.each(['--version', '-v'])('%s names the version of the package', (flag) => {
    const { status, stdout } = hito(flag);
    expect([status, stdout]).toEqual([
      0,
      `${(JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version}\n`,
    ]);
  });

  test.each([
    [['status'], 'No service answers. Run `npm start`, or set'],
    [['read', 'events'], 'Run `npm start`, or set KAFKA_BROKERS'],
    [['why', 'ana'], 'Run `npm start`, or set KAFKA_BROKERS'],
    [['dead-letters', 'ls'], 'Run `npm start`, or set KAFKA_BROKERS'],
    [['dead-letters', 'show', 'x'], 'x is no dead letter'],
    [['clock', 'live'], 'Run `npm start`, or set KAFKA_BROKERS'],
    [['topics', 'plan'], 'Run `npm start`, or set KAFKA_BROKERS'],
    [['offsets'], 'Run `npm start`, or set KAFKA_BROKERS'],
    [['replay', '--from', '2026-10-01', '--into', 'trial'], 'Run `npm start`, or set KAFKA_BROKERS'],
    [['replay', '--from', 'monday', '--into', 'trial'], '--from monday is no instant'],
    [['task', 'pause', 'identity', 'all', '--reason', 'x'], 'Run `npm start`, or set KAFKA_BROKERS'],
    [['task', 'resume', 'identity', '0'], 'Run `npm start`, or set KAFKA_BROKERS'],
  ])('%j without any server says what to run', (args, words) => {
    const { status, stderr } = hito(...args);
    expect(status).toBe(1);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('    at ');
  });

  const odd = ['--email', 'a@b.example', '--event', 'x'];
  test.each([
    [['try', 'notaurl', ...odd], 'notaurl is no address of ingestion'],
    [['try', 'file:///etc/passwd', ...odd], 'is no address of ingestion'],
    [['try', 'http://127.0.0.1:1', ...odd, '--timeout', 'abc'], '--timeout is a whole number of seconds'],
    [['try', 'http://127.0.0.1:1', ...odd, '--timeout', '9999999999'], '--timeout is a whole number of seconds'],
    [['try', 'http://127.0.0.1:1', ...odd, '--properties', '[1'], '--properties is a JSON object'],
    [['keys', 'make', join(folder, 'keys'), '--database', 'x y'], 'give host:port/name'],
    [['keys', 'make', join(folder, 'keys'), '--database', 'h:5432/x?sslmode=disable\n'], 'give host:port/name'],
    [['keys', 'make', '/dev/null', '--database', 'h:5432/x'], 'EEXIST'],
    [['topics', 'apply', '--replication', '3x'], '--replication is a whole number'],
    [['dead-letters', 'show', 'ingestion/\u001b[2J/1'], 'ingestion/\\u{1b}[2J/1 is no dead letter'],
    [['playbook', 'validate', '/no/\u202e\u001b]0;x'], 'cannot be read'],
    [['task', 'skip', 'x', '1e3'], 'The partition is a whole number'],
  ])('%j is refused in words, without a stack or a terminal escape', (args, words) => {
    const { status, stderr } = hito(...args);
    expect(status).toBe(1);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('    at ');
    // eslint-disable-next-line no-control-regex -- they are what must not be there
    expect(stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  });

  test('ends in silence where nobody reads its output any more', () => {
    const command = [
      process.execPath,
      ...flags,
      join(root, 'apps/cli/main.ts'),
      'playbook',
      'validate',
      join(root, 'examples/shop/playbook.yaml'),
    ];
    const { stderr } = spawnSync('sh', ['-c', `{ "$@"; echo "status $?" >&2; } | true`, 'sh', ...command], {
      encoding: 'utf8',
      cwd: root,
    });
    expect(stderr).toBe('status 0\n');
  });

  test('a server that has ended is told, with what to run', () => {
    const home = mkdtempSync(join(folder, 'ended-'));
    writeFileSync(join(home, 'env'), 'KAFKA_BROKERS=127.0.0.1:1\nDATABASE_URL=postgres://a:b@127.0.0.1:1/c\n');
    for (const args of [['why', 'ana'], ['task', 'resume', 'identity', '0'], ['status']]) {
      const { status, stderr } = hitoIn(home, ...args);
      expect(status).toBe(1);
      expect(stderr).toContain('If it has ended, run `npm start`');
      expect(stderr).not.toContain('    at ');
    }
  });

  test('playbook validate sums a good one up', () => {
    const { status, stdout } = hito('playbook', 'validate', 'examples/shop/playbook.yaml');
    expect(status).toBe(0);
    expect(stdout).toMatch(/is a valid playbook, version [0-9a-f]{12}/);
    expect(stdout).toContain('orders-10');
  });

  test('playbook validate names file and line of what is wrong, and ends with 1', () => {
    const file = join(folder, 'bad.yaml');
    writeFileSync(file, 'name: x\nnonsense: 1\n');
    const { status, stdout, stderr } = hito('playbook', 'validate', file);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(`${file}:2: nonsense`);
    expect(stderr).not.toContain('    at ');
  });

  test('a missing argument is told, with what to give', () => {
    const { status, stderr } = hito('task', 'resume');
    expect(status).toBe(1);
    expect(stderr).toContain("missing required argument 'processor'");
  });
});
