import { expect, test } from '@jest/globals';
import { keyRing } from '#platform';
import { applyEffects } from './mails/apply.ts';
import { addressHasher, type AddressHash } from './mails/address-hash.ts';
import type { Effect } from './domain/effect.ts';
import { newMail, pool, smtp, startSender, until } from './testing/sender-fixture.ts';

const [past, present] = ['the key of last year is long enough', 'the key of this year is long enough'];
const before = addressHasher(keyRing('suppressions', past));
const after = addressHasher(keyRing('suppressions', `${present}, ${past}`));
const write = (hash: AddressHash, ...effects: Effect[]): Promise<void> =>
  applyEffects({ query: (text, values) => pool.query(text, [...(values ?? [])]) }, 0, effects, hash);

test('after a change of keys, opt-outs, suppressions and caps of a mailbox still hold', async () => {
  const [silent, dead, shared] = [newMail(), newMail(), newMail()];
  await write(before, { kind: 'word', email: silent.email, category: 'milestone', granted: false, at: Date.now() });
  await pool.query(`insert into suppression (address_hash, key_id, reason) values ($1, $2, 'hard_bounce')`, [
    before(dead.email),
    before.keyId,
  ]);
  await write(before, shared);
  const { session, done } = await startSender(0, { hash: before });
  await until(shared, 'accepted');
  session.abort();
  await done;

  const other = newMail({ email: shared.email });
  await write(after, silent, dead, other);
  await startSender(0, { hash: after });
  expect(await until(silent, 'suppressed')).toMatchObject({ reason: 'mailbox_opt_out' });
  expect(await until(dead, 'suppressed')).toMatchObject({ reason: 'address' });
  expect(await until(other, 'put_back')).toMatchObject({ reason: 'mailbox_daily' });
  expect(smtp.taken).toHaveLength(1);
});

test('a pending mail that was named by an earlier key takes its place under the caps', async () => {
  const [old, fresh] = [newMail(), newMail()];
  const pair = [old, { ...fresh, email: old.email }];
  await write(before, pair[0]!);
  await write(after, pair[1]!);
  await startSender(0, { hash: after });
  const states = async () =>
    (await pool.query<{ state: string }>('select state from mail order by state')).rows.map(({ state }) => state);
  for (let look = 0; look < 200 && (await states()).join() !== 'accepted,put_back'; look++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await states()).toEqual(['accepted', 'put_back']);
  expect(smtp.taken).toHaveLength(1);
});
