/** Longer than 300 lines: one Postgres serves the whole table of faults and kills of the sender. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { applyEffects } from './mails/apply.ts';
import type { NewMail } from './domain/effect.ts';
import type { SenderOptions } from './sending/options.ts';
import { MisbehavingSmtp, type Fault } from './testing/misbehaving-smtp.ts';
import { startPostgres } from './testing/postgres.ts';
import { runSender, senderOptions } from './testing/sender.ts';
import { TestSession, testTables } from './testing/session.ts';

jest.setTimeout(60_000);
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let pool: pg.Pool;
let smtp: MisbehavingSmtp;
let running: { session: TestSession; done: Promise<void>; options: SenderOptions }[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  pool = new pg.Pool({ connectionString: postgres.url, max: 20 });
  await pool.query(testTables);
}, 60_000);
afterAll(async () => {
  await pool.end();
  await postgres.stop();
}, 30_000);
beforeEach(async () => {
  smtp = await MisbehavingSmtp.start();
  await pool.query(`truncate mail, suppression, published, test_tally, delivery_state; update task set clock = 'live'`);
});
afterEach(async () => {
  await stopSenders();
  await smtp.stop();
});

const newMail = (changes: Partial<NewMail> = {}): NewMail => {
  const id = changes.id ?? randomUUID();
  return {
    kind: 'mail', id, personId: randomUUID(), play: 'welcome', category: 'milestone', template: 'welcome', variables: { orders: 3 },
    locale: 'es', zone: 'Europe/Madrid', email: `${id}@example.test`, name: undefined, replayed: false,
    notAfter: Date.now() + 3_600_000, decidedAt: Date.parse('2026-03-01T10:00:00Z'), suppressed: undefined, ...changes,
  };
};
async function ask(partition: number, ...mails: NewMail[]): Promise<void> {
  await applyEffects({ query: (text, values) => pool.query(text, values === undefined ? [] : [...values]) }, partition, mails);
  for (const mail of mails) {
    const counted = mail.suppressed === undefined ? 'mails.pending' : 'mails.suppressed';
    await pool.query('insert into test_tally values ($1, 1) on conflict (name) do update set value = test_tally.value + 1', [counted]);
  }
}
async function startSender(partition = 0, changes: Partial<SenderOptions> = {}, to: { smtp: string; inbox?: string; limit?: number } = { smtp: smtp.url }) {
  const session = await TestSession.take(pool, partition);
  const options = senderOptions(to, changes);
  const sender = { session, options, done: runSender(session, options) };
  sender.done.catch(() => undefined);
  running.push(sender);
  return sender;
}
async function stopSenders(): Promise<void> {
  for (const { session, done, options } of running) {
    session.abort();
    await done.catch(() => undefined);
    options.connections.close();
  }
  running = [];
}
const row = async (mail: NewMail) => (await pool.query<Record<string, unknown>>('select * from mail where id = $1', [mail.id])).rows[0] ?? {};
const until = async (mail: NewMail, state: string, ms = 25_000): Promise<Record<string, unknown>> => {
  for (const end = Date.now() + ms; ; await sleep(20)) {
    const found = await row(mail);
    if (found['state'] === state) return found;
    if (Date.now() > end) throw new Error(`still ${String(found['state'])} (${String(found['reason'])}, ${String(found['reply'])}), not ${state}`);
  }
};
const outcomesOf = async (mail: NewMail): Promise<string[]> =>
  (await pool.query<{ o: string }>(`select outcome ->> 'outcome' as o from published where outcome ->> 'message_id' = $1 order by n`, [mail.id])).rows.map(({ o }) => o);
/** The counters say what the table says. */
async function expectTallies(): Promise<void> {
  const states = await pool.query<{ name: string; value: string }>(
    `select 'mails.' || case when state in ('claimed', 'data') then 'pending' else state end as name, count(*) as value from mail group by 1`,
  );
  const tallies = await pool.query<{ name: string; value: string }>('select name, value from test_tally where value <> 0');
  const sorted = (rows: { name: string; value: string }[]) => Object.fromEntries(rows.map(({ name, value }) => [name, Number(value)]).sort());
  expect(sorted(tallies.rows)).toEqual(sorted(states.rows));
}

