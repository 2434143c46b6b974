import type { Sql } from '#stream';
import { byDecision, heldBack, type Counted, type DecisionDay, type Held } from '../domain/mailbox.ts';
import { mailboxId, nameArray, type MailboxNames } from './address-hash.ts';

/** A mail that would take a place under the caps of its mailbox. */
export interface Applicant extends Counted {
  readonly mailbox: MailboxNames;
}

/** A month and a few days: what is further away shares no local month. */
const reach = `interval '35 days'`;

const columns = 'id, person_id, decided_at, behaviour, day, replayed';

/** What makes a mail take a place, by the words of its index. */
const counted = `rank <> 0 and state in ('claimed', 'data', 'in_doubt', 'accepted') and id <> all ($4::uuid[])
         and decided_at between a.decided_at - ${reach} and a.decided_at + ${reach}`;

/**
 * Which of these claimed mails may not go to their mailboxes now, and why; mail that is exempt is none of these. `claimed`: all ids of
 * this claim, which take no place by that alone. Locks the mailboxes until
 * the transaction ends, all their names in one order, so that of two processes the later one sees what the earlier one has claimed.
 */
export async function heldByMailbox(
  sql: Sql,
  applicants: readonly Applicant[],
  claimed: readonly string[],
): Promise<Map<string, Held>> {
  const held = new Map<string, Held>();
  if (applicants.length === 0) return held;
  await lock(sql, applicants);
  const others = await countedMails(sql, applicants, claimed);
  for (const mine of applicants.toSorted(byDecision)) {
    const mailbox = mailboxId(mine.mailbox);
    const theirs = others.get(mailbox) ?? [];
    const why = heldBack(mine, theirs);
    if (why === undefined) others.set(mailbox, [...theirs, mine]);
    else held.set(mine.id, why);
  }
  return held;
}

async function lock(sql: Sql, applicants: readonly Applicant[]): Promise<void> {
  const names = new Set(applicants.flatMap(({ mailbox }) => mailbox.map(({ hash }) => hash.readBigInt64BE())));
  const keys = [...names].sort((a, b) => (a < b ? -1 : 1)).map(String);
  await sql.query('select pg_advisory_xact_lock(k) from unnest($1::bigint[]) k', [keys]);
}

/**
 * Mails that went to these mailboxes or are on their way, those of this claim aside. The other names have one index that can find them:
 * `offset 0` keeps the planner from reading all mails of those days by the index of the first names.
 */
async function countedMails(
  sql: Sql,
  applicants: readonly Applicant[],
  claimed: readonly string[],
): Promise<Map<string, Counted[]>> {
  const { rows } = await sql.query(
    `select a.mailbox, m.* from unnest($1::text[], $2::text[], $3::timestamptz[]) as a (mailbox, names, decided_at) cross join lateral (
       select ${columns} from mail where mailbox = any (a.names::bytea[]) and ${counted}
       union all
       select ${columns} from (select * from mail where mailbox_also is not null and mailbox_also && a.names::bytea[] offset 0) also
       where ${counted}) m`,
    [
      applicants.map(({ mailbox }) => mailboxId(mailbox)),
      applicants.map(({ mailbox }) => nameArray(mailbox)),
      applicants.map(({ decidedAt }) => new Date(decidedAt).toISOString()),
      claimed,
    ],
  );
  const found = new Map<string, Map<string, Counted>>();
  for (const row of rows) {
    const mailbox = row['mailbox'] as string;
    const id = row['id'] as string;
    const theirs = found.get(mailbox) ?? new Map<string, Counted>();
    found.set(mailbox, theirs);
    theirs.set(id, {
      id,
      personId: row['person_id'] as string,
      decidedAt: (row['decided_at'] as Date).getTime(),
      behaviour: row['behaviour'] === true,
      day: row['day'] as DecisionDay,
      replayed: row['replayed'] === true,
    });
  }
  return new Map([...found].map(([mailbox, mails]) => [mailbox, [...mails.values()]]));
}
