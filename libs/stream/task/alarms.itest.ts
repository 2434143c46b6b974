import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { topicOf } from '#contracts';
import {
  kafkaProxy,
  known,
  longHistory,
  pings,
  replayRecords,
  servers,
  silent,
  ToyCluster,
  until,
  type Proxy,
  type ToyProcess,
} from '#testing';
import { clockKey } from '../model/control.ts';
import { connectLog } from '../kafka/connect.ts';
import { deleteTopics } from '../kafka/delete-topics.ts';

const history = longHistory(400, 20);
const kafka = { brokers: [servers().broker], clientId: 'alarms-test' };
const client = new kafkajs.Kafka({ ...kafka, logLevel: kafkajs.logLevel.NOTHING });
let cluster: ToyCluster;

const alarm = async (): Promise<unknown> =>
  (await cluster.query("select stopped from task where processor = 'router'"))[0]?.['stopped'];
const cursor = async (): Promise<number> =>
  Number((await cluster.query(`select coalesce(max(next_offset), 0) as n from cursor where processor = 'router'`))[0]?.['n']);
const said = async (): Promise<number> => (await cluster.said()).result.filter((line) => line.startsWith('known')).length;
const stops = (): Promise<void> =>
  until(
    async () => (await alarm()) !== null,
    () => JSON.stringify(cluster.processes.map((process) => [process.status(), process.errors])),
  );

/** Calls among the first so many records of the replay; the others are clock records. */
const calls = (rows: number): number =>
  replayRecords(cluster.prefix, 1, history)
    .slice(0, rows)
    .filter(({ key }) => key !== clockKey).length;

/** A process that has taken and handed on so many records of the history. */
async function after(rows: number): Promise<ToyProcess> {
  const process = cluster.spawn();
  await cluster.replay(history, 0, rows);
  const unpublished = async (): Promise<unknown> => (await cluster.query('select count(*)::int as n from outbox'))[0]?.['n'];
  await until(
    async () => (await cursor()) >= rows && (await unpublished()) === 0,
    () => JSON.stringify([process.status(), process.errors]),
  );
  expect(await said()).toBe(calls(rows));
  return process;
}

async function recreated(): Promise<void> {
  const topic = topicOf(cluster.prefix, pings);
  await deleteTopics(kafka, [topic], () => false);
  const log = await connectLog(kafka, silent);
  await until(async () => (await log.partitionCounts([topic])).size === 0);
  await log.createTopics([{ topic, partitions: 1, replication: 1, config: {} }]);
  await log.close();
}

