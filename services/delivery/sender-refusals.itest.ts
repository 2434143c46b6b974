import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { categoryPolicies } from '#facts';
import type { NewMail } from './domain/effect.ts';
import type { Mail } from './mails/mail.ts';
import { DeafListener } from './testing/deaf-listener.ts';
import { MisbehavingSmtp } from './testing/misbehaving-smtp.ts';
import {
  apply,
  ask,
  expectTallies,
  newMail,
  outcomesOf,
  pool,
  row,
  smtp,
  startSender,
  stopSenders,
  until,
} from './testing/sender-fixture.ts';

test('a sender whose server takes no connection tells it, ends when it is told to, and burns no mail', async () => {
  const deaf = await DeafListener.start();
  try {
    const mail = newMail();
    await ask(0, mail);
    const sender = await startSender(0, { times: { commandMs: 1_000, replyMs: 600_000 } }, { smtp: deaf.url });
    // Claimed, so that a connection is being made.
    while (Number((await row(mail))['attempt']) === 0) await sleep(20);
    sender.session.abort();
    await sender.done;
    expect(sender.options.connections.trouble).toMatch(/^smtp: .*connection timeout/i);
    expect(await row(mail)).toMatchObject({ state: 'pending' });
  } finally {
    await deaf.stop();
  }
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
    const mail = newMail({ replayed: true, category: 'transactional', legal: true });
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

  test('an opt-out stops what is pending, of its category; `all` leaves the legal', async () => {
    const personId = randomUUID();
    const [a, b, c, other] = [
      newMail({ personId }),
      newMail({ personId, category: 'win-back' }),
      newMail({ personId, category: 'transactional', legal: true }),
      newMail(),
    ];
    await ask(0, a, b, c, other);
    await apply(0, { kind: 'suppress', personId, categories: ['milestone'], reason: 'consent' });
    expect([await row(a), await row(b)].map((r) => r['state'])).toEqual(['suppressed', 'pending']);
    await apply(0, { kind: 'suppress', personId, categories: ['all'], reason: 'consent' });
    await startSender();
    await Promise.all([until(c, 'accepted'), until(other, 'accepted')]);
    expect(smtp.taken).toHaveLength(2);
    // What was stopped without the sender is announced at its next look round.
    for (const stopped of [a, b]) {
      expect(await outcomesOf(stopped)).toEqual(['suppressed']);
    }
    await expectTallies();
  });

  /** What delivery knows of these people when their mails are claimed. */
  const knowing = async (consents: object, ...mails: NewMail[]): Promise<void> => {
    for (const { personId, email } of mails)
      await pool.query(
        `insert into delivery_state (partition, key, version, state) values (0, $1, 1, $2)
         on conflict (partition, key) do update set state = excluded.state`,
        [personId, Buffer.from(JSON.stringify({ email, consents, mails: [], replayed: false }))],
      );
  };
  const said = (granted: boolean) => ({ granted, changed_at: '2026-01-01T00:00:00.000Z' });

  test('the present playbook judges at the claim: what it calls opt-in, renamed or legal', async () => {
    const categories = categoryPolicies([
      { id: 'offers', legal: false, consent: 'opt_in', renamed_from: [] },
      { id: 'updates', legal: false, consent: 'opt_out', renamed_from: ['news'] },
      { id: 'receipts', legal: true, renamed_from: [] },
    ]);
    const unasked = newMail({ category: 'offers' });
    const granted = newMail({ category: 'offers' });
    const underOldName = newMail({ category: 'updates' });
    const ofOldName = newMail({ category: 'news' });
    const legalNow = newMail({ category: 'receipts' });
    const legalBefore = newMail({ category: 'updates', legal: true });
    const gone = newMail({ category: 'gone', consent: 'opt_in' });
    await knowing({ offers: said(true) }, granted);
    await knowing({ news: said(false) }, underOldName);
    await knowing({ updates: said(false) }, ofOldName);
    await knowing({ all: said(false) }, legalNow, legalBefore);
    await ask(0, unasked, granted, underOldName, ofOldName, legalNow, legalBefore, gone);
    await startSender(0, { categories });
    await Promise.all([until(granted, 'accepted'), until(legalNow, 'accepted')]);
    for (const mail of [unasked, underOldName, ofOldName, legalBefore, gone])
      expect(await until(mail, 'suppressed')).toMatchObject({ reason: 'consent' });
    expect(smtp.taken.map(({ to }) => to).sort()).toEqual([granted.email, legalNow.email].sort());
  });

  test('a mail whose tracking is withdrawn after its first attempt is made anew, without it', async () => {
    const tracked = categoryPolicies([
      { id: 'milestone', legal: false, consent: 'opt_out', tracking: 'opt_in', renamed_from: [] },
    ]);
    const mail = newMail();
    await knowing({ tracking: said(true) }, mail);
    await ask(0, mail);
    smtp.plan(mail.email, { kind: 'reply', to: 'body', text: '451 4.3.0 later' });
    const compose = (made: Mail) => ({
      bytes: Buffer.from(`To: ${made.email}\r\n\r\n${made.tracked ? 'a pixel' : 'no pixel'}\r\n`),
      messageId: `<${made.id}@hito.example>`,
    });
    await startSender(0, {
      categories: tracked,
      compose,
      backoff: { firstMs: 500, longestMs: 500, connectionMs: 50 },
    });
    for (let look = 0; look < 400 && Number((await row(mail))['deferrals']) === 0; look++) await sleep(10);
    await knowing({ tracking: { granted: false, changed_at: '2026-01-02T00:00:00.000Z' } }, mail);
    await until(mail, 'accepted');
    expect(
      smtp
        .takenFor(mail.email)
        .map(({ text }) => text)
        .join(''),
    ).toContain('no pixel');
    expect(await row(mail)).toMatchObject({ tracked: false, attempt: 2 });
  });

  test('the consent is asked again at the claim', async () => {
    const mail = newMail();
    await pool.query('insert into delivery_state (partition, key, version, state) values (0, $1, 1, $2)', [
      mail.personId,
      Buffer.from(
        JSON.stringify({
          email: mail.email,
          consents: { milestone: { granted: false, changed_at: '2026-01-01T00:00:00Z' } },
          mails: [],
          replayed: false,
        }),
      ),
    ]);
    await ask(0, mail);
    await startSender();
    expect(await until(mail, 'suppressed')).toMatchObject({ reason: 'consent' });
    expect(smtp.taken).toHaveLength(0);
  });
});
