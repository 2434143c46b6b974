import { mailRefusal, mayTrack, undeclared, type CategoryPolicies, type Consents } from '#facts';
import type { JointCommit, Sql } from '#stream';
import type { DecisionDay } from '../domain/mailbox.ts';
import type { Person } from '../domain/person.ts';
import { mailboxId, nameArray, rowNames, type AddressHash, type MailboxNames } from './address-hash.ts';
import { copyToEveryName } from './copy-names.ts';
import { readdress } from './readdress.ts';
import { variablesOfEnded } from './erase.ts';
import type { Mail } from './mail.ts';
import { heldByMailbox, type Applicant } from './mailbox-caps.ts';
import { announcements, attemptPlace, changedColumns, type Changed } from './outcome.ts';
import { consentsOfMailboxes } from './words.ts';

export interface ClaimOptions {
  readonly partitions: Iterable<number>;
  readonly limit: number;
  readonly leaseMs: number;
  /** Which ways out take mail now; a way that is down keeps its mail pending. */
  readonly open: { readonly smtp: boolean; readonly inbox: boolean };
  /** False: a replayed person's mail has nowhere to go and is suppressed. */
  readonly hasInbox: boolean;
  /** Of the present playbook. */
  readonly categories: CategoryPolicies;
  readonly hash: AddressHash;
  /** This mail and no other, where it is due. */
  readonly only?: string | undefined;
}

interface Claimed extends Changed {
  readonly legal: boolean;
  readonly consent: string;
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
  /** Whether those bytes hold a pixel and rewritten links. */
  readonly tracked: boolean;
  readonly past: boolean;
  readonly behaviour: boolean;
  readonly day: DecisionDay;
  readonly mailbox: string | null;
  readonly mailbox_also: string | null;
  readonly live: boolean;
}

interface Refused {
  readonly id: string;
  readonly state: 'suppressed' | 'expired' | 'put_back';
  readonly reason: string;
}

/**
 * Takes due mails of these partitions, each with a new attempt, token and lease, and re-checks in the same transaction whether they may be
 * sent, and where to: the person's address now, consent of the person and of the mailbox, suppression, somewhere to go, expiry while the task's clock is live, and the caps of the
 * mailbox. What may not is settled at once.
 */
export async function claim(sql: Sql, options: ClaimOptions): Promise<JointCommit<Mail[]>> {
  const { limit, leaseMs, open, hash } = options;
  const partitions = [...options.partitions];
  const { rows } = (await sql.query(
    `with due as (
       select d.id from unnest($1::int[]) as p (partition) cross join lateral (
         select id, rank, retry_at from mail
         where partition = p.partition and state = 'pending' and retry_at <= statement_timestamp()
           and case when replayed then $4::boolean else $5::boolean end and ($6::uuid is null or id = $6)
         order by rank, retry_at limit $2) d
       order by d.rank, d.retry_at limit $2)
     update mail m set state = 'claimed', attempt = m.attempt + 1, token = gen_random_uuid(), reason = null,
            lease_until = clock_timestamp() + $3 * interval '1 millisecond'
     from due where m.id = due.id and m.state = 'pending'
     returning ${changedColumns}, m.counted_as, m.legal, m.consent, m.template, m.variables, m.locale, m.zone, m.email, m.name, m.token,
               m.deferrals, m.rendered, m.tracked, m.behaviour, m.day, m.mailbox::text as mailbox, m.mailbox_also::text as mailbox_also, m.not_after <= clock_timestamp() as past,
               exists (select from task t where t.processor = 'delivery' and t.partition = m.partition and t.clock = 'live') as live`,
    [partitions, limit, leaseMs, open.inbox, open.smtp, options.only ?? null],
  )) as unknown as { rows: Claimed[] };
  if (rows.length === 0) return { result: [] };

  const people = await peopleOf(sql, rows);
  const addressed = await readdress(sql, rows, people, hash);
  const refused: Refused[] = addressed.flatMap(({ id, email }) =>
    email === '' ? [{ id, state: 'suppressed', reason: 'no_address' }] : [],
  );
  const found = addressed.filter(({ email }) => email !== '').map((row) => ({ row, mailbox: hash.names(row.email) }));
  await nameByThisRing(sql, found);
  await copyToEveryName(
    sql,
    found.map(({ mailbox }) => mailbox),
  );
  // From here on each mailbox has all that is known of it under its current name.
  const current = found.map(({ mailbox: [{ hash: name }] }) => name);
  const [said, suppressed] = [await consentsOfMailboxes(sql, current), await suppressedAddresses(sql, current)];
  const allowed: (Judged & { readonly row: Claimed })[] = [];
  for (const { row, mailbox } of found) {
    const theirs = people.get(row.person_id)?.consents ?? {};
    const here: Consents = said.get(mailboxId(mailbox)) ?? {};
    const policy = options.categories.get(row.category) ?? undeclared(row.category, row);
    const refusal = ((): Omit<Refused, 'id'> | undefined => {
      if (mailRefusal(theirs, policy) !== undefined) return { state: 'suppressed', reason: 'consent' };
      if (mailRefusal(here, { ...policy, consent: 'opt_out' }) !== undefined)
        return { state: 'suppressed', reason: 'mailbox_opt_out' };
      if (suppressed.has(mailboxId(mailbox))) return { state: 'suppressed', reason: 'address' };
      if (row.replayed && !options.hasInbox) return { state: 'suppressed', reason: 'no_inbox_for_replayed' };
      if (row.live && row.past) return { state: 'expired', reason: 'not_after' };
      return undefined;
    })();
    const tracked = mayTrack(theirs, policy) && mayTrack(here, { ...policy, tracking: 'opt_out' });
    if (refusal === undefined) allowed.push({ row, mailbox, names: policy.names, tracked });
    else refused.push({ id: row.id, ...refusal });
  }
  const held = await heldByMailbox(
    sql,
    allowed.filter(({ row }) => !row.legal).map(({ row, mailbox }) => applicant(row, mailbox)),
    rows.map(({ id }) => id),
  );
  for (const [id, reason] of held) refused.push({ id, state: 'put_back', reason });
  const mails = allowed.filter(({ row }) => !held.has(row.id)).map(({ row, ...known }) => mailOf(row, known));
  return { result: mails, commits: announcements(await settleRefused(sql, refused)) };
}

