import { expect, test } from '@jest/globals';
import { sealedKey } from '#facts';
import { keyRing, seal, type RingEntry } from '#platform';
import type { Effect, NewMail } from './domain/effect.ts';
import { addressHasher, type AddressHash } from './mails/address-hash.ts';
import { applyEffects } from './mails/apply.ts';
import type { Mail } from './mails/mail.ts';
import { openSecrets } from './open-secrets.ts';
import { beforeMarker, runSender, senderOptions } from './testing/sender.ts';
import { ask, newMail, pool, row, running, smtp, startSender, stopSenders, until } from './testing/sender-fixture.ts';
import { TestSession } from './testing/session.ts';

const [past, present] = ['the key of last year is long enough', 'the key of this year is long enough'];
/** The rings of processes that run side by side while a change of keys is rolled out. */
const rings = {
  old: addressHasher(keyRing('suppressions', past)),
  'old, new': addressHasher(keyRing('suppressions', `${past}, ${present}`)),
  'new, old': addressHasher(keyRing('suppressions', `${present}, ${past}`)),
  new: addressHasher(keyRing('suppressions', present)),
} as const;
type Ring = keyof typeof rings;
/** Those that share a key; step three begins when no process has the old key alone. */
const pairs = (Object.keys(rings) as Ring[])
  .flatMap((writer) => (Object.keys(rings) as Ring[]).map((reader): [Ring, Ring] => [writer, reader]))
  .filter(([writer, reader]) => `${writer} ${reader}` !== 'old new' && `${writer} ${reader}` !== 'new old');

const write = (hash: AddressHash, ...effects: Effect[]): Promise<void> => writeIn(0, hash, ...effects);
const writeIn = (partition: number, hash: AddressHash, ...effects: Effect[]): Promise<void> =>
  applyEffects({ query: (text, values) => pool.query(text, [...(values ?? [])]) }, partition, effects, hash);
const no = (email: string): Effect => ({ kind: 'word', email, category: 'milestone', granted: false, at: Date.now() });

test.each(pairs)('what a process of the ring [%s] keeps of a mailbox holds for one of [%s]', async (writer, reader) => {
  const [silent, dead, shared] = [newMail(), newMail(), newMail()];
  smtp.plan(dead.email, { kind: 'reply', to: 'rcpt', text: '550 5.1.1 no such user' });
  await write(rings[writer], no(silent.email), dead, shared);
  await startSender(0, { hash: rings[writer] });
  await Promise.all([until(shared, 'accepted'), until(dead, 'bounced')]);
  await stopSenders();

  const others = [silent, dead, shared].map(({ email }) => newMail({ email }));
  await write(rings[reader], ...others);
  await startSender(0, { hash: rings[reader] });
  expect(await until(others[0]!, 'suppressed')).toMatchObject({ reason: 'mailbox_opt_out' });
  expect(await until(others[1]!, 'suppressed')).toMatchObject({ reason: 'address' });
  expect(await until(others[2]!, 'put_back')).toMatchObject({ reason: 'mailbox_daily' });
  expect(smtp.taken).toHaveLength(1);
});

test('three processes with three orders of the ring send one mail of a day to each mailbox', async () => {
  const three = ['new, old', 'old, new', 'old'] as const;
  const mailboxes = Array.from({ length: 15 }, () => newMail().email);
  const mails: NewMail[] = [];
  for (const [partition, ring] of three.entries()) {
    const theirs = mailboxes.map((email) => newMail({ email }));
    await writeIn(partition, rings[ring], ...theirs);
    mails.push(...theirs);
  }
  await Promise.all(three.map((ring, partition) => startSender(partition, { hash: rings[ring] })));
  for (const mail of mails) await settled(mail);
  for (const mailbox of mailboxes) expect(smtp.taken.filter(({ to }) => to === mailbox)).toHaveLength(1);
  expect(smtp.taken).toHaveLength(mailboxes.length);
});

async function settled(mail: NewMail): Promise<void> {
  for (const end = Date.now() + 50_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20)))
    if (['accepted', 'put_back'].includes(String((await row(mail))['state']))) return;
  throw new Error(`a mail is still ${String((await row(mail))['state'])}`);
}

