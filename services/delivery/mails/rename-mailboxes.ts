import type { Sql } from '#stream';
import type { AddressHash } from './address-hash.ts';

/**
 * After a change of keys: gives what earlier keys have named for these addresses its name by the current key, before anybody looks it up.
 * So every suppression, opt-out and cap still holds, and all other code knows one name per mailbox. With one key in the ring it asks nothing.
 */
export async function renameMailboxes(sql: Sql, emails: readonly string[], hash: AddressHash): Promise<void> {
  const pairs = [...new Set(emails)]
    .flatMap((email) => hash.former(email).map((old) => ({ old, now: hash(email) })))
    .sort((a, b) => a.old.compare(b.old));
  if (pairs.length === 0) return;
  const names = [pairs.map(({ old }) => old), pairs.map(({ now }) => now)];
  await sql.query(
    `with p as (select * from unnest($1::bytea[], $2::bytea[]) as p (old, now)),
       gone as (delete from suppression s using p where s.address_hash = p.old returning p.now, s.reason, s.message_id, s.suppressed_at)
     insert into suppression (address_hash, key_id, reason, message_id, suppressed_at)
     select distinct on (now) now, $3, reason, message_id, suppressed_at from gone order by now, suppressed_at
     on conflict (address_hash) do nothing`,
    [...names, hash.keyId],
  );
  await sql.query(
    `with p as (select * from unnest($1::bytea[], $2::bytea[]) as p (old, now)),
       gone as (delete from mailbox_word w using p where w.mailbox = p.old returning p.now, w.category, w.granted, w.said_at)
     insert into mailbox_word as w (mailbox, key_id, category, granted, said_at)
     select distinct on (now, category) now, $3, category, granted, said_at from gone order by now, category, said_at desc, granted
     on conflict (mailbox, category) do update set granted = excluded.granted, said_at = excluded.said_at
     where excluded.said_at > w.said_at or (excluded.said_at = w.said_at and not excluded.granted)`,
    [...names, hash.keyId],
  );
  // Only what caps count, by its index: a pending mail is renamed by its own claim, and two claims never wait for each other's rows.
  await sql.query(
    `update mail m set mailbox = p.now from unnest($1::bytea[], $2::bytea[]) as p (old, now) where m.mailbox = p.old
       and m.rank <> 0 and m.state in ('claimed', 'data', 'in_doubt', 'accepted')`,
    names,
  );
}