const applicant = (row: Claimed, mailbox: MailboxNames): Applicant => ({
  id: row.id,
  personId: row.person_id,
  decidedAt: row.decided_at.getTime(),
  behaviour: row.behaviour,
  day: row.day,
  replayed: row.replayed,
  mailbox,
});

/** A mail that was asked for by another ring of keys counts under this process' names as well, and under its old one. */
async function nameByThisRing(
  sql: Sql,
  found: readonly { readonly row: Claimed; readonly mailbox: MailboxNames }[],
): Promise<void> {
  const others = found.filter(({ row, mailbox }) => {
    const known = `${row.mailbox ?? ''} ${row.mailbox_also ?? ''}`;
    return !mailbox.every((name) => known.includes(name.hash.toString('hex')));
  });
  if (others.length === 0) return;
  await sql.query(
    `update mail m set mailbox = r.name::bytea,
       mailbox_also = (select array_agg(distinct o) from unnest(r.names::bytea[] || m.mailbox || m.mailbox_also) o where o <> r.name::bytea)
     from unnest($1::uuid[], $2::text[], $3::text[]) as r (id, name, names) where m.id = r.id`,
    [
      others.map(({ row }) => row.id),
      others.map(({ mailbox }) => rowNames(mailbox).mailbox),
      others.map(({ mailbox }) => nameArray(mailbox)),
    ],
  );
}

type Known = Partial<Pick<Person, 'consents' | 'email'>>;

/** As the `delivery` processor of this partition knows them. */
async function peopleOf(sql: Sql, claimed: readonly Claimed[]): Promise<Map<string, Known>> {
  const { rows } = await sql.query(
    `select s.key, s.state from unnest($1::int[], $2::text[]) as m (partition, person)
     join delivery_state s on s.partition = m.partition and s.key = m.person`,
    [claimed.map((row) => row.partition), claimed.map((row) => row.person_id)],
  );
  // Read here: JSON may hold what Postgres' jsonb refuses, and one person's state is no reason to claim nobody's mail.
  return new Map(rows.map(({ key, state }) => [key as string, JSON.parse(String(state)) as Known]));
}

async function suppressedAddresses(sql: Sql, hashes: readonly Buffer[]): Promise<Set<string>> {
  const { rows } = await sql.query('select address_hash from suppression where address_hash = any ($1::bytea[])', [hashes]);
  return new Set(rows.map((row) => (row['address_hash'] as Buffer).toString('hex')));
}

async function settleRefused(sql: Sql, refused: readonly Refused[]): Promise<Changed[]> {
  if (refused.length === 0) return [];
  const { rows } = await sql.query(
    `update mail m set state = r.state, reason = r.reason, lease_until = null, rendered = null, counted_as = r.state, settled_at = clock_timestamp(),
       variables = case when r.state = 'put_back' then m.variables else ${variablesOfEnded} end
     from unnest($1::uuid[], $2::text[], $3::text[]) as r (id, state, reason)
     where m.id = r.id and m.state = 'claimed' returning ${changedColumns}, 'pending' as counted_as`,
    [refused.map((r) => r.id), refused.map((r) => r.state), refused.map((r) => r.reason)],
  );
  return rows as unknown as Changed[];
}

interface Judged {
  readonly mailbox: MailboxNames;
  readonly names: readonly string[];
  readonly tracked: boolean;
}

const mailOf = (row: Claimed, { mailbox, names, tracked }: Judged): Mail => ({
  id: row.id,
  partition: row.partition,
  personId: row.person_id,
  play: row.play,
  category: row.category,
  legal: row.legal,
  consent: row.consent,
  template: row.template,
  variables: row.variables,
  locale: row.locale,
  zone: row.zone,
  email: row.email,
  name: row.name ?? undefined,
  replayed: row.replayed,
  decidedAt: row.decided_at.getTime(),
  attempt: row.attempt,
  token: row.token,
  deferrals: row.deferrals,
  // Bytes of an earlier attempt are not sent again where they measure what the person has meanwhile withdrawn.
  rendered: row.rendered === null || (row.tracked && !tracked) ? undefined : row.rendered,
  mailbox,
  consentNames: names,
  tracked,
  traced: attemptPlace(row.trace, row),
});
