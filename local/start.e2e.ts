import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import { parseHistory } from '../services/ingestion/replay/history.ts';
import { schedule } from '../services/ingestion/replay/schedule.ts';
import { once } from '#testing';
import { decisionLine, decisionsInMemory } from '../test/shop/in-memory.ts';
import { removeWithPostgres } from './infrastructure/postgres/folder.ts';
import { endOfHistory } from './launcher/end-of-history.ts';
import { brokerOptions } from './launcher/kafka-client.ts';
import { isAlive } from './process/identity.ts';
import { endLeftovers, records } from './process/records.ts';
import { root } from './root.ts';
import { gather } from './summary/gather/gather.ts';
import { start as launch, type Started } from './testing/started.ts';

/** The local start as a user runs it, over a small piece of the history: killed in the middle, carried on, live, stopped, started again. */

const customers = 40;
const until = '2026-01-31';
let home: string;
let history: string;
let ticks: number;
/** The last start; it may have ended. */
let running: Started | undefined;

/** Parts of the replay after which it is held until a test goes on: by number of ticks, so that no machine is too fast or too slow. */
type Part = 0.05 | 0.15 | 0.25 | 0.35 | 0.45 | 0.6 | 0.75;

const launched = (program: string, parts: readonly Part[], ...args: string[]): Started =>
  launch(
    {
      HITO_HOME: home,
      HITO_PARTITIONS: '3',
      HITO_INFRASTRUCTURE: 'embedded',
      KAFKA_BROKERS: '',
      DATABASE_URL: '',
      HITO_FAILPOINTS: parts.map((part) => `tick-${String(Math.floor(part * ticks))}:1:stop`).join(','),
    },
    program,
    ...args,
  );

let named = false;
/** `npm start`, with a replay that stands still at these parts. Only the first start names the history. */
function start(...parts: Part[]): Started {
  running = launched('start.js', parts, ...(named ? [] : ['--history', history, '--until', until]));
  named = true;
  return running;
}

/** Whether a process stands still, as `ps` has it. */
const isStopped = (pid: number): boolean =>
  spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
    .stdout.trim()
    .startsWith('T');

const goesOn = (): boolean => running?.child.exitCode === null && running.child.signalCode === null;

/** Waits until the replay stands still at the next part; answers its process. */
async function held(): Promise<number> {
  for (;;) {
    if (!goesOn()) throw new Error(`the start ended before its replay was held:\n${String(running?.said())}`);
    const replay = records(home).find(({ name }) => name === 'replay');
    if (replay !== undefined && isStopped(replay.pid)) return replay.pid;
    if (running?.said().includes('everything is accounted for') === true)
      throw new Error('the replay was not held before its end');
    await sleep(50);
  }
}

/** `kill -9` for a process of the local start while the replay stands still, which then goes on. */
async function killed(name: string): Promise<void> {
  const replay = await held();
  const victim = records(home).find((one) => one.name === name);
  if (victim === undefined) throw new Error(`there is no process ${name}`);
  process.kill(victim.pid, 'SIGKILL');
  if (name !== 'replay') process.kill(replay, 'SIGCONT');
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'hito-start-'));
  const lines = readFileSync(join(root, 'examples', 'cdnow', 'cdnow_sample.txt'), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const chosen = new Set([...new Set(lines.map((line) => line.trim().split(/\s+/)[0]))].slice(0, customers));
  history = join(home, '..', `${String(process.pid)}-history.txt`);
  const text = `${lines.filter((line) => chosen.has(line.trim().split(/\s+/)[0])).join('\n')}\n`;
  writeFileSync(history, text);
  // As the replayer makes them where nothing else is set.
  ticks = [...schedule(parseHistory(text, history), { until: Date.parse(until), tickMs: 900_000 })].length;
});

afterAll(async () => {
  running?.child.kill('SIGTERM');
  await running?.ended;
  await endLeftovers(home, { graceMs: 5_000 });
  removeWithPostgres(home);
  rmSync(history, { force: true });
});

/** Begins the replay and ends it by Ctrl-C. */
const interrupted = once(async () => {
  const first = start(0.05);
  await held();
  first.child.kill('SIGINT');
  return { code: await first.ended, said: first.said(), left: records(home) };
});

/** Goes on after that; kills the launcher; answers with what it leaves. */
const abandoned = once(async () => {
  await interrupted();
  const second = start(0.15);
  await held();
  second.child.kill('SIGKILL');
  await second.ended;
  return { said: second.said(), left: records(home) };
});

const resumed = once(async () => {
  await abandoned();
  start(0.25, 0.35, 0.45, 0.6, 0.75);
  await running?.says('ended what an earlier start left running');
});

/** What `npm start` printed, live behind a whole replay: of the test before where it came so far, else of a start for this test. */
async function live(): Promise<Started> {
  if (running === undefined || !goesOn() || !running.said().includes('live. Ask for a mail')) {
    running?.child.kill('SIGKILL');
    await running?.ended;
    start();
  }
  if (running === undefined) throw new Error('nothing was started');
  await running.says('live. Ask for a mail');
  return running;
}

test('Ctrl-C in the middle of the replay ends all in good order', async () => {
  const { code, said, left } = await interrupted();
  expect(code).toBe(130);
  expect(said).toContain('stopped');
  expect(said).not.toContain('had to be forced');
  expect(left).toEqual([]);
});

test('killed in the middle of the replay, the launcher is started again and carries on, with the same date', async () => {
  const { said, left } = await abandoned();
  expect(said).toContain(`its last day moved to ${until}`);
  expect(left.map(({ name }) => name)).toEqual(expect.arrayContaining(['kafka', 'postgres', 'inbox', 'ingestion', 'delivery']));

  await resumed();
  expect(left.filter(({ rank }) => rank !== 'infrastructure').some(isAlive)).toBe(false);
  await running?.says(`its last day moved to ${until}`);
  expect(left.some(isAlive)).toBe(false);
});

test('whatever else is killed comes back, and at the end nothing is missing and nothing there twice', async () => {
  await resumed();
  await killed('replay');
  await killed('orchestration');
  await killed('delivery');
  await killed('postgres');
  await killed('kafka');
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
  await live();
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
  await live();
  const second = launched('start.js', []);
  expect(await second.ended).toBe(1);
  expect(second.said()).toContain('running already');
});

test('the printed curl line brings its mail into the inbox', async () => {
  const line = /^ {2}(curl .*)$/m.exec((await live()).said())?.[1];
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
  const first = await live();
  const before = records(home);
  const stop = launched('stop.js', []);
  expect(await stop.ended).toBe(0);
  expect(await first.ended).toBe(0);
  expect(first.said()).not.toContain('had to be forced');
  expect(before.some(isAlive)).toBe(false);
  expect(records(home)).toEqual([]);

  const next = start();
  await next.says('live. Ask for a mail');
  expect(next.said()).not.toContain('replaying');
  next.child.kill('SIGINT');
  expect(await next.ended).toBe(0);
}, 300_000);
