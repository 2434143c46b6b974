import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { topicOf } from '#contracts';
import { announcements, books, ends, followers, jobs, servers, silent, steps, until, whoId } from '#testing';
import {
  clockRecord,
  runtimeSchema,
  seqHeader,
  stateSchema,
  type Described,
  type Log,
  type LogRecord,
  type Runtime,
} from '#stream';
import { connectLog } from '../kafka/connect.ts';
import { partitionOf } from '../model/partition.ts';
import { startRuntime } from './start-runtime.ts';

const prefix = `rules${randomBytes(4).toString('hex')}`;
const partitions = 2;
const people = 2_500;
const minute = 60_000;
const leadMs = 2_500;
const kafka = { brokers: [servers().broker], clientId: 'rules-test' };
const admin = new pg.Pool({ connectionString: servers().databaseUrl, max: 2 });
const runtimes: Runtime[] = [];
let log: Log;
/** Made so far. */
let calls = 0;

const announce = (name: string, quietMs: number): Promise<void> =>
  log.produce([
    {
      topic: topicOf(prefix, books),
      partition: 0,
      key: null,
      value: JSON.stringify({ content: { name, quietMs } }),
    },
  ]);

const call = (who: number, id: string): Promise<void> =>
  log.produce([
    {
      topic: topicOf(prefix, jobs),
      partition: partitionOf(whoId(String(who)), partitions),
      key: whoId(String(who)),
      value: JSON.stringify({ id, at: new Date().toISOString() }),
    },
  ]);

beforeAll(async () => {
  await admin.query(`create schema ${prefix}`);
  const client = await admin.connect();
  await client.query(
    `set search_path to ${prefix}; ${runtimeSchema} ${['first', 'second', 'first_b'].map(stateSchema).join('')} set search_path to default`,
  );
  client.release();
  log = await connectLog(kafka, silent);
  const topics = [jobs, steps, ends].map((one) => topicOf(prefix, one));
  await log.createTopics([
    ...[...topics, `${prefix}.scoring.dead-letters.v1`].map((topic) => ({ topic, partitions, replication: 1, config: {} })),
    {
      topic: topicOf(prefix, books),
      partitions: 1,
      replication: 1,
      config: { 'message.timestamp.type': 'LogAppendTime', 'retention.ms': '-1' },
    },
  ]);
  const since = Date.now() - 20 * minute;
  for (let n = 0; n < people; n++) {
    const key = whoId(String(10_000 + n));
    await admin.query(`insert into ${prefix}.first_state values ($1, $2, $3, 1, $4)`, [
      partitionOf(key, partitions),
      key,
      since + 1_000 * minute,
      Buffer.from(JSON.stringify({ since })),
    ]);
  }
}, 60_000);

afterAll(async () => {
  await Promise.all(runtimes.map((runtime) => runtime.stop()));
  await log.close();
  await admin.query(`drop schema ${prefix} cascade`);
  await admin.end();
});

/** Two processes of the service; ready when this resolves. */
async function startTwo(processors: readonly Described[]): Promise<void> {
  const url = new URL(servers().databaseUrl);
  url.searchParams.set('options', `-c search_path=${prefix}`);
  for (const n of [1, 2])
    runtimes.push(
      await startRuntime({
        service: 'scoring',
        prefix,
        partitions,
        kafka: { ...kafka, clientId: `rules-${String(n)}` },
        databaseUrl: url.href,
        logger: silent,
        processors,
        announcements: announcements(leadMs),
        sessionTimeoutMs: 6_000,
      }),
    );
  await until(
    () => runtimes.every((runtime) => runtime.notReady() === undefined),
    () => JSON.stringify(runtimes.map((runtime) => runtime.notReady())),
  );
}

