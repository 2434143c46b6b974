import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityOf } from '../process/identity.ts';
import { readFlags } from './flags.ts';
import { startAfresh } from './fresh.ts';
import { openHome, version } from './home.ts';
import { keysOf } from './keys.ts';
import { lockFile, lockHolder, takeLock } from './lock.ts';
import { Memory } from './memory.ts';
import { planOf } from './plan.ts';
import { Problem } from './problem.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hito-home-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});
const now = Date.parse('2026-03-01T12:00:00Z');

describe('the lock', () => {
  test('is held by one, and the second is told who has it and how to end it', () => {
    const release = takeLock(dir);
    expect(lockHolder(dir)).toEqual(identityOf(process.pid));
    expect(() => takeLock(dir)).toThrow(Problem);
    expect(() => takeLock(dir)).toThrow(`process ${String(process.pid)}`);
    expect(() => takeLock(dir)).toThrow('npm stop');
    release();
    expect(lockHolder(dir)).toBeUndefined();
    expect(readdirSync(dir)).toEqual([]);
  });

  test('dies with its holder, however it dies; a later process with the same pid does not hold it', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    writeFileSync(lockFile(dir), JSON.stringify(identityOf(child.pid ?? 0)));
    expect(() => takeLock(dir)).toThrow(String(child.pid));
    child.kill('SIGKILL');
    await once(child, 'exit');
    takeLock(dir)();
    writeFileSync(lockFile(dir), JSON.stringify({ pid: process.pid, started: 'long ago' }));
    takeLock(dir)();
  });
});

describe('the folder', () => {
  test('is made with its version, and refused when it is somebody else’s or of another version', () => {
    openHome(dir);
    expect(readFileSync(join(dir, 'version'), 'utf8')).toBe(`${version}\n`);
    openHome(dir);
    writeFileSync(join(dir, 'version'), '0\n');
    expect(() => {
      openHome(dir);
    }).toThrow('--fresh');
    rmSync(join(dir, 'version'));
    expect(() => {
      openHome(dir);
    }).toThrow('not made by `npm start`');
  });

  test('--fresh empties it, but leaves a folder alone that is not ours', async () => {
    const said: string[] = [];
    writeFileSync(join(dir, 'thesis.txt'), 'dear');
    await expect(startAfresh(dir, {}, (line) => said.push(line))).rejects.toThrow('leaves it alone');
    expect(existsSync(join(dir, 'thesis.txt'))).toBe(true);
    rmSync(join(dir, 'thesis.txt'));
    openHome(dir);
    writeFileSync(join(dir, 'replay.json'), '{}');
    await startAfresh(dir, {}, (line) => said.push(line));
    expect(readdirSync(dir)).toEqual(['version']);
  });

  test('--fresh refuses to forget what was made on servers that are not named now', async () => {
    openHome(dir);
    new Memory(dir).note({
      kind: 'given',
      brokers: 'a:1',
      made: { topics: ['hito.events.v1'], schemas: [], roles: [], taken: [] },
    });
    await expect(startAfresh(dir, { KAFKA_BROKERS: 'b:1', DATABASE_URL: 'postgres://x' }, () => undefined)).rejects.toThrow(
      'on the brokers a:1',
    );
    expect(existsSync(join(dir, 'installation.json'))).toBe(true);
  });

  test('is for its owner only, also where it was open before', () => {
    chmodSync(dir, 0o755);
    openHome(dir);
    for (const folder of ['.', 'keys', 'logs']) expect(statSync(join(dir, folder)).mode & 0o777).toBe(0o700);
  });

  test('keys are made once and are for their owner only', () => {
    openHome(dir);
    const keys = keysOf(dir);
    expect(keysOf(dir)).toEqual(keys);
    expect(new Set([keys.signing, keys.write, ...Object.values(keys.passwords)]).size).toBe(8);
    for (const file of readdirSync(join(dir, 'keys'))) expect(statSync(join(dir, 'keys', file)).mode & 0o777).toBe(0o600);
  });
});

