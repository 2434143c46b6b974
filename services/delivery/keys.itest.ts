import { describe, expect, test } from '@jest/globals';
import { hashOf } from './mails/hash-of.ts';
import { recover } from './mails/recover.ts';
import { ask, newMail, pool, startSender, until } from './testing/sender-fixture.ts';
import { testHash } from './testing/sender.ts';

const rotated = hashOf({ HITO_SIGNING_KEY: 'a new key of this year and long, a key for tests that is long enough' });
const secret = { properties: { reset_url: { $sealed: 'AgEx' } } };
const sql = { query: (text: string, values?: readonly unknown[]) => pool.query(text, [...(values ?? [])]) };
const kept = async (id: string): Promise<unknown> =>
  (await pool.query<Record<string, unknown>>('select variables, rendered is not null as rendered from mail where id = $1', [id]))
    .rows[0];

describe('after a change of the key of suppressions', () => {
  test('a suppressed address stays suppressed, under the new key and the old one', async () => {
    const mail = newMail();
    await pool.query(`insert into suppression (address_hash, key_id, reason) values ($1, $2, 'hard_bounce')`, [
      testHash(mail.email),
      testHash.keyId,
    ]);
    await ask(0, mail);
    await startSender(0, { hash: rotated });
    expect(await until(mail, 'suppressed')).toMatchObject({ reason: 'address' });
    const { rows } = await pool.query<{ key_id: string; address_hash: Buffer }>('select key_id, address_hash from suppression');
    expect(new Map(rows.map(({ key_id, address_hash }) => [key_id, address_hash.toString('hex')]))).toEqual(
      new Map([testHash, rotated].map((hash) => [hash.keyId, hash(mail.email).toString('hex')])),
    );
    expect(rotated.keyId).not.toBe(testHash.keyId);
  });

  test('a mailbox that opted out stays opted out; of two words the later one holds', async () => {
    const mail = newMail();
    const word = `insert into mailbox_word (mailbox, key_id, category, granted, said_at) values ($1, $2, 'milestone', $3, $4)`;
    await pool.query(word, [testHash(mail.email), testHash.keyId, false, 2_000]);
    await pool.query(word, [rotated(mail.email), rotated.keyId, true, 1_000]);
    await ask(0, mail);
    await startSender(0, { hash: rotated });
    expect(await until(mail, 'suppressed')).toMatchObject({ reason: 'mailbox_opt_out' });
    const { rows } = await pool.query<{ granted: boolean; said_at: string }>('select granted, said_at from mailbox_word');
    expect(rows).toEqual([1, 2].map(() => ({ granted: false, said_at: '2000' })));
  });
});

describe('the secrets and the bytes of a mail', () => {
  test('are gone from its row once it has ended', async () => {
    const [mail, late] = [newMail({ variables: secret }), newMail({ variables: secret, notAfter: Date.now() - 1 })];
    const stopped = newMail({ variables: secret, suppressed: 'no_address' });
    const plain = newMail();
    await ask(0, mail, late, stopped, plain);
    await startSender();
    await Promise.all([until(mail, 'accepted'), until(late, 'expired'), until(plain, 'accepted')]);
    for (const { id } of [mail, late, stopped]) expect(await kept(id)).toEqual({ variables: {}, rendered: false });
    expect(await kept(plain.id)).toEqual({ variables: plain.variables, rendered: false });
  });

  test('are gone from a mail in doubt once its time is over', async () => {
    const [over, open] = [newMail({ variables: secret, notAfter: Date.now() - 1 }), newMail({ variables: secret })];
    await ask(0, over, open);
    await pool.query(`update mail set state = 'in_doubt', counted_as = 'in_doubt', doubted_at = now(), rendered = 'x'`);
    await recover(sql, 0, { doubtAfterMs: 60_000, resendAfterMs: 60_000, resends: 1 });
    expect(await kept(over.id)).toEqual({ variables: {}, rendered: false });
    expect(await kept(open.id)).toEqual({ variables: secret, rendered: true });
  });
});
