/** A real Postgres and a misbehaving SMTP server for the tests of the sender; importing it sets both up and cleans up between tests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import pg from 'pg';
import type { Recovery } from '#stream';
import { applyEffects } from '../mails/apply.ts';
import type { Effect, NewMail } from '../domain/effect.ts';
import type { SenderOptions } from '../sending/options.ts';
import { MisbehavingSmtp } from './misbehaving-smtp.ts';
import { startPostgres } from './postgres.ts';
import { runSender, senderOptions, testHash } from './sender.ts';
import { TestSession, testTables } from './session.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
export let pool: pg.Pool;
export let smtp: MisbehavingSmtp;
export let running: { session: TestSession; done: Promise<void>; options: SenderOptions }[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  pool = new pg.Pool({ connectionString: postgres.url, max: 20 });
  // Some tests and the end of the suite take connections away; an idle one that is lost is no failure.
  pool.on('error', () => undefined);
  await pool.query(testTables);
});
afterAll(async () => {
  await pool.end();
  await postgres.stop();
});
beforeEach(async () => {
  smtp = await MisbehavingSmtp.start();
  await settled();
  await pool.query(
    `truncate mail, recovered_mail, suppression, mailbox_word, published, test_tally, delivery_state; update task set clock = 'live'`,
  );
});
afterEach(async () => {
  await stopSenders();
  await smtp.stop();
});

/** What the test before left the database to do, on a connection that was cut, is over: it would lock tables against the truncation. */
async function settled(): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(20)) {
    const { rowCount } = await pool.query(
      `select 1 from pg_stat_activity
       where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid() and xact_start is not null`,
    );
    if (rowCount === 0) return;
  }
}

export const newMail = (changes: Partial<NewMail> = {}): NewMail => {
  const id = changes.id ?? randomUUID();
  const { play = 'welcome', category = 'milestone', decidedAt = Date.parse('2026-03-01T10:00:00Z') } = changes;
  return {
    kind: 'mail',
    id,
    personId: randomUUID(),
    play: 'welcome',
    category: 'milestone',
    legal: false,
    consent: 'opt_out',
    template: 'welcome',
    variables: { orders: 3 },
    locale: 'es',
    zone: 'Europe/Madrid',
    email: `${id}@example.test`,
    name: undefined,
    replayed: false,
    notAfter: Date.now() + 3_600_000,
    decidedAt: Date.parse('2026-03-01T10:00:00Z'),
    suppressed: undefined,
    candidate: {
      id: randomUUID(),
      play,
      category,
      legal: changes.legal ?? false,
      consent: 'opt_out',
      behaviour: false,
      priority: 1,
      occurred_at: new Date(decidedAt).toISOString(),
      not_after: new Date(decidedAt + 3_600_000).toISOString(),
      cause: { id: 'x' },
      trigger: { topic: 'events.v1', name: 'x' },
    },
    day: { zone: 'UTC', date: new Date(decidedAt).toISOString().slice(0, 10), offsetMs: 0, dailyCap: 1, monthlyCap: 2 },
    ...changes,
  };
};
/** As the delivery processor of that partition writes them. */
export const apply = (partition: number, ...effects: Effect[]): Promise<void> =>
  applyEffects(
    { query: (text, values) => pool.query(text, values === undefined ? [] : [...values]) },
    partition,
    effects,
    testHash,
  );
export async function ask(partition: number, ...mails: NewMail[]): Promise<void> {
  await apply(partition, ...mails);
  for (const mail of mails) {
    const counted = mail.suppressed === undefined ? ['mails.pending'] : ['mails.suppressed', `suppressed.${mail.suppressed}`];
    await pool.query(
      'insert into test_tally select unnest($1::text[]), 1 on conflict (name) do update set value = test_tally.value + 1',
      [counted],
    );
  }
}
export async function startSender(
  partition = 0,
  changes: Partial<SenderOptions> = {},
  to: { smtp: string; inbox?: string; limit?: number } = { smtp: smtp.url },
  recovery?: Recovery,
) {
  const session = await TestSession.take(pool, partition);
  session.recovery = recovery;
  const options = senderOptions(to, changes);
  const sender = { session, options, done: runSender(session, options) };
  sender.done.catch(() => undefined);
  running.push(sender);
  return sender;
}
export async function stopSenders(): Promise<void> {
  for (const { session, done, options } of running) {
    session.abort();
    await done.catch(() => undefined);
    options.connections.close();
  }
  running = [];
}
export const row = async (mail: NewMail) =>
  (await pool.query<Record<string, unknown>>('select * from mail where id = $1', [mail.id])).rows[0] ?? {};
export const until = async (mail: NewMail, state: string): Promise<Record<string, unknown>> => {
  for (const end = Date.now() + 50_000; ; await sleep(20)) {
    const found = await row(mail);
    if (found['state'] === state) return found;
    if (Date.now() > end)
      throw new Error(`still ${String(found['state'])} (${String(found['reason'])}, ${String(found['reply'])}), not ${state}`);
  }
};
/** What was published of a mail; waits for the first, which may come after the row has changed. */
export async function outcomesOf(mail: NewMail): Promise<string[]> {
  for (const end = Date.now() + 50_000; ; await sleep(20)) {
    const { rows } = await pool.query<{ o: string }>(
      `select outcome ->> 'outcome' as o from published where outcome ->> 'message_id' = $1 order by n`,
      [mail.id],
    );
    if (rows.length > 0 || Date.now() > end) return rows.map(({ o }) => o);
  }
}
/** The counters say what the table says, and what was published. */
export async function expectTallies(): Promise<void> {
  const said = await pool.query<{ name: string; value: string }>(
    `select 'mails.' || case when state in ('claimed', 'data') then 'pending' else state end as name, count(*) as value from mail group by 1
     union all select 'suppressed.' || reason, count(*) from mail where state = 'suppressed' group by 1
     union all select 'failed.' || coalesce(substring(reason from '^([a-z_]+)(:|$)'), 'other'), count(*) from mail where state = 'failed' group by 1
     union all select 'outcomes.' || (outcome ->> 'outcome'), count(*) from published group by 1
     union all select 'mail_delay', count(*) from mail where state = 'accepted' and not replayed having count(*) > 0`,
  );
  const tallies = await pool.query<{ name: string; value: string }>(
    `select case when name like 'mail_delay.%' then 'mail_delay' else split_part(name, '/', 1) end as name, sum(value) as value
       from test_tally where value <> 0 and name not like 'refusals.%' and name <> 'unopened' and name <> 'mail_delay_ms' group by 1`,
  );
  const sorted = (rows: { name: string; value: string }[]): Record<string, number> =>
    Object.fromEntries(rows.map(({ name, value }): [string, number] => [name, Number(value)]).sort());
  expect(sorted(tallies.rows)).toEqual(sorted(said.rows));
}

/** Runs a sender as a process until it dies at a fail point; answers the signal. */
export async function dieAt(point: string): Promise<string | null> {
  const child = spawn(
    process.execPath,
    [
      '--conditions=source',
      '--experimental-transform-types',
      '--no-warnings',
      new URL('sender-process.ts', import.meta.url).pathname,
      postgres.url,
      smtp.url,
      '0',
    ],
    { env: { ...process.env, HITO_FAILPOINTS: point, NODE_OPTIONS: '' }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return signal;
}