test.each(['old', 'new, old'] as const)('a no that a process of [%s] hears between claim and marker holds', async (writer) => {
  const mail = newMail();
  const reader = writer === 'old' ? 'new, old' : 'old';
  await write(rings[reader], mail);
  const options = senderOptions({ smtp: smtp.url }, { hash: rings[reader] });
  const session = await TestSession.take(pool, 0);
  beforeMarker(options, () => write(rings[writer], no(mail.email)));
  running.push({ session, options, done: runSender(session, options) });
  expect(await until(mail, 'suppressed')).toMatchObject({ reason: 'mailbox_opt_out' });
  expect(smtp.taken).toHaveLength(0);
});

test('what an old key named still holds when the key has left the ring, if a mail was claimed meanwhile', async () => {
  const mail = newMail();
  await write(rings.old, no(mail.email), mail);
  await startSender(0, { hash: rings['old, new'] });
  await until(mail, 'suppressed');
  await stopSenders();
  const later = newMail({ email: mail.email });
  await write(rings.new, later);
  await startSender(0, { hash: rings.new });
  expect(await until(later, 'suppressed')).toMatchObject({ reason: 'mailbox_opt_out' });
});

test('a pending mail that was named by a key that is gone takes its place under the caps', async () => {
  const old = newMail();
  const second = newMail({ email: old.email });
  await write(rings.old, old);
  await startSender(0, { hash: rings.new });
  await until(old, 'accepted');
  await write(rings.new, second);
  expect(await until(second, 'put_back')).toMatchObject({ reason: 'mailbox_daily' });
  expect(smtp.taken).toHaveLength(1);
});

test('a link and an opt-out of a mail to an old address silence it under every name', async () => {
  const mail = newMail();
  await write(rings.old, mail);
  await startSender(0, { hash: rings.old });
  await until(mail, 'accepted');
  await stopSenders();
  await write(rings['new, old'], { kind: 'word', messageId: mail.id, category: 'milestone', granted: false, at: Date.now() });
  const names = await pool.query<{ key_id: string; mailbox: Buffer }>('select key_id, mailbox from mailbox_word');
  const known = new Map(rings['old, new'].names(mail.email).map(({ keyId, hash }) => [keyId, hash.toString('hex')]));
  expect(new Map(names.rows.map((row) => [row.key_id, row.mailbox.toString('hex')]))).toEqual(known);
});

test('a mail whose secret has an unknown key waits, is counted, and leaves when the key is there', async () => {
  const key = (id: string): RingEntry => ({ id, bytes: Buffer.alloc(32, id) });
  const env = (...keys: RingEntry[]) => ({ HITO_SIGNING_KEY: past, HITO_SECRET_KEYS: keys });
  const text = seal(keyRing('secrets', past, [key('k2'), key('k1')]), Buffer.from('"https://shop.example/reset/0123456789"'));
  const variables = { properties: { reset_url: { [sealedKey]: text.toString('base64url') } } };
  const [mail, late] = [newMail({ variables }), newMail({ variables, notAfter: Date.now() + 400 })];
  const composeWith = (...keys: RingEntry[]) => {
    const open = openSecrets(env(...keys));
    return (one: Mail) => ({
      bytes: Buffer.from(`Subject: x\r\n\r\n${JSON.stringify(open(one.variables))}\r\n`),
      messageId: '<x@y>',
    });
  };
  await ask(0, mail, late);
  await startSender(0, { compose: composeWith(key('k1')) });
  expect(await until(late, 'expired')).toMatchObject({ reason: 'not_after' });
  expect(await waited(mail)).toMatchObject({ state: 'pending', reason: 'unknown_key' });
  const { rows } = await pool.query<{ value: string }>(`select value from test_tally where name = 'unopened'`);
  expect(Number(rows[0]?.value)).toBeGreaterThan(1);
  await stopSenders();
  await startSender(0, { compose: composeWith(key('k1'), key('k2')) });
  await until(mail, 'accepted');
  expect(smtp.taken.map(({ to }) => to)).toEqual([mail.email]);
});

/** The mail's row after two attempts, between two of them. */
async function waited(mail: NewMail): Promise<Record<string, unknown>> {
  for (const end = Date.now() + 50_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 10))) {
    const found = await row(mail);
    if (Number(found['deferrals']) >= 2 && found['state'] === 'pending') return found;
  }
  throw new Error('the mail was not tried twice');
}