describe('a real log and a cursor that do not fit', () => {
  beforeEach(async () => {
    cluster = await new ToyCluster(1).start();
  });
  afterEach(() => cluster.stop());

  test('a topic deleted and made anew under a running task: an alarm and a stop, also for who starts later', async () => {
    const first = await after(200);
    await recreated();
    await cluster.replay(history, 200, 250);
    await stops();
    expect(await alarm()).toMatch(/stands at 200, the log ends at \d+: the topic was made anew.*fresh prefix/);
    await until(() => first.status()?.tasks[0]?.waitsFor.includes('stopped') === true);
    // It still takes what outsiders send: those records wait in the log.
    expect(first.status()?.notReady).toBeNull();
    first.child.kill('SIGTERM');
    await first.exited;
    const second = cluster.spawn();
    await until(() => second.status()?.tasks[0]?.waitsFor.includes('made anew') === true);
    expect([await said(), await cursor()]).toEqual([calls(200), 200]);
  });

  test('retention past the cursor: an alarm and a stop, no jump; confirmed, it goes on where the log begins', async () => {
    const first = await after(200);
    first.child.kill('SIGTERM');
    await first.exited;
    await cluster.replay(history, 200);
    const admin = client.admin();
    await admin.connect();
    // kafkajs wants to have heard of the topic before.
    await admin.fetchTopicOffsets(topicOf(cluster.prefix, pings));
    await admin.deleteTopicRecords({ topic: topicOf(cluster.prefix, pings), partitions: [{ partition: 0, offset: '230' }] });
    await admin.disconnect();
    cluster.spawn();
    await stops();
    expect(await alarm()).toMatch(
      /retention has overtaken.*stands at 200, the log begins at 230; 30 records are lost.*moving the cursor/,
    );
    expect([await said(), await cursor()]).toEqual([calls(200), 200]);
    // What `hito task resume` writes once it has asked.
    await cluster.query("update task set stopped = null, confirmed = true where processor = 'router'");
    await cluster.reached();
    const records = await cluster.read(topicOf(cluster.prefix, known));
    expect(records.filter(({ headers }) => /^router\/0;\d{6,};/.test(headers['hito-seq'] ?? '')).length).toBeGreaterThan(100);
    const numbers = records.flatMap(({ headers, value }) =>
      headers['hito-control'] === undefined ? [(JSON.parse(String(value)) as { n: number }).n] : [],
    );
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});

describe('an orderly stop', () => {
  let broker: Proxy;
  beforeEach(async () => {
    broker = await kafkaProxy(servers().broker);
    cluster = await new ToyCluster(1).start({ brokerPort: broker.port });
  });
  afterEach(async () => {
    await cluster.stop();
    await broker.close();
  });

  test.each([
    ['has gone', 'running'],
    ['has never been there', 'starting'],
  ])('ends in time while the broker %s', async (_what, when) => {
    broker.away = when === 'starting';
    const process = cluster.spawn();
    if (when === 'starting') await until(() => process.status()?.notReady?.includes('broker') === true);
    else {
      await cluster.replay(history, 0, 100);
      await until(async () => (await cursor()) >= 100);
      broker.away = true;
      await cluster.replay(history, 100, 200);
      await until(
        () =>
          process.status()?.tasks.some(({ waitsFor }) => waitsFor === 'broker') === true ||
          typeof process.status()?.notReady === 'string',
      );
    }
    process.child.kill('SIGTERM');
    const began = performance.now();
    expect(await process.exited).toBe(0);
    expect(performance.now() - began).toBeLessThan(25_000);
  });
});

describe('a clock that is minutes off the database’s', () => {
  beforeEach(async () => {
    cluster = await new ToyCluster(1).start();
  });
  afterEach(() => cluster.stop());

  test('lets every task rest and no new process join, until it is right again', async () => {
    // The database's clock as the processes see it: a function of their own schema stands before the system's.
    const databaseAhead = (by: string) =>
      cluster.query(
        `create or replace function clock_timestamp() returns timestamptz language sql volatile as $$ select pg_catalog.clock_timestamp() + interval '${by}' $$`,
      );
    await databaseAhead('0');
    const url = new URL(cluster.addresses.DATABASE_URL);
    url.searchParams.set('options', `-c search_path=${cluster.prefix},pg_catalog`);
    const process = cluster.spawn({ DATABASE_URL: url.href });
    await cluster.replay(history, 0, 100);
    await until(async () => (await cursor()) >= 100);
    await databaseAhead('5 minutes');
    const trouble = /clock is 300 s behind the database's: set the wrong one by NTP/;
    await until(() => trouble.test(process.status()?.notReady ?? '') && process.status()?.tasks[0]?.paused === true);
    const late = cluster.spawn({ DATABASE_URL: url.href });
    await cluster.replay(history, 100, 200);
    await until(() => trouble.test(late.status()?.notReady ?? ''));
    expect([await cursor(), late.status()?.tasks]).toEqual([100, []]);
    await databaseAhead('0');
    await until(async () => (await cursor()) >= 200);
    await until(() => late.status()?.notReady === null);
  });
});

describe('a process that is older than the states in its database', () => {
  beforeEach(async () => {
    cluster = await new ToyCluster(1).start();
  });
  afterEach(() => cluster.stop());

  test('is not ready and takes no partition, so that a rollback stops while the newer one serves', async () => {
    const newer = await after(100);
    // In a partition of its own: the running process writes its version into those that it owns.
    await cluster.query("insert into task (processor, partition, state_version) values ('router', 7, 99)");
    const older = cluster.spawn();
    await until(
      () => older.status()?.notReady?.includes('the states of router have version 99, this process knows 1') === true,
      () => JSON.stringify([older.status(), older.errors]),
    );
    expect(older.status()?.tasks).toEqual([]);
    await cluster.replay(history, 100, 200);
    await until(async () => (await cursor()) >= 200);
    expect(newer.status()?.notReady).toBeNull();
    await cluster.query('delete from task where partition = 7');
    await until(() => older.status()?.notReady === null);
  });
});