describe('a mail that goes through', () => {
  test('is accepted, once, with its Message-ID and the Date of its decision', async () => {
    const mail = newMail();
    await ask(0, mail);
    await startSender();
    const sent = await until(mail, 'accepted');
    expect(sent).toMatchObject({ attempt: 1, reply: '250 2.0.0 queued', message_id_header: `<${mail.id}@hito.example>`, rendered: null });
    expect(smtp.takenFor(mail.email)).toMatchObject([{ messageId: `<${mail.id}@hito.example>` }]);
    expect(smtp.takenFor(mail.email)[0]?.text).toContain('Date: Sun, 01 Mar 2026 10:00:00 GMT');
    expect(await outcomesOf(mail)).toEqual(['accepted']);
    await expectTallies();
  });

  test('asked for twice is one mail', async () => {
    const mail = newMail();
    await ask(0, mail);
    await applyEffects({ query: (text, values) => pool.query(text, [...(values ?? [])]) }, 0, [mail]);
    await startSender();
    await until(mail, 'accepted');
    await sleep(300);
    expect(smtp.takenFor(mail.email)).toHaveLength(1);
  });

  test('400 mails over 4 partitions use no more than 4 connections, and each arrives once', async () => {
    const mails = Array.from({ length: 400 }, () => newMail());
    for (let p = 0; p < 4; p++) await ask(p, ...mails.slice(p * 100, p * 100 + 100));
    const options = senderOptions({ smtp: smtp.url });
    const from = performance.now();
    for (let p = 0; p < 4; p++) {
      const session = await TestSession.take(pool, p);
      running.push({ session, options, done: runSender(session, options) });
    }
    while (smtp.taken.length < 400 && performance.now() - from < 50_000) await sleep(10);
    process.stdout.write(`400 mails: ${String(Math.round(400_000 / (performance.now() - from)))} a second\n`);
    await stopSenders();
    expect(new Set(smtp.taken.map(({ messageId }) => messageId)).size).toBe(400);
    expect(smtp.taken).toHaveLength(400);
    expect(smtp.mostAtOnce).toBeLessThanOrEqual(4);
    expect((await pool.query(`select from mail where state = 'accepted'`)).rowCount).toBe(400);
    await expectTallies();
  });
});

