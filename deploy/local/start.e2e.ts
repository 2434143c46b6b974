import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './process/identity.ts';
import { endLeftovers, records } from './process/records.ts';
import { root } from './root.ts';

/** The local start as a user runs it, over a small piece of the history: killed in the middle, carried on, live, stopped, started again. */

const customers = 40;
let home: string;
let history: string;
let running: Started | undefined;

interface Started {
  readonly child: ChildProcess;
  said(): string;
  /** Resolves when the words were said; rejects when it ended without. */
  says(words: string): Promise<void>;
  readonly ended: Promise<number | null>;
}

function start(program: string, ...args: string[]): Started {
  const env = {
    ...process.env,
    HITO_HOME: home,
    HITO_PARTITIONS: '3',
    HITO_INFRASTRUCTURE: 'embedded',
    KAFKA_BROKERS: '',
    DATABASE_URL: '',
    NODE_OPTIONS: '',
  };
  const child = spawn(process.execPath, [join(root, 'dist', 'deploy', 'local', program), ...args], {
    env,
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    ended,
    said: () => text,
    async says(words) {
      while (!text.includes(words)) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended without saying "${words}":\n${text}`);
        await sleep(50);
      }
    },
  };
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'hito-start-'));
  chmodSync(home, 0o755);
  const lines = readFileSync(join(root, 'examples', 'cdnow', 'cdnow_sample.txt'), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const chosen = new Set([...new Set(lines.map((line) => line.trim().split(/\s+/)[0]))].slice(0, customers));
  history = join(home, '..', `${String(process.pid)}-history.txt`);
  writeFileSync(history, `${lines.filter((line) => chosen.has(line.trim().split(/\s+/)[0])).join('\n')}\n`);
});

afterAll(async () => {
  running?.child.kill('SIGTERM');
  await running?.ended;
  await endLeftovers(home, { graceMs: 5_000 });
  rmSync(home, { recursive: true, force: true });
  rmSync(history, { force: true });
}, 120_000);

test('killed in the middle of the replay it is carried on, with the same date, and ends live', async () => {
  const first = start('start.js', '--history', history, '--until', '2026-01-31');
  await first.says('replaying');
  while (!existsSync(join(home, 'replay.json'))) await sleep(20);
  first.child.kill('SIGKILL');
  await first.ended;
  const left = records(home);
  expect(left.map(({ name }) => name)).toEqual(expect.arrayContaining(['kafka', 'postgres', 'inbox', 'ingestion', 'delivery']));

  running = start('start.js');
  await running.says('ended what an earlier start left running');
  expect(left.filter(({ rank }) => rank !== 'infrastructure').some(isAlive)).toBe(false);
  await running.says('its last day moved to 2026-01-31');
  await running.says('live. Ask for a mail');
  expect(left.some(isAlive)).toBe(false);
  const summary = JSON.parse(readFileSync(join(home, 'summary.json'), 'utf8')) as {
    persons: number;
    mails: Record<string, number>;
  };
  expect(summary.persons).toBe(customers);
  expect(summary.mails).toMatchObject({ pending: 0, in_doubt: 0 });
  expect(summary.mails['accepted']).toBeGreaterThan(customers);
  expect(summary.mails['in_inbox']).toBe(summary.mails['accepted']);
  expect(summary.mails['distinct_message_ids']).toBe(summary.mails['accepted']);
}, 420_000);

test('a second start is told that it is running already', async () => {
  const second = start('start.js');
  expect(await second.ended).toBe(1);
  expect(second.said()).toContain('running already');
}, 30_000);

test('the printed curl line brings its mail into the inbox', async () => {
  const line = /^ {2}(curl .*)$/m.exec(running?.said() ?? '')?.[1];
  const inbox = /inbox +(http\S+)/.exec(readFileSync(join(home, 'urls'), 'utf8'))?.[1];
  expect(execFileSync('bash', ['-c', `${String(line)} -o /dev/null -w '%{http_code}'`], { encoding: 'utf8' })).toBe('200');
  const from = Date.now();
  for (;;) {
    const { total } = (await (await fetch(`${String(inbox)}api/mails?to=you@example.com`)).json()) as { total: number };
    if (total === 1) break;
    if (Date.now() - from > 20_000) throw new Error('no mail after 20 s');
    await sleep(100);
  }
}, 40_000);

test('npm stop ends all in good order; the next start does not replay again', async () => {
  const before = records(home);
  const stop = start('stop.js');
  expect(await stop.ended).toBe(0);
  expect(await running?.ended).toBe(0);
  expect(running?.said()).not.toContain('had to be forced');
  expect(before.some(isAlive)).toBe(false);
  expect(records(home)).toEqual([]);

  running = start('start.js');
  await running.says('live. Ask for a mail');
  expect(running.said()).not.toContain('replaying');
  running.child.kill('SIGINT');
  expect(await running.ended).toBe(0);
  running = undefined;
}, 300_000);
