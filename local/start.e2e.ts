import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import { decisionLine, decisionsInMemory } from '../test/shop/in-memory.ts';
import { removeWithPostgres } from './infrastructure/postgres/folder.ts';
import { endOfHistory } from './launcher/end-of-history.ts';
import { brokerOptions } from './launcher/kafka-client.ts';
import { lastTold } from './launcher/replay.ts';
import { isAlive } from './process/identity.ts';
import { logFileOf } from './process/launch.ts';
import { endLeftovers, records } from './process/records.ts';
import { root } from './root.ts';
import { gather } from './summary/gather/gather.ts';
import { start as launch, type Started } from './testing/started.ts';

/** The local start as a user runs it, over a small piece of the history: killed in the middle, carried on, live, stopped, started again. */

const customers = 40;
const until = '2026-01-31';
let home: string;
let history: string;
let running: Started | undefined;

const start = (program: string, ...args: string[]): Started =>
  launch(
    {
      HITO_HOME: home,
      HITO_PARTITIONS: '3',
      HITO_INFRASTRUCTURE: 'embedded',
      KAFKA_BROKERS: '',
      DATABASE_URL: '',
      // A slow replay: it takes a while between two kills.
      HITO_REPLAY_AHEAD_TICKS: '2',
    },
    program,
    ...args,
  );

/** Waits until the replay has sent this share of its events. */
async function replayed(share: number): Promise<void> {
  for (;;) {
    const told = lastTold(logFileOf(home, 'replay'));
    if (told !== undefined && told.events / told.total >= share) return;
    await sleep(20);
  }
}

/** `kill -9` for a process of the local start, when the replay has come so far. */
async function killed(name: string, share: number): Promise<void> {
  await replayed(share);
  for (;;) {
    // What an earlier replay has told counts too: the launcher may only now be starting this one.
    const victim = records(home).find((one) => one.name === name);
    if (victim !== undefined) return void process.kill(victim.pid, 'SIGKILL');
    if (running?.said().includes('everything is accounted for') === true) throw new Error(`${name} was not met before the end`);
    await sleep(20);
  }
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'hito-start-'));
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
  removeWithPostgres(home);
  rmSync(history, { force: true });
});

test('Ctrl-C in the middle of the replay ends all in good order', async () => {
  const first = start('start.js', '--history', history, '--until', until);
  await first.says('replaying');
  await replayed(0.05);
  first.child.kill('SIGINT');
  expect(await first.ended).toBe(130);
  expect(first.said()).toContain('stopped');
  expect(first.said()).not.toContain('had to be forced');
  expect(records(home)).toEqual([]);
});

test('killed in the middle of the replay, the launcher is started again and carries on, with the same date', async () => {
  const second = start('start.js');
  await second.says(`its last day moved to ${until}`);
  await replayed(0.15);
  second.child.kill('SIGKILL');
  await second.ended;
  const left = records(home);
  expect(left.map(({ name }) => name)).toEqual(expect.arrayContaining(['kafka', 'postgres', 'inbox', 'ingestion', 'delivery']));

  running = start('start.js');
  await running.says('ended what an earlier start left running');
  expect(left.filter(({ rank }) => rank !== 'infrastructure').some(isAlive)).toBe(false);
  await running.says(`its last day moved to ${until}`);
  expect(left.some(isAlive)).toBe(false);
});

test('whatever else is killed comes back, and at the end nothing is missing and nothing there twice', async () => {
  await killed('replay', 0.25);
  await killed('orchestration', 0.35);
  await killed('delivery', 0.45);
  await killed('postgres', 0.6);
  await killed('kafka', 0.75);
  await running?.says('everything is accounted for');
  for (const who of ['replay', 'orchestration', 'delivery']) expect(running?.said()).toContain(`${who} ended (SIGKILL)`);
  for (const who of ['Postgres', 'Kafka']) expect(running?.said()).toContain(`${who} died; it is started again`);
  await running?.says('live. Ask for a mail');
  const summary = JSON.parse(readFileSync(join(home, 'summary.json'), 'utf8')) as {
    persons: number;
    mails: Record<string, number>;
  };
  expect(summary.persons).toBe(customers);
  expect(summary.mails['accepted']).toBeGreaterThan(customers);
  expect(summary.mails['distinct_message_ids']).toBe(summary.mails['in_inbox']);
}, 300_000);

test('its decisions are those of an undisturbed replay, id for id', async () => {
  const env = parseEnv(readFileSync(join(home, 'env'), 'utf8'));
  const { topics } = await gather({
    prefix: 'hito',
    kafka: brokerOptions([String(env['KAFKA_BROKERS'])], {}),
    adminUrl: String(env['DATABASE_URL']),
    inboxDir: join(home, 'inbox'),
  });
  // What was still deferred has been decided live meanwhile.
  const ofReplay = topics.decisions.filter(({ at }) => at < endOfHistory(until));
  const playbook = join(root, 'examples', 'shop', 'playbook.yaml');
  expect(ofReplay.map(decisionLine).sort()).toEqual(await decisionsInMemory({ history, until, playbook }));
});

test('a second start is told that it is running already', async () => {
  const second = start('start.js');
  expect(await second.ended).toBe(1);
  expect(second.said()).toContain('running already');
});

test('the printed curl line brings its mail into the inbox', async () => {
  const line = /^ {2}(curl .*)$/m.exec(running?.said() ?? '')?.[1];
  const inbox = /inbox +(http\S+)/.exec(readFileSync(join(home, 'urls'), 'utf8'))?.[1];
  const from = Date.now();
  expect(JSON.parse(execFileSync('bash', ['-c', String(line)], { encoding: 'utf8' }))).toMatchObject({ success: true });
  for (;;) {
    const { total } = (await (await fetch(`${String(inbox)}api/mails?to=you@example.com`)).json()) as { total: number };
    if (total === 1) break;
    expect(total).toBe(0);
    if (Date.now() - from > 120_000) throw new Error('no mail after two minutes');
    await sleep(50);
  }
  process.stderr.write(`the mail of the curl line lay in the inbox after ${String(Date.now() - from)} ms\n`);
});

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