describe('what goes wrong on the way', () => {
  const safe: [string, Fault][] = [
    ['the line is cut after RCPT', { kind: 'cut-after-rcpt' }],
    ['RCPT is put off', { kind: 'reply', to: 'rcpt', text: '450 4.2.0 greylisted' }],
    ['DATA is put off', { kind: 'reply', to: 'data', text: '451 4.3.0 later' }],
    ['the body is put off', { kind: 'reply', to: 'body', text: '452 4.2.2 mailbox full' }],
  ];
  test.each(safe)('%s: sent at a later attempt, with the same bytes', async (_, fault) => {
    const mail = newMail();
    smtp.plan(mail.email, fault);
    await ask(0, mail);
    await startSender();
    await until(mail, 'accepted');
    expect(smtp.takenFor(mail.email)).toHaveLength(1);
    expect(await outcomesOf(mail)).toEqual(['accepted']);
    await expectTallies();
  });

  test('the body was put off: the second attempt sends the bytes of the first', async () => {
    const mail = newMail();
    smtp.plan(mail.email, { kind: 'reply', to: 'body', text: '451 4.3.0 later' });
    await ask(0, mail);
    await startSender();
    expect(await until(mail, 'accepted')).toMatchObject({ attempt: 2, deferrals: 1 });
    expect(smtp.takenFor(mail.email)[0]?.text).toContain('Attempt 1 made these bytes');
  });

  test('the line is cut at the greeting and at MAIL: nothing is lost', async () => {
    smtp.cutGreetings = 1;
    const mail = newMail();
    await ask(0, mail);
    await startSender();
    await until(mail, 'accepted');
    smtp.cutMails = 2;
    const second = newMail();
    await ask(0, second);
    await until(second, 'accepted');
    expect(smtp.taken).toHaveLength(2);
  });

  const doubtful: [string, Fault, number][] = [
    ['the line is cut after 354', { kind: 'cut-after-354' }, 0],
    ['the line is cut in the body', { kind: 'cut-mid-body' }, 0],
    ['the line is cut after the dot', { kind: 'cut-after-dot', kept: true }, 1],
    ['the line is cut after the dot and nothing was kept', { kind: 'cut-after-dot', kept: false }, 0],
    ['the reply 250 is cut', { kind: 'cut-in-reply', text: '250 2.0' }, 1],
    ['a reply that looks like a refusal is cut', { kind: 'cut-in-reply', text: '451 4.3.0 Tem' }, 1],
    ['the reply is later than the time-out', { kind: 'slow', ms: 2_600 }, 1],
  ];
  test.each(doubtful)('%s: in_doubt, held, never sent again', async (_, fault, taken) => {
    const mail = newMail();
    smtp.plan(mail.email, fault);
    await ask(0, mail);
    await startSender();
    expect(await until(mail, 'in_doubt')).toMatchObject({ attempt: 1 });
    await sleep(700);
    expect(await row(mail)).toMatchObject({ state: 'in_doubt', attempt: 1 });
    expect(smtp.takenFor(mail.email)).toHaveLength(taken);
    expect(await outcomesOf(mail)).toEqual(['in_doubt']);
    await expectTallies();
  });

  test('a doubtful transactional mail is sent once more, and that is recorded', async () => {
    const mail = newMail({ category: 'transactional' });
    smtp.plan(mail.email, { kind: 'cut-after-dot', kept: true });
    await ask(0, mail);
    await startSender();
    expect(await until(mail, 'accepted')).toMatchObject({ attempt: 2, resends: 1 });
    const [first, second] = smtp.takenFor(mail.email);
    expect(second).toEqual(first);
    expect(await outcomesOf(mail)).toEqual(['in_doubt', 'accepted']);
    await expectTallies();
  });

  const final: [string, Fault, string, string][] = [
    ['an unknown address', { kind: 'reply', to: 'rcpt', text: '550 5.1.1 no such user' }, 'bounced', 'address'],
    ['a closed mailbox', { kind: 'reply', to: 'body', text: '550 5.2.1 mailbox disabled' }, 'bounced', 'mailbox'],
    ['a reply without an enhanced code', { kind: 'reply', to: 'rcpt', text: '554 go away' }, 'bounced', 'mailbox'],
    ['our reputation', { kind: 'reply', to: 'data', text: '554 5.7.1 blocked' }, 'failed', 'policy'],
  ];
  test.each(final)('%s: ends', async (_, fault, state, reason) => {
    const mail = newMail();
    smtp.plan(mail.email, fault);
    await ask(0, mail);
    await startSender();
    expect(await until(mail, state)).toMatchObject({ reason, attempt: 1 });
    expect(smtp.takenFor(mail.email)).toHaveLength(0);
    await expectTallies();
  });

  test('after 5.1.1 nothing goes to that address, whoever it belongs to', async () => {
    const first = newMail({ email: 'Gone@example.test' });
    smtp.plan('Gone@example.test', { kind: 'reply', to: 'rcpt', text: '550 5.1.1 no such user' });
    await ask(0, first);
    await startSender();
    await until(first, 'bounced');
    const second = newMail({ email: 'gone@example.test' });
    await ask(0, second);
    expect(await until(second, 'suppressed')).toMatchObject({ reason: 'address' });
    expect(smtp.taken).toHaveLength(0);
  });

  test('4xx for ever: failed after the bounded number of attempts', async () => {
    const mail = newMail();
    const later: Fault = { kind: 'reply', to: 'rcpt', text: '450 4.2.0 later' };
    smtp.plan(mail.email, later, later, later, later);
    await ask(0, mail);
    await startSender();
    expect(await until(mail, 'failed')).toMatchObject({ reason: 'retries_exhausted', attempt: 3 });
  });

  test('a server that is down loses nothing and uses up no attempt bound', async () => {
    const mail = newMail();
    await ask(0, mail);
    await startSender(0, {}, { smtp: 'smtp://127.0.0.1:9' });
    await sleep(400);
    expect(await row(mail)).toMatchObject({ state: 'pending', deferrals: 0 });
    await stopSenders();
    await startSender();
    await until(mail, 'accepted');
  });
});