test('two processes take announced rules over at one instant, on a real log and database', async () => {
  await announce('one', 1_000 * minute);
  await startTwo(followers);
  const said: LogRecord[] = [];
  const tail = await log.tail(topicOf(prefix, ends), { from: 'beginning' }, (_, records) => {
    for (const record of records) if (record.headers[seqHeader] !== undefined) said.push(record);
  });
  const announced: LogRecord[] = [];
  const versions = await log.tail(topicOf(prefix, books), { from: 'beginning' }, (_, records) => {
    announced.push(...records);
  });
  const { key, value, headers } = clockRecord({ clock: 'live' });
  await log.produce(
    Array.from({ length: partitions }, (_, partition) => ({ topic: topicOf(prefix, jobs), partition, key, value, headers })),
  );
  const until_ = async (ms: number): Promise<void> => {
    for (const end = Date.now() + ms; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50)))
      await call(calls % 7, String(calls++));
  };
  await until_(500);
  await announce('two', 10 * minute);
  await until_(leadMs + 1_500);
  await until(
    () => said.length >= calls + people,
    () => `${String(said.length)} of ${String(calls + people)}; ${JSON.stringify(runtimes.map((runtime) => runtime.status()))}`,
  );
  await tail.stop();
  await versions.stop();

  const effective = (announced[1]?.timestamp ?? 0) + leadMs;
  const decided = [...new Map(said.map((record) => [record.headers[seqHeader], record])).values()].map(
    (record) => JSON.parse(String(record.value)) as { at: string; by: string; what: string; person_id: string },
  );
  expect(decided).toHaveLength(calls + people);
  expect(decided.map(({ at, by }) => `${at} ${by}`)).toEqual(
    decided.map(({ at }) => `${at} ${Date.parse(at) < effective ? 'one' : 'two'}`),
  );
  expect(decided.map(({ what }) => what.split(' ')[0])).toEqual(decided.map(({ by }) => by));
  expect(new Set(decided.map(({ by }) => by))).toEqual(new Set(['one', 'two']));
  const quiet = decided.filter(({ what }) => what.endsWith('quiet')).map(({ person_id }) => person_id);
  expect(quiet).toHaveLength(people);
  expect(new Set(quiet).size).toBe(people);
}, 90_000);

test('a second lane takes over from a first one while people go on, on a real log and database', async () => {
  await Promise.all(runtimes.splice(0).map((runtime) => runtime.stop()));
  const [first, ...others] = followers as [Described, ...Described[]];
  const rulesOf = (content: unknown) => ({ ...(content as object), name: 'b' });
  await startTwo([{ ...first, second: { lane: 'first_b', from: Date.now() + 2_000, rulesOf } }, ...others]);
  const said = new Map<string, { by: string; what: string; person_id: string }>();
  const tail = await log.tail(topicOf(prefix, steps), { from: 'beginning' }, (_, records) => {
    for (const { headers, value } of records)
      if (headers[seqHeader] !== undefined) said.set(headers[seqHeader], JSON.parse(String(value)) as never);
  });
  const ofLanes = () => runtimes.flatMap((runtime) => runtime.status()).filter(({ processor }) => processor.startsWith('first'));
  await until(
    async () => {
      await call(calls % 7, String(calls++));
      await new Promise((resolve) => setTimeout(resolve, 50));
      const tasks = ofLanes();
      return tasks.length === partitions && tasks.every(({ processor, silent: still }) => processor === 'first_b' && !still);
    },
    () => JSON.stringify(ofLanes()),
  );
  for (let n = 0; n < 7; n++) await call(n, String(calls++));
  const decided = () => [...said.values()].filter(({ what }) => what !== 'quiet');
  await until(
    () => decided().length >= calls,
    () => `${String(decided().length)} of ${String(calls)}; ${JSON.stringify(ofLanes())}`,
  );
  await tail.stop();

  expect(
    decided()
      .map(({ what }) => Number(what))
      .sort((a, b) => a - b),
  ).toEqual(Array.from({ length: calls }, (_, n) => n));
  expect(
    new Set(
      decided()
        .slice(-7)
        .map(({ by }) => by),
    ),
  ).toEqual(new Set(['b']));
  const left = async () => (await admin.query(`select 1 from ${prefix}.first_state limit 1`)).rowCount;
  await until(async () => (await left()) === 0);
  const { rows } = await admin.query(`select key from ${prefix}.first_b_state order by key`);
  expect(rows.map(({ key }) => String(key))).toEqual(Array.from({ length: 7 }, (_, n) => whoId(String(n))));
}, 90_000);
