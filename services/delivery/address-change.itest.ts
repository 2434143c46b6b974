import { describe, expect, test } from '@jest/globals';
import type { NewMail } from './domain/effect.ts';
import { beforeMarker, testHash } from './testing/sender.ts';
import {
  apply,
  ask,
  dieAt,
  expectTallies,
  newMail,
  outcomesOf,
  pool,
  row,
  smtp,
  startSender,
  until,
} from './testing/sender-fixture.ts';

const reset = (changes: Partial<NewMail> = {}): NewMail => newMail({ category: 'transactional', legal: true, ...changes });
const right = (mail: NewMail): string => `right-${mail.id}@example.test`;

/** As the processor writes a profile of that person: the address, and what it means for mail that waits. */
async function profile(mail: NewMail, email: string | undefined): Promise<void> {
  const state = Buffer.from(JSON.stringify({ email, consents: {}, replayed: mail.replayed, mails: [] }));
  await pool.query(
    'insert into delivery_state values (0, $1, null, 1, $2) on conflict (partition, key) do update set state = excluded.state',
    [mail.personId, state],
  );
  await apply(0, { kind: 'readdress', personId: mail.personId });
}

async function goesToTheRightAddress(mail: NewMail): Promise<void> {
  expect(await until(mail, 'accepted')).toMatchObject({ email: right(mail) });
  const taken = smtp.takenFor(right(mail));
  expect(taken).toHaveLength(1);
  expect(taken[0]?.text).toContain(`To: ${right(mail)}`);
  expect(smtp.takenFor(mail.email)).toEqual([]);
  expect(smtp.bodyBytes.get(mail.email) ?? 0).toBe(0);
  expect(await outcomesOf(mail)).toEqual(['accepted']);
  await expectTallies();
}

describe('a mail whose person has another address than at its decision', () => {
  test.each([true, false])('goes to the new one at its first attempt (legal %s)', async (legal) => {
    const mail = legal ? reset() : newMail();
    await ask(0, mail);
    await profile(mail, right(mail));
    await startSender();
    await goesToTheRightAddress(mail);
    expect(smtp.lines.filter((line) => line.includes(`<${mail.email}>`))).toEqual([]);
  });

  test('goes to the new one after the old one was put off, at once and with bytes of its own', async () => {
    const mail = reset();
    const asked = new Set<string>();
    smtp.answer = (line) => {
      if (!line.includes(`<${mail.email}>`)) return undefined;
      asked.add(line);
      return '450 4.2.0 greylisted';
    };
    await ask(0, mail);
    await startSender(0, { backoff: { firstMs: 3_600_000, longestMs: 3_600_000, connectionMs: 3_600_000 } });
    await deferred(mail);
    await profile(mail, right(mail));
    await goesToTheRightAddress(mail);
    expect(asked.size).toBe(1);
  });

  test.each([false, true])(
    'goes to the new one where it is changed during transmission (another process goes on: %s)',
    async (other) => {
      const mail = newMail();
      smtp.plan(mail.email, { kind: 'reply', to: 'body', text: '451 4.7.0 come back' });
      smtp.pace = (line) => (line === '.' && smtp.bodyBytes.has(mail.email) && !smtp.bodyBytes.has(right(mail)) ? 40 : 0);
      await ask(0, mail);
      await startSender();
      await until(mail, 'data');
      await profile(mail, right(mail));
      if (other) await startSender();
      expect(await until(mail, 'accepted')).toMatchObject({ email: right(mail) });
      expect(smtp.takenFor(mail.email)).toEqual([]);
      expect(smtp.takenFor(right(mail)).map(({ text }) => text)).toEqual([expect.stringContaining(`To: ${right(mail)}`)]);
      await expectTallies();
    },
  );

  test('that is changed between claim and 354 sends no byte of its body to the old one', async () => {
    const mail = reset();
    await ask(0, mail);
    const { options } = await startSender();
    beforeMarker(options, async () => {
      beforeMarker(options, () => Promise.resolve());
      await profile(mail, right(mail));
    });
    await goesToTheRightAddress(mail);
  });

  test.each(['after-claim', 'after-rcpt', 'after-354-before-marker'])('goes to the new one after a kill at %s', async (point) => {
    const mail = reset();
    await ask(0, mail);
    expect(await dieAt(point)).toBe('SIGKILL');
    await profile(mail, right(mail));
    await startSender();
    await goesToTheRightAddress(mail);
  });

  test('is asked anew where the mailbox of the new one said no', async () => {
    const mail = newMail();
    await ask(0, mail);
    await apply(0, { kind: 'word', email: right(mail), category: 'milestone', granted: false, at: Date.now() });
    await profile(mail, right(mail));
    await startSender();
    expect(await until(mail, 'suppressed')).toMatchObject({ reason: 'mailbox_opt_out' });
    expect(smtp.taken).toEqual([]);
  });

  test('is not asked anew where the address is only spelled otherwise', async () => {
    const mail = newMail();
    await ask(0, mail);
    await profile(mail, mail.email.toUpperCase());
    await startSender();
    expect(await until(mail, 'accepted')).toMatchObject({ email: mail.email });
  });

  test('is not sent where the person has none any more, and says so', async () => {
    const [mail, legal] = [newMail(), reset()];
    await ask(0, mail, legal);
    await profile(mail, undefined);
    await profile(legal, undefined);
    await startSender();
    for (const one of [mail, legal]) {
      expect(await until(one, 'suppressed')).toMatchObject({ reason: 'no_address', email: '' });
      expect(await outcomesOf(one)).toEqual(['suppressed']);
    }
    expect(smtp.connections).toBe(0);
    await expectTallies();
  });

  test('is in doubt: the one repetition of a legal mail goes to the new one', async () => {
    const mail = reset();
    smtp.plan(mail.email, { kind: 'cut-after-dot', kept: false });
    await ask(0, mail);
    await startSender(0, { resendAfterMs: 700 });
    await until(mail, 'in_doubt');
    await profile(mail, right(mail));
    expect(await until(mail, 'accepted')).toMatchObject({ email: right(mail), resends: 1 });
    expect(smtp.takenFor(mail.email)).toEqual([]);
    expect(smtp.takenFor(right(mail))).toHaveLength(1);
    expect((await row(mail))['mailbox']).toEqual(testHash(right(mail)));
  });
});

/** Waits until an attempt on it was put off. */
async function deferred(mail: NewMail): Promise<void> {
  for (const end = Date.now() + 50_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const { state, deferrals } = await row(mail);
    if (state === 'pending' && Number(deferrals) > 0) return;
  }
  throw new Error('The mail was never put off');
}
