import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { MisbehavingSmtp } from './testing/misbehaving-smtp.ts';
import { beforeMarker, impatient } from './testing/sender.ts';
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
  stopSenders,
  until,
} from './testing/sender-fixture.ts';

describe('the marker', () => {
  test.each([true, false])('no byte of the body leaves before it is committed (pipelining %s)', async (pipelining) => {
    const server = await MisbehavingSmtp.start({ pipelining });
    const mail = newMail();
    await ask(0, mail);
    const { options } = await startSender(0, {}, { smtp: server.url });
    const gate = Promise.withResolvers<undefined>();
    beforeMarker(options, () => gate.promise);
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
    const { options } = await startSender();
    beforeMarker(options, async () => {
      beforeMarker(options, () => Promise.resolve());
      await apply(0, { kind: 'suppress', personId: mail.personId, categories: ['milestone'], reason: 'consent' });
    });
    await until(mail, 'suppressed');
    await sleep(300);
    expect(smtp.bodyBytes.get(mail.email) ?? 0).toBe(0);
    expect(await outcomesOf(mail)).toEqual(['suppressed']);
  });

  test('an address that is found dead between claim and 354 is not written to', async () => {
    const mail = newMail();
    await ask(0, mail);
    const { options } = await startSender();
    beforeMarker(options, async () => {
      await pool.query(`insert into suppression (address_hash, reason) values ($1, 'hard_bounce') on conflict do nothing`, [
        options.hash(mail.email),
      ]);
    });
    expect(await until(mail, 'suppressed')).toMatchObject({ reason: 'address' });
    expect(smtp.bodyBytes.get(mail.email) ?? 0).toBe(0);
    expect(await outcomesOf(mail)).toEqual(['suppressed']);
    await expectTallies();
  });

  test.each(['a new owner', 'the same epoch'])(
    'one frozen past its lease does not transmit: %s took the mail over',
    async (who) => {
      const mail = newMail();
      await ask(0, mail);
      const zombie = await startSender();
      const thawed = Promise.withResolvers<undefined>();
      beforeMarker(zombie.options, () => thawed.promise);
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
    },
  );

  test('a reply that comes after the partition was lost is recorded all the same, also over in_doubt, and announced by the owner', async () => {
    const mail = newMail();
    smtp.plan(mail.email, { kind: 'slow', ms: 1_200 });
    await ask(0, mail);
    await startSender();
    for (; smtp.takenFor(mail.email).length === 0; await sleep(10));
    await pool.query(`update mail set state = 'in_doubt', doubted_at = now()`);
    await startSender();
    expect(await until(mail, 'accepted')).toMatchObject({ attempt: 1 });
    for (; (await outcomesOf(mail)).at(-1) !== 'accepted'; await sleep(20));
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
    const { rows } = await pool.query<{ state: string; n: string }>(
      'select state, count(*) as n from mail group by 1 order by 1',
    );
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
    await startSender(0, state === 'in_doubt' ? { times: impatient } : {});
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
    await startSender(0, { times: impatient });
    await until(mail, 'in_doubt');
    expect(smtp.takenFor(mail.email)).toHaveLength(1);
  });
});
