import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { writePartOfHistory } from '../test/kill/history.ts';
import { once } from '#testing';
import { decisionLine, decisionsInMemory } from '../test/shop/in-memory.ts';
import { startAfresh } from './launcher/fresh.ts';
import { brokerOptions, withLog } from './launcher/kafka-client.ts';
import { endLeftovers } from './process/records.ts';
import { root } from './root.ts';
import type { Evidence } from './summary/evidence.ts';
import { gather } from './summary/gather/gather.ts';
import { expectation } from './summary/oracle/expect.ts';
import { summaryOf } from './summary/summary.ts';
import { verify } from './summary/verify/verify.ts';
import { start, type Started } from './testing/started.ts';

/** The local start on servers that others use too: it refuses what it cannot have to itself, and takes away only what it made. */

const prefix = `given-${String(process.pid)}`;
const schemas = prefix.replaceAll('-', '_');
const brokers = process.env['TEST_KAFKA_BROKERS'] ?? '';
const database = process.env['TEST_DATABASE_URL'] ?? '';
const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING });
const admin = kafka.admin();
const sql = new pg.Client({ connectionString: database });

let home: string;
let history: string;
const launch = (...args: string[]): Started =>
  start(
    { HITO_HOME: home, HITO_PREFIX: prefix, HITO_PARTITIONS: '3', KAFKA_BROKERS: brokers, DATABASE_URL: database },
    'start.js',
    ...args,
  );

const playbook = join(root, 'examples', 'shop', 'playbook.yaml');
const until = '2026-01-31';
const inbox = (): string => join(home, 'inbox');
const evidenceNow = (): Promise<Evidence> =>
  gather({ prefix, kafka: brokerOptions([brokers], {}), adminUrl: database, inboxDir: inbox() });

/** The checks that fail on this evidence. */
const failing = (evidence: Evidence): string[] =>
  verify(summaryOf(evidence, 0), expectation(readFileSync(history, 'utf8'), readFileSync(playbook, 'utf8'), until), evidence).map(
    ({ check }) => check,
  );

/** Not by kafkajs alone: its wait for leaders gives up at the first answer that does not know the topic yet. */
const makeTopic = (topic: string, partitions: number): Promise<string[]> =>
  withLog(brokerOptions([brokers], {}), (log) => log.createTopics([{ topic, partitions, replication: 1, config: {} }]));
const topicsThere = async (): Promise<string[]> => (await admin.listTopics()).filter((topic) => topic.startsWith(prefix)).sort();
const groupsThere = async (): Promise<string[]> =>
  (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter((group) => group.startsWith(`${prefix}.`));
const namesOf = async (query: string): Promise<string[]> =>
  (await sql.query<{ name: string }>(query, [`${schemas}%`])).rows.map(({ name }) => name);
const schemasThere = (): Promise<string[]> =>
  namesOf('select nspname as name from pg_namespace where nspname like $1 order by 1');
const rolesThere = (): Promise<string[]> => namesOf('select rolname as name from pg_roles where rolname like $1 order by 1');

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'hito-given-'));
  chmodSync(home, 0o755);
  history = `${home}-history.txt`;
  writePartOfHistory(history, { nth: 120 });
  await Promise.all([admin.connect(), sql.connect()]);
});

afterAll(async () => {
  await endLeftovers(home, { graceMs: 5_000 });
  await admin.deleteTopics({ topics: await topicsThere() });
  for (const schema of await schemasThere()) await sql.query(`drop schema ${pg.escapeIdentifier(schema)} cascade`);
  for (const role of await rolesThere()) {
    await sql.query(`drop owned by ${pg.escapeIdentifier(role)}`);
    await sql.query(`drop role ${pg.escapeIdentifier(role)}`);
  }
  await Promise.all([admin.disconnect(), sql.end()]);
  rmSync(home, { recursive: true, force: true });
  rmSync(history, { force: true });
});

/** A replay that was killed in its middle and carried on; what the second start printed. */
const replayed = once(async (): Promise<{ readonly code: number | null; readonly said: string }> => {
  await sql.query(`create schema ${schemas}_stages`);
  const first = launch('--once', '--history', history, '--until', until);
  await first.says('replaying');
  while (!existsSync(join(home, 'replay.json'))) await new Promise((resolve) => setTimeout(resolve, 20));
  first.child.kill('SIGKILL');
  await first.ended;
  const second = launch('--once');
  return { code: await second.ended, said: second.said() };
});

test('a replay refuses topics and schemas of others, names them, and makes nothing', async () => {
  await makeTopic(`${prefix}.events.v1`, 3);
  await sql.query(`create schema ${schemas}_scoring; create table ${schemas}_scoring.theirs (n int)`);
  const refused = launch('--once', '--history', history, '--until', until);
  expect(await refused.ended).toBe(1);
  expect(refused.said()).toContain(`topic ${prefix}.events.v1`);
  expect(refused.said()).toContain(`schema ${schemas}_scoring`);
  expect(refused.said()).toContain('Choose another HITO_PREFIX, or start with --no-replay.');
  expect(refused.said()).not.toMatch(/^ {4}at /m);
  expect(await topicsThere()).toEqual([`${prefix}.events.v1`]);
  expect(await schemasThere()).toEqual([`${schemas}_scoring`]);
  expect(await rolesThere()).toEqual([]);
  await admin.deleteTopics({ topics: [`${prefix}.events.v1`] });
  await sql.query(`drop schema ${schemas}_scoring cascade`);
});

