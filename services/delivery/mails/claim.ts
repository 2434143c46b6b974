import { gunzipSync } from 'node:zlib';
import type { Consents } from '#contracts';
import type { Sql, WorkerCommit } from '#stream';
import { trackable, withdrawn } from '../domain/consent.ts';
import type { Mail } from './mail.ts';
import { announcement, changedColumns, type Changed } from './outcome.ts';

export interface ClaimOptions {
  readonly partition: number;
  readonly limit: number;
  readonly leaseMs: number;
  /** Which ways out take mail now; a way that is down keeps its mail pending. */
  readonly open: { readonly smtp: boolean; readonly inbox: boolean };
  /** False: a replayed person's mail has nowhere to go and is suppressed. */
  readonly hasInbox: boolean;
  readonly hash: (email: string) => Buffer;
}

interface Claimed extends Changed {
  readonly template: string;
  readonly variables: Record<string, unknown>;
  readonly locale: string;
  readonly zone: string;
  readonly email: string;
  readonly name: string | null;
  readonly replayed: boolean;
  readonly token: string;
  readonly deferrals: number;
  readonly rendered: Buffer | null;
  readonly past: boolean;
}

interface Refused {
  readonly id: string;
  readonly state: 'suppressed' | 'expired';
  readonly reason: string;
}

/**
 * Takes due mails, each with a new attempt, token and lease, and re-checks in the same transaction whether they may be sent: consent,
 * suppression, somewhere to go and, while the task's clock is live, expiry. What may not is settled at once.
 */
export async function claim(sql: Sql, options: ClaimOptions): Promise<WorkerCommit<Mail[]>> {
  const { partition, limit, leaseMs, open, hash } = options;
  const live = await clockIsLive(sql, partition);
  const { rows } = (await sql.query(
    `update mail m set state = 'claimed', attempt = m.attempt + 1, token = gen_random_uuid(), reason = null, reply = null,
            lease_until = clock_timestamp() + $3 * interval '1 millisecond'
     where m.id in (select id from mail where partition = $1 and state = 'pending' and retry_at <= clock_timestamp()
                      and case when replayed then $4::boolean else $5::boolean end
                    order by rank, retry_at limit $2 for update skip locked)
     returning ${changedColumns}, m.counted_as, m.template, m.variables, m.locale, m.zone, m.email, m.name, m.replayed, m.token,
               m.deferrals, m.rendered, m.not_after <= clock_timestamp() as past`,
    [partition, limit, leaseMs, open.inbox, open.smtp],
  )) as unknown as { rows: Claimed[] };
  if (rows.length === 0) return { result: [] };

  const consents = await consentsOf(sql, partition, rows.map((row) => row.person_id));
  const hashes = new Map(rows.map((row) => [row.id, hash(row.email)]));
  const suppressed = await suppressedAddresses(sql, [...hashes.values()]);
  const refused: Refused[] = [];
  const mails: Mail[] = [];
  for (const row of rows) {
    const theirs = consents.get(row.person_id) ?? {};
    const addressHash = hashes.get(row.id) ?? hash(row.email);
    const refusal = ((): Omit<Refused, 'id'> | undefined => {
      if (withdrawn(theirs, row.category)) return { state: 'suppressed', reason: 'consent' };
      if (suppressed.has(addressHash.toString('hex'))) return { state: 'suppressed', reason: 'address' };
      if (row.replayed && !options.hasInbox) return { state: 'suppressed', reason: 'no_inbox_for_replayed' };
      if (live && row.past) return { state: 'expired', reason: 'not_after' };
      return undefined;
    })();
    if (refusal === undefined) mails.push(mailOf(row, addressHash, trackable(theirs)));
    else refused.push({ id: row.id, ...refusal });
  }
  return { result: mails, ...announcement(await settleRefused(sql, refused)) };
}

async function clockIsLive(sql: Sql, partition: number): Promise<boolean> {
  const { rows } = await sql.query(`select clock from task where processor = 'delivery' and partition = $1`, [partition]);
  return rows[0]?.['clock'] === 'live';
}

/** As the `delivery` processor of this partition knows them. */
async function consentsOf(sql: Sql, partition: number, people: readonly string[]): Promise<Map<string, Consents>> {
  const { rows } = await sql.query(
    `select key, convert_from(state, 'UTF8')::jsonb -> 'consents' as consents from delivery_state where partition = $1 and key = any ($2::text[])`,
    [partition, people],
  );
  return new Map(rows.map((row) => [row['key'] as string, row['consents'] as Consents]));
}

async function suppressedAddresses(sql: Sql, hashes: readonly Buffer[]): Promise<Set<string>> {
  const { rows } = await sql.query('select address_hash from suppression where address_hash = any ($1::bytea[])', [hashes]);
  return new Set(rows.map((row) => (row['address_hash'] as Buffer).toString('hex')));
}

async function settleRefused(sql: Sql, refused: readonly Refused[]): Promise<Changed[]> {
  if (refused.length === 0) return [];
  const { rows } = await sql.query(
    `update mail m set state = r.state, reason = r.reason, lease_until = null, rendered = null, counted_as = r.state, settled_at = clock_timestamp()
     from unnest($1::uuid[], $2::text[], $3::text[]) as r (id, state, reason)
     where m.id = r.id and m.state = 'claimed' returning ${changedColumns}, 'pending' as counted_as`,
    [refused.map((r) => r.id), refused.map((r) => r.state), refused.map((r) => r.reason)],
  );
  return rows as unknown as Changed[];
}

const mailOf = (row: Claimed, addressHash: Buffer, tracked: boolean): Mail => ({
  id: row.id,
  personId: row.person_id,
  play: row.play,
  category: row.category,
  template: row.template,
  variables: row.variables,
  locale: row.locale,
  zone: row.zone,
  email: row.email,
  name: row.name ?? undefined,
  replayed: row.replayed,
  decidedAt: row.decided_at,
  attempt: row.attempt,
  token: row.token,
  deferrals: row.deferrals,
  rendered: row.rendered === null ? undefined : gunzipSync(row.rendered),
  addressHash,
  tracked,
});
