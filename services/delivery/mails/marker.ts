import { everyMail } from '#facts';
import type { Sql } from '#stream';
import { nameArray } from './address-hash.ts';
import type { Mail } from './mail.ts';

export interface MarkerRequest {
  readonly mail: Mail;
  /** What is about to be transmitted; kept, so that every later attempt sends the same bytes. */
  readonly bytes: Buffer;
  readonly messageId: string;
}

/** The mailbox's last word about these categories, as `mailRefusal` reads it: nothing said is allowed, at one instant the "no" counts. */
const lastWord = (categories: string): string =>
  `coalesce((select w.granted from mailbox_word w where w.mailbox = any (r.mailbox::bytea[]) and ${categories} order by w.said_at desc, w.granted limit 1), true)`;

/**
 * The marker: claimed → data, by attempt, token and a lease that still runs, unless the mailbox has said no meanwhile. Answers per request whether its row was found. Only after a
 * yes, and after the commit, may a byte of the body leave: from here on a fault means in_doubt. It has to be on disk before that byte, so
 * `synchronous_commit` stays on for it.
 */
export async function mark(sql: Sql, requests: readonly MarkerRequest[]): Promise<boolean[]> {
  // One binary value for all their bytes: in an array each would travel as hexadecimal text.
  const fresh = requests.map(({ mail, bytes }) => (mail.rendered === undefined ? bytes : Buffer.alloc(0)));
  const starts: number[] = [];
  let size = 0;
  for (const { length } of fresh) {
    starts.push(size);
    size += length;
  }
  const { rows } = await sql.query(
    `update mail m set state = 'data', data_at = clock_timestamp(), message_id_header = coalesce(m.message_id_header, r.message_id),
            rendered = case when r.size = 0 then m.rendered else substring($7::bytea from r.start + 1 for r.size) end,
            tracked = case when r.size = 0 then m.tracked else r.tracked end
     from unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[], $5::text[], $6::integer[], $8::integer[], $9::boolean[], $10::text[])
       as r (id, attempt, token, message_id, mailbox, start, size, tracked, names)
     where m.id = r.id and m.attempt = r.attempt and m.token = r.token and m.state = 'claimed' and m.lease_until > clock_timestamp()
       and not exists (select from suppression s where s.address_hash = any (r.mailbox::bytea[]))
       and (m.rank = 0 or (${lastWord("w.category = any (string_to_array(r.names, E'\\x1e'))")} and ${lastWord(`w.category = '${everyMail}'`)}))
     returning m.id`,
    [
      requests.map(({ mail }) => mail.id),
      requests.map(({ mail }) => mail.attempt),
      requests.map(({ mail }) => mail.token),
      requests.map(({ messageId }) => messageId),
      requests.map(({ mail }) => nameArray(mail.mailbox)),
      starts,
      Buffer.concat(fresh),
      fresh.map(({ length }) => length),
      requests.map(({ mail }) => mail.tracked),
      requests.map(({ mail }) => mail.consentNames.join('\x1e')),
    ],
  );
  const marked = new Set(rows.map((row) => row['id']));
  return requests.map(({ mail }) => marked.has(mail.id));
}

/** Prolongs the leases of mails that this living process still works on. */
export async function renew(sql: Sql, mails: readonly Mail[], leaseMs: number): Promise<void> {
  await sql.query(
    `update mail m set lease_until = clock_timestamp() + $3 * interval '1 millisecond'
     from unnest($1::uuid[], $2::uuid[]) as r (id, token) where m.id = r.id and m.token = r.token and m.state = 'claimed'`,
    [mails.map((mail) => mail.id), mails.map((mail) => mail.token), leaseMs],
  );
}
