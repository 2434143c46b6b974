import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { Fault } from './testing/misbehaving-smtp.ts';
import { impatient, runSender, senderOptions } from './testing/sender.ts';
import {
  apply,
  ask,
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

describe('a mail that goes through', () => {
  test('is accepted, once, with its Message-ID and the Date of its decision', async () => {
    const mail = newMail();
    await ask(0, mail);
    await startSender();
    const sent = await until(mail, 'accepted');
    expect(sent).toMatchObject({
      attempt: 1,
      reply: '250 2.0.0 queued',
      message_id_header: `<${mail.id}@hito.example>`,
      rendered: null,
    });
    expect(smtp.takenFor(mail.email)).toMatchObject([{ messageId: `<${mail.id}@hito.example>` }]);
    expect(smtp.takenFor(mail.email)[0]?.text).toContain('Date: Sun, 01 Mar 2026 10:00:00 GMT');
    expect(await outcomesOf(mail)).toEqual(['accepted']);
    await expectTallies();
  });

  test('asked for twice is one mail', async () => {
    const mail = newMail();
    await ask(0, mail);
    await apply(0, mail);
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
    while (smtp.taken.length < 400 && performance.now() - from < 240_000) await sleep(10);
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
    await startSender(0, fault.kind === 'slow' ? { times: impatient } : {});
    expect(await until(mail, 'in_doubt')).toMatchObject({ attempt: 1 });
    await sleep(700);
    expect(await row(mail)).toMatchObject({ state: 'in_doubt', attempt: 1 });
    expect(smtp.takenFor(mail.email)).toHaveLength(taken);
    expect(await outcomesOf(mail)).toEqual(['in_doubt']);
    await expectTallies();
  });

  test('a doubtful legal mail is sent once more, and that is recorded', async () => {
    const mail = newMail({ category: 'transactional', legal: true });
    smtp.plan(mail.email, { kind: 'cut-after-dot', kept: true });
    await ask(0, mail);
    await startSender();
    expect(await until(mail, 'accepted')).toMatchObject({ attempt: 2, resends: 1 });
    const [first, second] = smtp.takenFor(mail.email);
    expect(second).toEqual(first);
    expect(await outcomesOf(mail)).toEqual(['in_doubt', 'accepted']);
    await expectTallies();
  });

  test('doubtful again, it is held: once more is once', async () => {
    const mail = newMail({ category: 'transactional', legal: true });
    smtp.plan(mail.email, { kind: 'cut-after-dot', kept: true }, { kind: 'cut-after-dot', kept: true });
    await ask(0, mail);
    await startSender();
    for (; smtp.takenFor(mail.email).length < 2; await sleep(20));
    await until(mail, 'in_doubt');
    await sleep(1_000);
    expect(await row(mail)).toMatchObject({ state: 'in_doubt', attempt: 2, resends: 1 });
    expect(smtp.takenFor(mail.email)).toHaveLength(2);
    expect(await outcomesOf(mail)).toEqual(['in_doubt', 'in_doubt']);
    await expectTallies();
  });

  const final: [string, Fault, string, string][] = [
    ['an unknown address', { kind: 'reply', to: 'rcpt', text: '550 5.1.1 no such user' }, 'bounced', 'address'],
    ['a closed mailbox', { kind: 'reply', to: 'body', text: '550 5.2.1 mailbox disabled' }, 'bounced', 'mailbox'],
    ['a mail that is too large', { kind: 'reply', to: 'body', text: '552 5.3.4 too big' }, 'failed', 'too_large'],
    ['a NUL in a reply', { kind: 'reply', to: 'rcpt', text: '550 5.1.1 no\0body' }, 'bounced', 'address'],
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

  test.each(['450 4.2.0 later', '554 go away', '554 5.7.1 blocked', '553 5.1.8 sender domain'])(
    '%s for ever: tried until not_after, then expired with that reply, and nobody is suppressed',
    async (text) => {
      const mail = newMail();
      smtp.plan(mail.email, ...Array.from({ length: 500 }, (): Fault => ({ kind: 'reply', to: 'rcpt', text })));
      await ask(0, mail);
      await startSender();
      for (; Number((await row(mail))['deferrals']) < 4; await sleep(10));
      await pool.query('update mail set not_after = now()');
      expect(await until(mail, 'expired')).toMatchObject({ reason: 'not_after', reply: text });
      expect((await pool.query('select from suppression')).rowCount).toBe(0);
      await expectTallies();
    },
  );

  test('a refused sender burns no mail: all go out once the server takes the sender', async () => {
    let refused = true;
    smtp.answer = (line) => (line.startsWith('MAIL') && refused ? '550 5.7.1 not allowed' : undefined);
    const mails = Array.from({ length: 20 }, () => newMail());
    await ask(0, ...mails);
    const { options } = await startSender();
    for (; options.connections.trouble === undefined; await sleep(10));
    await sleep(500);
    const { rows } = await pool.query<{ state: string; deferrals: number }>('select distinct state, deferrals from mail');
    expect(rows.every(({ state, deferrals }) => ['pending', 'claimed'].includes(state) && deferrals === 0)).toBe(true);
    refused = false;
    for (const mail of mails) await until(mail, 'accepted');
    expect(smtp.taken).toHaveLength(20);
    await expectTallies();
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
