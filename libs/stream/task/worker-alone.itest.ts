import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { topicOf } from '#contracts';
import { chores, errandTable, known, MemoryLog, runner, servers, silent, until } from '#testing';
import { PostgresStore } from '../postgres/store.ts';
import { runtimeSchema } from '../postgres/schema.ts';
import type { Sql } from '../model/processor.ts';
import type { TaskId, WorkerFence, WorkerWork } from '../model/store.ts';
import type { Worker, WorkerSession } from '../model/worker.ts';
import { WorkerTask } from './worker-task.ts';

/** The answer to one COMMIT is lost on the way. */
class LossyStore extends PostgresStore {
  lose = false;
  acquired = 0;

  override acquire(...task: Parameters<PostgresStore['acquire']>): ReturnType<PostgresStore['acquire']> {
    this.acquired++;
    return super.acquire(...task);
  }

  override async worker<R>(
    task: TaskId,
    fence: WorkerFence | null,
    work: (sql: Sql) => Promise<WorkerWork<R>>,
  ): Promise<{ result: R } | undefined> {
    const done = await super.worker(task, fence, work);
    if (this.lose) {
      this.lose = false;
      throw new Error('the connection was cut after COMMIT');
    }
    return done;
  }
}

const schema = `alone${randomBytes(4).toString('hex')}`;
const messages = topicOf('toy', known);
let admin: pg.Client;
let store: LossyStore;
let log: MemoryLog;
let task: WorkerTask;

function start(worker = runner(false)): WorkerTask {
  task = new WorkerTask({
    worker,
    prefix: 'toy',
    group: 'toy.runner',
    partition: 0,
    store,
    log,
    subscription: {
      seek: () => undefined,
      pause: () => undefined,
      commit: async (offsets) => {
        const subscription = await log.subscribe(
          { group: 'toy.runner', topics: [], version: 0, sessionTimeoutMs: 1_000 },
          { assigned: () => undefined, records: () => undefined, crashed: () => undefined },
        );
        await subscription.commit(offsets);
        await subscription.stop();
      },
    },
    logger: silent,
    // A worker that takes itself for fenced rests for longer than this test has patience.
    sessionTimeoutMs: 600_000,
  });
  task.start();
  return task;
}
const errands = (from: number, to: number) =>
  admin.query('insert into errand select 0, n from generate_series($1::int, $2::int) n', [from, to]);
const ran = async (): Promise<number> =>
  (await admin.query<{ n: number }>('select count(*)::int as n from errand where runs = 1')).rows[0]?.n ?? 0;
const published = (): number => log.read(topicOf('toy', chores)).length;
const waits = (): string => JSON.stringify(task.status());

beforeAll(async () => {
  admin = new pg.Client({ connectionString: servers().databaseUrl });
  await admin.connect();
});
beforeEach(async () => {
  await admin.query(`create schema ${schema}; set search_path to ${schema}; ${runtimeSchema} ${errandTable}`);
  const url = new URL(servers().databaseUrl);
  url.searchParams.set('options', `-c search_path=${schema}`);
  store = new LossyStore(url.href, silent, 4);
  log = new MemoryLog(1);
  await log.produce(Array.from({ length: 9 }, () => ({ topic: messages, partition: 0, key: null, value: 'x' })));
});
afterEach(async () => {
  task.abandon();
  await store.close();
  await admin.query(`drop schema ${schema} cascade`);
});
afterAll(() => admin.end());

test('a worker whose COMMIT was done but not answered is taken anew at once and publishes it', async () => {
  start();
  await errands(1, 10);
  await until(async () => (await ran()) === 10 && published() === 10, waits);
  store.lose = true;
  await errands(11, 30);
  await until(async () => (await ran()) === 30 && published() === 30, waits);
  expect(store.acquired).toBe(2);
  expect(new Set(log.read(topicOf('toy', chores)).map(({ headers }) => headers['hito-seq'])).size).toBe(30);
});

test('a worker that an operator has paused does nothing, and all of it once after the resume', async () => {
  const pause = (reason: string | null) => admin.query("update task set paused = $1 where processor = 'runner'", [reason]);
  await store.acquire('runner', 0);
  await pause('a look at it');
  await errands(1, 10);
  start();
  await until(() => task.status().waitsFor === 'paused: a look at it', waits);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect([await ran(), published()]).toEqual([0, 0]);
  await pause(null);
  task.hold((await store.look()).paused);
  await until(async () => (await ran()) === 10 && published() === 10, waits);
});

test.each([[false], [true]])(
  'a session that has ended commits nothing, although its process owns the partition again (together: %s)',
  async (together) => {
    const sessions: WorkerSession[] = [];
    const idle: Worker = {
      ...runner(false),
      async run(session) {
        sessions.push(session);
        await new Promise((resolve) => {
          session.signal.addEventListener('abort', resolve);
        });
      },
    };
    start(idle);
    await until(() => sessions.length === 1, waits);
    const [stale] = sessions as [WorkerSession];
    task.hold(new Map([['runner/0', 'for a moment']]));
    task.hold(new Map());
    await until(() => sessions.length === 2, waits);
    const work = { result: 1, tally: { stale: 1 } };
    if (together) {
      const { held } = await stale.together([], (_sql, held) =>
        Promise.resolve({ result: 1, commits: held.has(0) ? new Map([[0, { tally: work.tally }]]) : new Map() }),
      );
      expect([...held]).toEqual([]);
    } else await expect(stale.transaction(() => Promise.resolve(work))).rejects.toThrow(/runner\/0 epoch 1/);
    expect((await admin.query("select 1 from tally where name = 'stale'")).rows).toEqual([]);
    expect(await sessions[1]?.transaction(() => Promise.resolve(work))).toBe(1);
  },
);

test('a worker stops on a database that went back, and learns what it missed once it is resumed', async () => {
  start();
  await errands(1, 5);
  await until(async () => (await ran()) === 5, waits);
  await task.stop();
  const places = () => admin.query<{ next_offset: string }>("select next_offset from cursor where processor = 'runner'");
  expect((await places()).rows).toEqual([{ next_offset: '0' }]);
  // The group knows more than the database does.
  const subscription = await log.subscribe(
    { group: 'toy.runner', topics: [], version: 0, sessionTimeoutMs: 1_000 },
    { assigned: () => undefined, records: () => undefined, crashed: () => undefined },
  );
  await subscription.commit([{ topic: messages, partition: 0, offset: 7 }]);
  await errands(6, 9);
  start();
  await until(() => task.status().stopped, waits);
  expect(task.status().waitsFor).toMatch(/had committed 7, the database stands at 0: the database went back.*hito task resume/);
  expect(await ran()).toBe(5);
  await admin.query('update task set stopped = null, confirmed = true');
  await until(async () => (await ran()) === 9, waits);
  const { rows } = await admin.query<{ due: boolean; raised: boolean }>(
    'select recover_from is not null as due, incarnation > 1000 as raised from task',
  );
  // This worker has no use for it and never says that it is done: it stays on record for the next owner.
  expect(rows).toEqual([{ due: true, raised: true }]);
});
