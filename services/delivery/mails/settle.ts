import type { Sql } from '#stream';
import type { Settlement } from '../domain/reply.ts';
import { variablesOfEnded } from './erase.ts';
import type { Mail } from './mail.ts';
import { changedColumns, type Changed } from './outcome.ts';

export interface Settled {
  readonly mail: Mail;
  readonly settlement: Settlement;
}

/** What servers refused, by whose fault it was, and what no key opened: for the counters of the partitions that this transaction owns. */
export function refusals(settled: readonly Settled[], counting: (mail: Mail) => boolean): Map<number, Record<string, number>> {
  const tallies = new Map<number, Record<string, number>>();
  for (const { mail, settlement } of settled) {
    if (!counting(mail)) continue;
    const tally = tallies.get(mail.partition) ?? {};
    const counted = [
      ...(settlement.blame === undefined ? [] : [`refusals.${settlement.blame}`]),
      ...(settlement.unopened === true ? ['unopened'] : []),
    ];
    for (const name of counted) tallies.set(mail.partition, Object.assign(tally, { [name]: (tally[name] ?? 0) + 1 }));
  }
  return tallies;
}

/**
 * Records how attempts ended, by attempt and token: right whoever owns the partition now. A complete reply to a body counts over
 * in_doubt too. `counting`: the caller announces this mail in this very transaction if its row is returned; else the partition's owner
 * does it later.
 */
export async function settleMails(sql: Sql, settled: readonly Settled[], counting: (mail: Mail) => boolean): Promise<Changed[]> {
  // First: without the fence there is no transaction around the two, and a suppression alone is true as well.
  await suppressAddresses(
    sql,
    settled.filter(({ settlement }) => settlement.suppressAddress === true),
  );
  const { rows } = await sql.query(
    `with given as (
       select * from unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::integer[], $9::boolean[], $10::boolean[])
         as g (id, attempt, token, state, reason, reply, retry_ms, deferral, answered, counting)),
     found as (
       select m.id, m.counted_as, g.state, g.reason, g.reply, g.retry_ms, g.deferral, g.counting from mail m join given g using (id, attempt, token)
       where case when g.answered then m.state in ('data', 'in_doubt', 'pending') else m.state in ('claimed', 'data') end
       for update of m)
     update mail m set state = f.state, reason = f.reason,
       reply = case when f.state = 'pending' then coalesce(f.reply, m.reply) else f.reply end, deferrals = m.deferrals + f.deferral, lease_until = null,
       retry_at = case when f.retry_ms is null then m.retry_at else clock_timestamp() + f.retry_ms * interval '1 millisecond' end,
       doubted_at = case when f.state = 'in_doubt' then clock_timestamp() else m.doubted_at end,
       settled_at = case when f.state in ('pending', 'in_doubt') then null else clock_timestamp() end,
       rendered = case when f.state in ('pending', 'in_doubt') then m.rendered end,
       variables = case when f.state in ('pending', 'in_doubt') then m.variables else ${variablesOfEnded} end,
       counted_as = case when f.counting then f.state else m.counted_as end
     from found f where m.id = f.id
     returning ${changedColumns}, f.counted_as, f.counting`,
    [
      settled.map(({ mail }) => mail.id),
      settled.map(({ mail }) => mail.attempt),
      settled.map(({ mail }) => mail.token),
      settled.map(({ settlement }) => settlement.state),
      settled.map(({ settlement }) => settlement.reason ?? null),
      settled.map(({ settlement }) => settlement.reply ?? null),
      settled.map(({ settlement }) => settlement.retryInMs ?? null),
      settled.map(({ settlement }) => (settlement.deferral === true ? 1 : 0)),
      settled.map(({ settlement }) => settlement.answered),
      settled.map(({ mail }) => counting(mail)),
    ],
  );
  return (rows as unknown as (Changed & { counting: boolean })[]).filter((row) => row.counting);
}

async function suppressAddresses(sql: Sql, settled: readonly Settled[]): Promise<void> {
  if (settled.length === 0) return;
  const names = settled.flatMap(({ mail: { id, mailbox } }) => mailbox.map((name) => ({ ...name, id })));
  await sql.query(
    `insert into suppression (address_hash, key_id, reason, message_id)
     select distinct on (hash) hash, key_id, 'hard_bounce', id from unnest($1::bytea[], $2::uuid[], $3::text[]) as g (hash, id, key_id) on conflict (address_hash) do nothing`,
    [names.map(({ hash }) => hash), names.map(({ id }) => id), names.map(({ keyId }) => keyId)],
  );
}
