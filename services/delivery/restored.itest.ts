import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { messages, outcomes, type Contract } from '#contracts';
import type { LogRecord, Recovery } from '#stream';
import type { NewMail } from './domain/effect.ts';
import { ask, expectTallies, newMail, outcomesOf, pool, row, smtp, startSender, until } from './testing/sender-fixture.ts';

const at = new Date().toISOString();
const derived = (mail: NewMail) => ({ person_id: mail.personId, at, cause: { id: randomUUID() } });
const record = (value: object): LogRecord => ({ offset: 0, key: null, value: Buffer.from(JSON.stringify(value)), headers: {} });

const decision = (mail: NewMail): LogRecord =>
  record({
    ...derived(mail),
    id: mail.id,
    decision: 'sent',
    candidate: { ...mail.candidate, cause: { id: randomUUID() } },
  });
const outcome = (mail: NewMail, word: string): LogRecord =>
  record({
    ...derived(mail),
    id: randomUUID(),
    message_id: mail.id,
    play: mail.play,
    category: mail.category,
    outcome: word,
    occurred_at: at,
    attempt: 1,
  });

/** The topics as a database finds them that went back. */
function topics(decisions: readonly LogRecord[], ends: readonly LogRecord[]): Recovery & { over: number } {
  const recovery = {
    over: 0,
    since: Date.now(),
    read: (contract: Contract, _from: number, onRecords: (records: readonly LogRecord[]) => void): Promise<void> => {
      onRecords(contract === messages ? decisions : contract === outcomes ? ends : []);
      return Promise.resolve();
    },
    done: () => {
      recovery.over++;
      return Promise.resolve();
    },
  };
  return recovery;
}
const bodies = (mail: NewMail): number => smtp.takenFor(mail.email).length;

test('on a database that went back no mail leaves that may have left, and all others do', async () => {
  const [accepted, unheard, bounced, putBack, unknown] = Array.from({ length: 5 }, () => newMail()) as [
    NewMail,
    NewMail,
    NewMail,
    NewMail,
    NewMail,
  ];
  // The database was copied before any of them left.
  await ask(0, accepted, unheard, bounced, putBack, unknown);
  const [lateAccepted, lateUnheard, fresh] = [newMail(), newMail(), newMail()];
  const anew = newMail({ candidate: lateAccepted.candidate });
  const anewPutBack = newMail({ candidate: putBack.candidate });
  const recovery = topics([accepted, unheard, bounced, putBack, lateAccepted, lateUnheard].map(decision), [
    outcome(accepted, 'in_doubt'),
    outcome(accepted, 'accepted'),
    outcome(accepted, 'opened'),
    outcome(bounced, 'bounced'),
    outcome(putBack, 'put_back'),
    outcome(lateAccepted, 'accepted'),
  ]);
  await startSender(0, {}, { smtp: smtp.url }, recovery);
  for (const [mail, state] of [
    [accepted, 'accepted'],
    [bounced, 'bounced'],
    [putBack, 'put_back'],
    [unheard, 'in_doubt'],
    [unknown, 'in_doubt'],
  ] as const)
    await until(mail, state);
  expect(await row(unheard)).toMatchObject({ reason: 'restored', rendered: null });
  expect(recovery.over).toBe(1);

  // Decisions that delivery reads again, decisions that are made again with another id, and a new one.
  await ask(0, lateAccepted, lateUnheard);
  await ask(0, anew, anewPutBack, fresh);
  expect([await row(lateAccepted), await row(lateUnheard)]).toMatchObject([
    { state: 'accepted', attempt: 1 },
    { state: 'in_doubt', reason: 'restored' },
  ]);
  expect(await until(anew, 'suppressed')).toMatchObject({ reason: 'repeated' });
  await until(fresh, 'accepted');
  // What was put back may be sent by a later decision.
  await until(anewPutBack, 'accepted');
  for (const mail of [unheard, unknown, lateUnheard, anew]) expect(await outcomesOf(mail)).toHaveLength(1);
  expect([accepted, unheard, bounced, putBack, unknown, lateAccepted, lateUnheard, anew].map(bodies)).toEqual([
    0, 0, 0, 0, 0, 0, 0, 0,
  ]);
  expect([bodies(fresh), bodies(anewPutBack)]).toEqual([1, 1]);
  await expectTallies();
});

test('a second decision about a candidate whose mail may have left sends nothing', async () => {
  const first = newMail();
  const second = newMail({ candidate: first.candidate });
  await ask(0, first);
  await startSender();
  await until(first, 'accepted');
  await ask(0, second);
  expect(await until(second, 'suppressed')).toMatchObject({ reason: 'repeated' });
  expect(await outcomesOf(second)).toEqual(['suppressed']);
  expect((await pool.query("select count(*)::int as n from mail where state = 'accepted'")).rows).toEqual([{ n: 1 }]);
  expect(bodies(second)).toBe(0);
});