describe('the plan', () => {
  const plan = (args: string[]): ReturnType<typeof planOf> => planOf(readFlags(args, now), new Memory(dir).now, now);
  const begun = (change: object = {}): void => {
    const { replay } = plan([]);
    new Memory(dir).note({
      history: replay?.history,
      until: '2026-02-01',
      replayStartedAt: '2026-03-01T00:00:00Z',
      ...change,
    });
  };

  test('at first: the example history, until yesterday', () => {
    expect(plan([])).toMatchObject({ replay: { until: '2026-02-28', done: false } });
    expect(plan(['--until', '2026-01-31'])).toMatchObject({ replay: { until: '2026-01-31' } });
    expect(plan(['--no-replay']).replay).toBeUndefined();
  });

  test('an interrupted replay goes on with its own history and date, whatever day it is; others are refused', () => {
    begun();
    expect(plan([])).toMatchObject({ replay: { until: '2026-02-01', done: false } });
    expect(() => plan(['--until', '2026-02-02'])).toThrow('ends on 2026-02-01, not on 2026-02-02');
    expect(() => plan(['--no-replay'])).toThrow('is not done');
    const other = join(dir, 'other.txt');
    writeFileSync(other, '00001 19970101 1 10.00\n');
    const refused = (): string => {
      try {
        plan(['--history', other]);
      } catch (error) {
        return (error as Error).message;
      }
      return 'taken';
    };
    expect(refused()).toMatch(/begun: .*cdnow_sample\.txt \(2,357 customers, 6,919 orders, 1997-01-01 to 1998-06-30\)/);
    expect(refused()).toContain(`now:    ${other} (1 customers, 1 orders, 1997-01-01 to 1997-01-01)`);
    expect(refused()).toContain('Leave --history out to carry on, or start anew with --fresh.');
  });

  test.each([
    ['00001 19970101 1 10.00\n00002 19970102 1 10.00\n', 'changed: customers, orders, the last day'],
    ['00001 19970101 1 12.00\n', 'changed: the content of lines; customers, orders and days are the same'],
    ['00001 19961231 1 10.00\n', 'changed: the first day, the last day'],
  ])('a history that has changed since its replay was begun is refused, with what changed (%#)', (text, words) => {
    const file = join(dir, 'mine.txt');
    writeFileSync(file, '00001 19970101 1 10.00\n');
    const { replay } = plan(['--history', file]);
    new Memory(dir).note({ history: replay?.history, until: '2026-02-01', replayStartedAt: '2026-03-01T00:00:00Z' });
    expect(plan([])).toMatchObject({ replay: { history: { file } } });
    writeFileSync(file, text);
    expect(() => plan([])).toThrow(`The history ${file} has changed since its replay was begun`);
    expect(() => plan([])).toThrow(words);
  });

  test('a finished one is not replayed again; a live installation is not replayed into', () => {
    begun({ replayDone: true, live: true });
    expect(plan([])).toMatchObject({ replay: { done: true } });
    new Memory(dir).note({ replayStartedAt: undefined, history: undefined, until: undefined, replayDone: false });
    expect(plan([]).replay).toBeUndefined();
    expect(() => plan(['--until', '2026-02-02'])).toThrow('time does not go back');
  });

  test('a missing or broken history and a broken playbook are refused before anything starts', () => {
    expect(() => plan(['--history', '/no/such/file'])).toThrow('/no/such/file does not exist');
    const badRows = join(dir, 'broken.txt');
    writeFileSync(badRows, '1 19970101 2 29.33\n1 1997xx18 2 29.73\n');
    expect(() => plan(['--history', badRows])).toThrow(Problem);
    expect(() => plan(['--history', badRows])).toThrow(`${badRows}:2: "1997xx18" is no date; expected customer id`);
    const broken = join(dir, 'broken.yaml');
    writeFileSync(broken, 'name: x\nplays: 7\n');
    expect(() => plan(['--playbook', broken])).toThrow(Problem);
    expect(() => plan(['--playbook', broken])).toThrow(`${broken}:`);
  });
});
