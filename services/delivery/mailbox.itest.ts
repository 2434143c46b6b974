import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { outcomes } from '#contracts';
import type { NewMail } from './domain/effect.ts';
import type { Word } from './domain/word.ts';
import { beforeMarker, impatient, runSender, senderOptions, testHash } from './testing/sender.ts';
import {
  apply,
  ask,
  dieAt,
  expectTallies,
  newMail,
  outcomesOf,
  pool,
  row,
  running,
  smtp,
  startSender,
  stopSenders,
  until,
} from './testing/sender-fixture.ts';
import { TestSession } from './testing/session.ts';

const at = Date.parse('2026-03-01T10:00:00Z');
const address = (): string => `${randomUUID()}@one.example`;
const word = (email: string, granted: boolean, minutes: number, category = 'milestone'): Word => ({
  kind: 'word',
  email,
  category,
  granted,
  at: at + minutes * 60_000,
});
const ended = async (mail: NewMail): Promise<string> => {
  for (;;) {
    const { state, reason } = await row(mail);
    if (!['pending', 'claimed', 'data'].includes(String(state)))
      return [state, reason].filter((text) => typeof text === 'string').join(' ');
    await sleep(20);
  }
};

/** One process that holds both partitions. */
async function startBoth(): Promise<void> {
  const options = senderOptions({ smtp: smtp.url });
  const sessions = [await TestSession.take(pool, 0), await TestSession.take(pool, 1)];
  for (const session of sessions) running.push({ session, options, done: runSender(session, options) });
}

describe('two ids with one mailbox', () => {
  test.each(['two processes', 'one process'])('get one mail of a day, by %s', async (how) => {
    const addresses = Array.from({ length: 25 }, address);
    const [ones, others] = [
      addresses.map((email) => newMail({ email })),
      addresses.map((email) => newMail({ email: email.toUpperCase() })),
    ];
    await Promise.all([ask(0, ...ones), ask(1, ...others)]);
    await (how === 'one process' ? startBoth() : Promise.all([startSender(0), startSender(1)]));
    for (const [n, email] of addresses.entries()) {
      const both = await Promise.all([ended(ones[n] as NewMail), ended(others[n] as NewMail)]);
      expect(both.sort()).toEqual(['accepted', 'put_back mailbox_daily']);
      expect(smtp.taken.filter(({ to }) => to.toLowerCase() === email.toLowerCase())).toHaveLength(1);
    }
    await expectTallies();
  });

  test('get the mail of the earlier decision, when one claim takes both', async () => {
    const email = address();
    const [later, earlier] = [newMail({ email, decidedAt: at + 1 }), newMail({ email, decidedAt: at })];
    await ask(0, later);
    await ask(1, earlier);
    await pool.query(`update mail set retry_at = now() + interval '1 hour'`);
    await startBoth();
    await sleep(300);
    await pool.query('update mail set retry_at = now()');
    expect([await ended(earlier), await ended(later)]).toEqual(['accepted', 'put_back mailbox_daily']);
  });

  test('a mail that is put back is reported with all that a new decision needs', async () => {
    const email = address();
    const [first, second] = [newMail({ email, decidedAt: at }), newMail({ email, decidedAt: at + 1, variables: { orders: 7 } })];
    await ask(0, first, second);
    await startSender();
    await until(second, 'put_back');
    expect(await outcomesOf(second)).toEqual(['put_back']);
    const { rows } = await pool.query<{ outcome: Record<string, unknown> }>(
      `select outcome from published where outcome ->> 'message_id' = $1`,
      [second.id],
    );
    const whole = { id: randomUUID(), at: new Date(at).toISOString(), cause: { id: second.id }, ...rows[0]?.outcome };
    expect(outcomes.schema.parse(whole)).toMatchObject({
      outcome: 'put_back',
      reason: 'mailbox_daily',
      put_back: { candidate: second.candidate, variables: { orders: 7 } },
    });
    await expectTallies();
  });

  test('each get their mail on days of their own, and transactional mail at once', async () => {
    const email = address();
    const day = (date: string) => ({ zone: 'UTC', date, offsetMs: 0, dailyCap: 1, monthlyCap: 2 });
    const [first, next, receipt] = [
      newMail({ email }),
      newMail({ email, decidedAt: at + 86_400_000, day: day('2026-03-02') }),
      newMail({ email, category: 'transactional', legal: true }),
    ];
    await ask(0, first, next, receipt);
    await startSender();
    await Promise.all([first, next, receipt].map((mail) => until(mail, 'accepted')));
  });

  test('a mail that failed leaves its place to another id, one in doubt keeps it', async () => {
    for (const [fault, second] of [
      [{ kind: 'reply', to: 'rcpt', text: '552 5.3.4 too big' }, 'accepted'],
      [{ kind: 'cut-after-dot', kept: true }, 'put_back mailbox_daily'],
    ] as const) {
      const email = address();
      const [one, other] = [newMail({ email }), newMail({ email })];
      smtp.plan(email, fault);
      await ask(0, one);
      const { session, done } = await startSender(0);
      await ended(one);
      await ask(1, other);
      const next = await startSender(1);
      expect(await ended(other)).toBe(second);
      for (const sender of [session, next.session]) sender.abort();
      await Promise.all([done, next.done]);
    }
    await expectTallies();
  });

  test('a mail that the server put off holds no place while it waits', async () => {
    const email = address();
    const [one, other] = [newMail({ email }), newMail({ email })];
    smtp.plan(email, { kind: 'reply', to: 'rcpt', text: '450 4.2.0 greylisted' });
    await ask(0, one);
    await startSender(0, { backoff: { firstMs: 3_600_000, longestMs: 3_600_000, connectionMs: 50 } });
    for (; Number((await row(one))['deferrals']) < 1; await sleep(20));
    await ask(1, other);
    await startSender(1);
    expect(await ended(other)).toBe('accepted');
    await pool.query('update mail set retry_at = now() where id = $1', [one.id]);
    expect(await ended(one)).toBe('put_back mailbox_daily');
    expect(smtp.takenFor(email)).toHaveLength(1);
  });

  const kills: [string, 'accepted' | 'in_doubt', number][] = [
    ['after-claim', 'accepted', 1],
    ['after-rcpt', 'accepted', 1],
    ['after-354-before-marker', 'accepted', 1],
    ['after-marker', 'in_doubt', 0],
    ['mid-body', 'in_doubt', 0],
    ['after-reply-before-commit', 'in_doubt', 1],
  ];
  test.each(kills)('kill -9 at %s: the other id waits, and the mail ends %s', async (point, state, taken) => {
    const email = address();
    const [one, other] = [newMail({ email }), newMail({ email })];
    await ask(0, one);
    expect(await dieAt(point)).toBe('SIGKILL');
    await ask(1, other);
    await startSender(1);
    expect(await ended(other)).toBe('put_back mailbox_daily');
    await startSender(0, state === 'in_doubt' ? { times: impatient } : {});
    await until(one, state);
    expect(smtp.takenFor(email)).toHaveLength(taken);
    await expectTallies();
  });

  test('a claim whose process died holds its place no longer than its lease', async () => {
    const email = address();
    const [one, other] = [newMail({ email }), newMail({ email })];
    await ask(0, one);
    expect(await dieAt('after-claim')).toBe('SIGKILL');
    await apply(0, { kind: 'suppress', personId: one.personId, categories: ['milestone'], reason: 'consent' });
    await ask(1, other);
    await startSender(1);
    expect(await ended(other)).toBe('accepted');
  });
});

