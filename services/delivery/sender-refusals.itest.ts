import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
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
      for (let look = 0; look < 200 && (await outcomesOf(stopped)).length === 0; look++) await sleep(50);
      expect(await outcomesOf(stopped)).toEqual(['suppressed']);
    }
    await expectTallies();
  });

  test('the consent is asked again at the claim', async () => {
    const mail = newMail();
    await pool.query('insert into delivery_state (partition, key, version, state) values (0, $1, 1, $2)', [
      mail.personId,
      Buffer.from(
        JSON.stringify({
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
