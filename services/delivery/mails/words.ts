import type { Consents } from '#facts';
import type { Sql } from '#stream';
import type { Word } from '../domain/word.ts';
import type { AddressHash, MailboxName } from './address-hash.ts';

type Said = Pick<Word, 'category' | 'granted' | 'at'> & { readonly mailbox: MailboxName };

const later = (a: Said, b: Said): boolean => a.at > b.at || (a.at === b.at && !a.granted);

/**
 * Keeps the latest word of each mailbox and category, under each of its names; at one instant the "no". So it does not matter in which order partitions write.
 * They write in one order of rows, so that none waits for another in a circle.
 */
export async function keepWords(sql: Sql, words: readonly Word[], hash: AddressHash): Promise<void> {
  const went = await addressesOf(
    sql,
    words.flatMap(({ messageId }) => messageId ?? []),
  );
  const latest = new Map<string, Said>();
  for (const { email, messageId, category, granted, at } of words)
    for (const mailbox of [email, went.get(messageId ?? '')].flatMap((one) => (one === undefined ? [] : hash.names(one)))) {
      const key = `${mailbox.hash.toString('hex')} ${category}`;
      const said = { mailbox, category, granted, at };
      const known = latest.get(key);
      if (known === undefined || later(said, known)) latest.set(key, said);
    }
  const rows = [...latest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, said]) => said);
  if (rows.length === 0) return;
  await sql.query(
    `insert into mailbox_word as w (mailbox, key_id, category, granted, said_at)
     select r.mailbox, r.key_id, r.category, r.granted, r.said_at
     from unnest($1::bytea[], $2::text[], $3::boolean[], $4::bigint[], $5::text[]) as r (mailbox, category, granted, said_at, key_id)
     on conflict (mailbox, category) do update set granted = excluded.granted, said_at = excluded.said_at
     where excluded.said_at > w.said_at or (excluded.said_at = w.said_at and not excluded.granted)`,
    [
      rows.map(({ mailbox }) => mailbox.hash),
      rows.map(({ category }) => category),
      rows.map(({ granted }) => granted),
      rows.map(({ at }) => at),
      rows.map(({ mailbox }) => mailbox.keyId),
    ],
  );
}

/** Where mails went: a person may have another address by now. */
async function addressesOf(sql: Sql, messageIds: readonly string[]): Promise<Map<string, string>> {
  if (messageIds.length === 0) return new Map();
  const { rows } = await sql.query(`select id, email from mail where id = any ($1::uuid[]) and email <> ''`, [messageIds]);
  return new Map(rows.map((row) => [row['id'] as string, row['email'] as string]));
}

/** What mailboxes said, as consents of their own, by the hash in hexadecimal. */
export async function consentsOfMailboxes(sql: Sql, mailboxes: readonly Buffer[]): Promise<Map<string, Consents>> {
  const { rows } = await sql.query(
    'select mailbox, category, granted, said_at from mailbox_word where mailbox = any ($1::bytea[])',
    [mailboxes],
  );
  const found = new Map<string, Consents>();
  for (const row of rows) {
    const mailbox = (row['mailbox'] as Buffer).toString('hex');
    const said = { granted: row['granted'] === true, changed_at: new Date(Number(row['said_at'])).toISOString() };
    found.set(mailbox, { ...found.get(mailbox), [row['category'] as string]: said });
  }
  return found;
}