describe('an opt-out of one id', () => {
  test('silences its mailbox in that category for every other id', async () => {
    const email = address();
    await apply(0, word(email, false, 0));
    const [same, other, receipt] = [
      newMail({ email: email.toUpperCase() }),
      newMail({ email, category: 'news' }),
      newMail({ email, category: 'transactional', legal: true }),
    ];
    await ask(1, same, other, receipt);
    await startSender(1);
    expect(await ended(same)).toBe('suppressed mailbox_opt_out');
    await Promise.all([until(other, 'accepted'), until(receipt, 'accepted')]);
    expect(await outcomesOf(same)).toEqual(['suppressed']);
    await expectTallies();
  });

  test('of everything leaves the transactional', async () => {
    const email = address();
    await apply(0, word(email, false, 0, 'all'));
    const [one, receipt] = [newMail({ email }), newMail({ email, category: 'transactional', legal: true })];
    await ask(1, one, receipt);
    await startSender(1);
    expect([await ended(one), await ended(receipt)]).toEqual(['suppressed mailbox_opt_out', 'accepted']);
  });

  test('between claim and 354 still stops the mail of another id', async () => {
    const mail = newMail();
    await ask(0, mail);
    const { options } = await startSender();
    beforeMarker(options, async () => {
      beforeMarker(options, () => Promise.resolve());
      await apply(1, word(mail.email, false, 0));
    });
    expect(await ended(mail)).toBe('suppressed mailbox_opt_out');
    expect(smtp.bodyBytes.get(mail.email) ?? 0).toBe(0);
    expect(await outcomesOf(mail)).toEqual(['suppressed']);
  });

  test('by a link silences the address to which the mail went, also after its person has moved', async () => {
    const sent = newMail();
    await ask(0, sent);
    await startSender(0);
    await until(sent, 'accepted');
    await apply(0, { kind: 'word', email: address(), messageId: sent.id, category: 'milestone', granted: false, at });
    const next = newMail({ email: sent.email, day: { ...sent.day, date: '2026-03-02' } });
    await ask(1, next);
    await startSender(1);
    expect(await ended(next)).toBe('suppressed mailbox_opt_out');
  });

  test('ends with a later grant, not with an earlier one, in whatever order partitions write', async () => {
    const [back, out] = [address(), address()];
    await apply(0, word(back, true, 2), word(out, true, 1));
    await apply(1, word(back, false, 1), word(out, false, 2));
    const [granted, silent] = [newMail({ email: back }), newMail({ email: out })];
    await ask(0, granted, silent);
    await startSender(0);
    expect([await ended(granted), await ended(silent)]).toEqual(['accepted', 'suppressed mailbox_opt_out']);
  });

  test('said by many partitions at once blocks none of them, and the latest word holds', async () => {
    const mailboxes = Array.from({ length: 20 }, address);
    const words = mailboxes.flatMap((email) => [0, 1, 2, 3, 4, 5].map((n) => word(email, n % 2 === 0, n)));
    await Promise.all(
      Array.from({ length: 12 }, (_, p) =>
        apply(p, ...(p % 2 === 0 ? words : words.toReversed()).filter((_w, n) => n % 12 >= p - 3)),
      ),
    );
    await apply(0, ...words);
    const { rows } = await pool.query<{ granted: boolean; said_at: string }>('select granted, said_at from mailbox_word');
    expect(rows).toHaveLength(20);
    expect(rows.every(({ granted, said_at }) => !granted && Number(said_at) === at + 5 * 60_000)).toBe(true);
    expect(testHash(mailboxes[0] ?? '')).toEqual(testHash((mailboxes[0] ?? '').toUpperCase()));
    await stopSenders();
  });
});