test('with names of its own it replays, also into an empty schema that an administrator had made, and carries on after a kill', async () => {
  const second = await replayed();
  expect(second).toMatchObject({ code: 0 });
  expect(second.said).toContain('its last day moved to 2026-01-31');
  expect(second.said).toContain('everything is accounted for');
  // Its servers have ended: what it says behind the summary names no address of theirs.
  expect(second.said.split('everything is accounted for').at(-1)).not.toMatch(/https?:|127\.0\.0\.1|curl/);
  expect(existsSync(join(home, 'urls'))).toBe(false);
  expect((JSON.parse(readFileSync(join(home, 'summary.json'), 'utf8')) as { persons: number }).persons).toBe(20);
}, 300_000);

test('its decisions are those of an undisturbed replay in memory, id for id', async () => {
  await replayed();
  const { topics } = await evidenceNow();
  expect(topics.decisions.map(decisionLine).sort()).toEqual(await decisionsInMemory({ history, until, playbook }));
});

test('one mail taken from the inbox: the next start says so and its exit code is 1', async () => {
  await replayed();
  expect(failing(await evidenceNow())).toEqual([]);
  const mail = join(inbox(), '7.eml');
  renameSync(mail, `${mail}.aside`);
  expect(failing(await evidenceNow())).toContain('accepted mails, each once in the inbox');
  const told = launch('--once');
  expect(await told.ended).toBe(1);
  expect(told.said()).toContain('NOT accounted for:\n');
  expect(told.said()).toContain('accepted mails, each once in the inbox: expected ');
  renameSync(`${mail}.aside`, mail);
  expect(failing(await evidenceNow())).toEqual([]);
});

test('one milestone taken from the table, one decision from the topic: the check that is about it fails', async () => {
  await replayed();
  const whole = await evidenceNow();
  const { decisions } = whole.topics;
  const sent = decisions.findIndex(({ decision }) => decision === 'sent');
  const without = { ...whole, topics: { ...whole.topics, decisions: decisions.toSpliced(sent, 1) } };
  expect(failing(without)).toContain('one mail for each sent decision');

  await sql.query(
    `delete from ${schemas}_milestones.milestones_state where key = (select min(key) from ${schemas}_milestones.milestones_state)`,
  );
  expect(failing(await evidenceNow())).toContain('milestones in the table = milestones on the topic');
});

test('--fresh takes away what was made here, and nothing of others; --no-replay starts there and goes live', async () => {
  await replayed();
  const theirs = `${prefix}.theirs`;
  await makeTopic(theirs, 1);
  await admin.setOffsets({ groupId: theirs, topic: theirs, partitions: [{ partition: 0, offset: '0' }] });
  await sql.query(`create schema ${schemas}_theirs; create role ${schemas}_theirs`);
  const tables = `select count(*)::int as n from pg_class c join pg_namespace n on n.oid = relnamespace where relkind = 'r' and nspname = $1`;
  const made = await topicsThere();
  expect(made.length).toBeGreaterThan(10);

  const mistaken = launch('--fresh', '--history', '/nowhere.txt');
  expect(await mistaken.ended).toBe(1);
  expect(mistaken.said()).toContain('The history /nowhere.txt does not exist');
  expect(await topicsThere()).toEqual(made);

  // What --fresh does before it starts anew.
  const said: string[] = [];
  await startAfresh(home, { KAFKA_BROKERS: brokers, DATABASE_URL: database }, (line) => said.push(line));
  expect(said).toContain(`deleted ${String(made.length - 1)} topics and 5 schemas that an earlier start had made`);
  expect(await topicsThere()).toEqual([theirs]);
  expect(await groupsThere()).toEqual([theirs]);
  expect(await schemasThere()).toEqual([`${schemas}_stages`, `${schemas}_theirs`]);
  expect((await sql.query<{ n: number }>(tables, [`${schemas}_stages`])).rows).toEqual([{ n: 0 }]);
  expect(await rolesThere()).toEqual([`${schemas}_theirs`]);

  await sql.query(`create role ${schemas}_scoring login password 'theirs'`);
  const refused = launch('--no-replay');
  expect(await refused.ended).toBe(1);
  expect(refused.said()).toContain(`would change their passwords:\n  role ${schemas}_scoring\n`);
  await sql.query(`drop role ${schemas}_scoring`);

  const live = launch('--no-replay');
  await live.says('live. Ask for a mail');
  live.child.kill('SIGINT');
  expect(await live.ended).toBe(0);
});
