import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, isAlive } from '../process/identity.ts';
import { endLeftovers, graceOfAll, records } from '../process/records.ts';
import { launch } from '../process/launch.ts';
import { backoffMs, Supervisor, type Spec } from './supervisor.ts';

let dir: string;
let supervisor: Supervisor;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hito-supervisor-'));
  supervisor = new Supervisor(dir);
});
afterEach(async () => {
  await supervisor.stop(undefined, 1_000);
  rmSync(dir, { recursive: true, force: true });
});
const node = (name: string, code: string, more: Partial<Spec> = {}): Spec => ({
  name,
  rank: 'service',
  command: process.execPath,
  args: ['-e', code],
  env: { PATH: process.env['PATH'] },
  ...more,
});
const idle = 'setInterval(() => {}, 1000)';
const polite = `process.on('SIGTERM', () => { console.log('bye'); process.exit(0) }); console.log('up'); ${idle}`;
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await sleep(10);
};
const identified = (name: string): NonNullable<ReturnType<typeof identityOf>> => {
  const identity = identityOf(supervisor.pid(name) ?? 0);
  if (identity === undefined) throw new Error(`${name} does not run`);
  return identity;
};

test('a killed process is started again, under the same name, with its record renewed', async () => {
  await supervisor.run(node('a', idle));
  const first = identified('a');
  process.kill(first.pid, 'SIGKILL');
  const [name, exit] = (await once(supervisor, 'died')) as [string, string];
  expect([name, exit]).toEqual(['a', 'SIGKILL']);
  await once(supervisor, 'started');
  const second = identified('a');
  expect(second).not.toEqual(first);
  expect(records(dir)).toEqual([expect.objectContaining({ name: 'a', ...second })]);
  expect(supervisor.status()).toEqual([expect.objectContaining({ state: 'running', restarts: 1, lastExit: 'SIGKILL' })]);
});

test('two instances of a service live side by side; stopping one leaves the other', async () => {
  await supervisor.run(node('a-1', polite));
  await supervisor.run(node('a-2', polite));
  const [first, second] = [identified('a-1'), identified('a-2')];
  await until(() => readFileSync(join(dir, 'logs', 'a-1.log'), 'utf8') === 'up\n');
  expect(await supervisor.stop(['a-1'])).toEqual([]);
  expect([isAlive(first), isAlive(second)]).toEqual([false, true]);
  expect(readFileSync(join(dir, 'logs', 'a-1.log'), 'utf8')).toBe('up\nbye\n');
  await sleep(400);
  expect(records(dir).map(({ name }) => name)).toEqual(['a-2']);
});

test('one that does not hear SIGTERM is forced, also when it is frozen', async () => {
  await supervisor.run(node('deaf', `process.on('SIGTERM', () => {}); console.log('up'); ${idle}`));
  await supervisor.run(node('frozen', polite));
  await until(() => ['deaf', 'frozen'].every((name) => readFileSync(join(dir, 'logs', `${name}.log`), 'utf8') === 'up\n'));
  process.kill(identified('frozen').pid, 'SIGSTOP');
  expect(await supervisor.stop(undefined, 500)).toEqual(['deaf']);
  expect(readFileSync(join(dir, 'logs', 'frozen.log'), 'utf8')).toBe('up\nbye\n');
});

test('work that ends well is done; work that fails is repeated until it ends well', async () => {
  const flag = join(dir, 'flag');
  const code = `const fs = require('fs'); if (fs.existsSync(${JSON.stringify(flag)})) process.exit(0); fs.writeFileSync(${JSON.stringify(flag)}, ''); process.exit(3)`;
  const done = once(supervisor, 'done');
  await supervisor.run(node('work', code, { forEver: false }));
  expect(await done).toEqual(['work']);
  expect(existsSync(flag)).toBe(true);
  expect(supervisor.status()).toEqual([expect.objectContaining({ state: 'done', restarts: 1 })]);
});

test('what a killed launcher left is found by its record and ended, clients before infrastructure; a stranger with the pid is not', async () => {
  const log = join(dir, 'order');
  const code = (name: string): string =>
    `process.on('SIGTERM', () => { require('fs').appendFileSync(${JSON.stringify(log)}, '${name} '); process.exit(0) }); console.log('up'); ${idle}`;
  const left = await Promise.all(
    (['infrastructure', 'service', 'inbox', 'replay'] as const).map((rank) =>
      launch({ dir, name: rank, rank, command: process.execPath, args: ['-e', code(rank)], env: process.env }),
    ),
  );
  await until(() => left.every(({ logFile }) => readFileSync(logFile, 'utf8') === 'up\n'));
  expect(isAlive({ pid: process.pid, started: 'another time' })).toBe(false);
  expect(await endLeftovers(dir)).toEqual(['inbox', 'infrastructure', 'replay', 'service']);
  expect(readFileSync(log, 'utf8')).toBe('replay service inbox infrastructure ');
  expect(left.map(isAlive)).toEqual([false, false, false, false]);
  expect(records(dir)).toEqual([]);
});

test('backoff grows to five seconds', () => {
  expect([1, 2, 3, 6, 20].map(backoffMs)).toEqual([200, 400, 800, 5_000, 5_000]);
});

test('what its record gives more time is not ended by force sooner, and a stop waits for it', async () => {
  const slow = `process.on('SIGTERM', () => setTimeout(() => process.exit(0), 800)); console.log('up'); ${idle}`;
  const options = {
    dir,
    name: 'slow',
    rank: 'service',
    command: process.execPath,
    args: ['-e', slow],
    env: process.env,
  } as const;
  const { logFile, exited } = await launch({ ...options, graceMs: 60_000 });
  await until(() => readFileSync(logFile, 'utf8') === 'up\n');
  expect(graceOfAll(dir)).toBe(60_000);
  expect(await endLeftovers(dir)).toEqual(['slow']);
  expect(await exited).toEqual({ code: 0, signal: null });
});
