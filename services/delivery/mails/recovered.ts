import type { Sql } from '#stream';
import type { KnownMail } from './evidence.ts';
import { variablesOfEnded } from './erase.ts';

/** What is written of a recovered mail's row: the columns of `recovered_mail` under the name `r`. */
const ended = `state = r.state, reason = r.reason, reply = r.reply, attempt = greatest(m.attempt, r.attempt), lease_until = null,
  settled_at = case when r.state = 'in_doubt' then null else coalesce(r.settled_at, clock_timestamp()) end,
  doubted_at = case when r.state = 'in_doubt' then clock_timestamp() else m.doubted_at end,
  variables = case when r.state in ('in_doubt', 'put_back') then m.variables else ${variablesOfEnded} end`;

/** Keeps what is known of mails, and corrects the rows of those that the database holds as not sent yet. */
export async function keepKnown(sql: Sql, mails: readonly KnownMail[]): Promise<void> {
  await sql.query(
    `insert into recovered_mail (id, candidate, state, reason, reply, attempt, settled_at)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::timestamptz[])
     on conflict (id) do update set candidate = coalesce(excluded.candidate, recovered_mail.candidate), state = excluded.state,
       reason = excluded.reason, reply = excluded.reply, attempt = excluded.attempt, settled_at = excluded.settled_at`,
    [
      mails.map(({ id }) => id),
      mails.map(({ candidate }) => candidate ?? null),
      mails.map(({ state }) => state),
      mails.map(({ reason }) => reason ?? null),
      mails.map(({ reply }) => reply ?? null),
      mails.map(({ attempt }) => attempt),
      mails.map(({ at }) => at ?? null),
    ],
  );
  await sql.query(
    `update mail m set ${ended} from recovered_mail r
     where m.id = r.id and r.id = any ($1::uuid[]) and m.state in ('pending', 'claimed', 'data', 'in_doubt') and m.state <> r.state`,
    [mails.map(({ id }) => id)],
  );
}

/** Whatever is left of a partition as not sent may have been sent by whom nobody heard of: it is in doubt. Gives how many. */
export async function doubtTheRest(sql: Sql, partition: number): Promise<number> {
  const { rows } = await sql.query(
    `with rest as (update mail set state = 'in_doubt', reason = 'restored', lease_until = null, doubted_at = clock_timestamp()
       where partition = $1 and state in ('pending', 'claimed', 'data') returning 1) select count(*)::int as n from rest`,
    [partition],
  );
  return Number(rows[0]?.['n']);
}