describe('who is not mailed', () => {
  test('a replayed person goes to the inbox only, whatever SMTP is configured', async () => {
    const inbox = await MisbehavingSmtp.start();
    const [replayed, real] = [newMail({ replayed: true }), newMail()];
    await ask(0, replayed, real);
    await startSender(0, {}, { smtp: smtp.url, inbox: inbox.url });
    await Promise.all([until(replayed, 'accepted'), until(real, 'accepted')]);
    expect(inbox.taken.map(({ to }) => to)).toEqual([replayed.email]);
    expect(smtp.taken.map(({ to }) => to)).toEqual([real.email]);
    await stopSenders();
    await inbox.stop();
  });

  test('a replayed person without an inbox is suppressed and no server hears of it', async () => {
    const mail = newMail({ replayed: true, category: 'transactional' });
    await ask(0, mail);
    await startSender();
    expect(await until(mail, 'suppressed')).toMatchObject({ reason: 'no_inbox_for_replayed' });
    expect(smtp.connections).toBe(0);
    expect(await outcomesOf(mail)).toEqual(['suppressed']);
    await expectTallies();
  });

  test('past not_after: expired while the clock is live, sent while it is driven', async () => {
    const late = newMail({ notAfter: Date.now() - 1 });
    await ask(0, late);
    await startSender();
    await until(late, 'expired');
    await pool.query(`update task set clock = 'driven' where processor = 'delivery' and partition = 1`);
    const replayed = newMail({ notAfter: Date.parse('1998-01-01') });
    await ask(1, replayed);
    await startSender(1);
    await until(replayed, 'accepted');
    await expectTallies();
  });

  test('an opt-out stops what is pending, of its category; `all` leaves the transactional', async () => {
    const personId = randomUUID();
    const [a, b, c, other] = [newMail({ personId }), newMail({ personId, category: 'win-back' }), newMail({ personId, category: 'transactional' }), newMail()];
    const sql = { query: (text: string, values?: readonly unknown[]) => pool.query(text, [...(values ?? [])]) };
    await ask(0, a, b, c, other);
    await applyEffects(sql, 0, [{ kind: 'suppress', personId, category: 'milestone', reason: 'consent' }]);
    expect([await row(a), await row(b)].map((r) => r['state'])).toEqual(['suppressed', 'pending']);
    await applyEffects(sql, 0, [{ kind: 'suppress', personId, category: 'all', reason: 'consent' }]);
    await startSender();
    await Promise.all([until(c, 'accepted'), until(other, 'accepted')]);
    expect(smtp.taken).toHaveLength(2);
    for (const stopped of [a, b]) expect(await outcomesOf(stopped)).toEqual(['suppressed']);
    await expectTallies();
  });

  test('the consent is asked again at the claim', async () => {
    const mail = newMail();
    await pool.query('insert into delivery_state (partition, key, version, state) values (0, $1, 1, $2)', [
      mail.personId,
      Buffer.from(JSON.stringify({ consents: { milestone: { granted: false, changed_at: '2026-01-01T00:00:00Z' } }, mails: [], replayed: false })),
    ]);
    await ask(0, mail);
    await startSender();
    expect(await until(mail, 'suppressed')).toMatchObject({ reason: 'consent' });
    expect(smtp.taken).toHaveLength(0);
  });
});

