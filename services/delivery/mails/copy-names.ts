import type { Sql } from '#stream';
import { mailboxId, type MailboxNames } from './address-hash.ts';

const names = `select * from unnest($1::integer[], $2::bytea[], $3::text[]) as n (mailbox, name, key_id)`;

/**
 * While a change of keys lasts: gives what is kept of these mailboxes under one of their names all of them. Nothing is taken away: a
 * process that knows only the other key finds it still, and the old key may leave the ring later. With one key in the ring it asks nothing.
 */
export async function copyToEveryName(sql: Sql, mailboxes: readonly MailboxNames[]): Promise<void> {
  const each = [...new Map(mailboxes.map((mailbox) => [mailboxId(mailbox), mailbox])).values()];
  const pairs = each.flatMap((mailbox, number) => mailbox.map((name) => ({ number, ...name })));
  if (pairs.length === each.length) return;
  const given = [pairs.map(({ number }) => number), pairs.map(({ hash }) => hash), pairs.map(({ keyId }) => keyId)];
  await sql.query(
    `with n as (${names}),
       found as (select distinct on (n.mailbox) n.mailbox, s.reason, s.message_id, s.suppressed_at
                 from n join suppression s on s.address_hash = n.name order by n.mailbox, s.suppressed_at)
     insert into suppression (address_hash, key_id, reason, message_id, suppressed_at)
     select n.name, n.key_id, f.reason, f.message_id, f.suppressed_at from found f join n using (mailbox)
     where not exists (select from suppression s where s.address_hash = n.name) order by n.name
     on conflict (address_hash) do nothing`,
    given,
  );
  await sql.query(
    `with n as (${names}),
       found as (select distinct on (n.mailbox, w.category) n.mailbox, w.category, w.granted, w.said_at
                 from n join mailbox_word w on w.mailbox = n.name order by n.mailbox, w.category, w.said_at desc, w.granted)
     insert into mailbox_word as w (mailbox, key_id, category, granted, said_at)
     select n.name, n.key_id, f.category, f.granted, f.said_at from found f join n using (mailbox)
     where not exists (select from mailbox_word k
                       where k.mailbox = n.name and k.category = f.category and k.said_at = f.said_at and k.granted = f.granted)
     order by n.name, f.category
     on conflict (mailbox, category) do update set granted = excluded.granted, said_at = excluded.said_at
     where excluded.said_at > w.said_at or (excluded.said_at = w.said_at and not excluded.granted)`,
    given,
  );
}