describe('the marker', () => {
  test.each([true, false])('no byte of the body leaves before it is committed (pipelining %s)', async (pipelining) => {
    const server = await MisbehavingSmtp.start({ pipelining });
    const mail = newMail();
    await ask(0, mail);
    const { session } = await startSender(0, {}, { smtp: server.url });
    const gate = Promise.withResolvers<undefined>();
    session.beforeChecked = () => gate.promise;
    await sleep(600);
    expect(server.connections).toBe(1);
    expect(await row(mail)).toMatchObject({ state: 'claimed' });
    expect(server.bodyBytes.get(mail.email) ?? 0).toBe(0);
    gate.resolve(undefined);
    await until(mail, 'accepted');
    expect(server.bodyBytes.get(mail.email)).toBeGreaterThan(1_000);
    await stopSenders();
    await server.stop();
  });

  test('an opt-out between claim and 354 still stops the mail', async () => {
    const mail = newMail();
    await ask(0, mail);
    const { session } = await startSender();
    session.beforeChecked = async () => {
      session.beforeChecked = () => Promise.resolve();
      await applyEffects({ query: (text, values) => pool.query(text, [...(values ?? [])]) }, 0, [
        { kind: 'suppress', personId: mail.personId, category: 'milestone', reason: 'consent' },
      ]);
    };
    await until(mail, 'suppressed');
    await sleep(300);
    expect(smtp.bodyBytes.get(mail.email) ?? 0).toBe(0);
    expect(await outcomesOf(mail)).toEqual(['suppressed']);
  });

  test.each(['a new owner', 'the same epoch'])('one frozen past its lease does not transmit: %s took the mail over', async (who) => {
    const mail = newMail();
    await ask(0, mail);
    const zombie = await startSender();
    const thawed = Promise.withResolvers<undefined>();
    zombie.session.beforeChecked = () => thawed.promise;
    for (; (await row(mail))['state'] !== 'claimed'; await sleep(10));
    await sleep(200);
    await pool.query(`update mail set lease_until = now() - interval '1 second'`);
    const other = await MisbehavingSmtp.start();
    if (who === 'a new owner') {
      await startSender(0, {}, { smtp: other.url });
      await until(mail, 'accepted');
    } else await pool.query(`update mail set state = 'pending', retry_at = now() + interval '1 hour' where id = $1`, [mail.id]);
    thawed.resolve(undefined);
    await sleep(500);
    expect(smtp.bodyBytes.get(mail.email) ?? 0).toBe(0);
    expect(smtp.taken).toHaveLength(0);
    expect((await row(mail))['state']).toBe(who === 'a new owner' ? 'accepted' : 'pending');
    await stopSenders();
    await other.stop();
  });

  test('a reply that comes after the partition was lost is recorded all the same, also over in_doubt, and announced by the owner', async () => {
    const mail = newMail();
    smtp.plan(mail.email, { kind: 'slow', ms: 1_200 });
    await ask(0, mail);
    await startSender();
    for (; smtp.takenFor(mail.email).length === 0; await sleep(10));
    await pool.query(`update mail set state = 'in_doubt', doubted_at = now()`);
    await startSender();
    expect(await until(mail, 'accepted')).toMatchObject({ attempt: 1 });
    await sleep(400);
    expect((await outcomesOf(mail)).at(-1)).toBe('accepted');
    expect(smtp.takenFor(mail.email)).toHaveLength(1);
    await expectTallies();
  });
});

describe('stop and kill', () => {
  test('an orderly stop waits for replies, leaves nothing in_doubt and gives back what it has not begun', async () => {
    smtp.replyDelayMs = 300;
    const mails = Array.from({ length: 40 }, () => newMail());
    await ask(0, ...mails);
    const { session, done } = await startSender();
    for (; smtp.taken.length < 4; await sleep(5));
    session.abort();
    await done;
    const { rows } = await pool.query<{ state: string; n: string }>('select state, count(*) as n from mail group by 1 order by 1');
    const states = Object.fromEntries(rows.map(({ state, n }) => [state, Number(n)]));
    expect(Object.keys(states)).toEqual(['accepted', 'pending']);
    expect(states['accepted']).toBe(smtp.taken.length);
    await expectTallies();
  });

  const kills: [string, string, 'accepted' | 'in_doubt', number][] = [
    ['after-claim', 'no byte was sent', 'accepted', 1],
    ['after-rcpt', 'no byte was sent', 'accepted', 1],
    ['after-354-before-marker', 'no byte was sent', 'accepted', 1],
    ['after-marker', 'it was not accepted', 'in_doubt', 0],
    ['mid-body', 'it was not accepted', 'in_doubt', 0],
    ['after-reply-before-commit', 'it was accepted', 'in_doubt', 1],
  ];
  test.each(kills)('kill -9 at %s: %s, so it ends %s', async (point, _, state, taken) => {
    const mail = newMail();
    await ask(0, mail);
    expect(await dieAt(point)).toBe('SIGKILL');
    const left = await row(mail);
    expect(left['state']).toBe(state === 'accepted' ? 'claimed' : 'data');
    await startSender();
    await until(mail, state);
    await sleep(300);
    expect(smtp.takenFor(mail.email)).toHaveLength(taken);
    await expectTallies();
  });

  test('kill -9 after the dot: it was accepted, so it ends in_doubt and is not sent again', async () => {
    const mail = newMail();
    smtp.plan(mail.email, { kind: 'slow', ms: 5_000 });
    await ask(0, mail);
    expect(await dieAt('after-dot')).toBe('SIGKILL');
    expect((await row(mail))['state']).toBe('data');
    await startSender();
    await until(mail, 'in_doubt');
    expect(smtp.takenFor(mail.email)).toHaveLength(1);
  });
});

async function dieAt(point: string): Promise<string | null> {
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--experimental-transform-types', '--no-warnings', new URL('testing/sender-process.ts', import.meta.url).pathname, postgres.url, smtp.url, '0'],
    { env: { ...process.env, HITO_FAILPOINTS: point, NODE_OPTIONS: '' }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return signal;
}
