import type { Sql } from '#stream';
import { mailboxOf } from '../domain/mailbox.ts';
import type { Person } from '../domain/person.ts';
import { rowNames, type AddressHash } from './address-hash.ts';

/** What of a claimed mail depends on where it goes. */
interface Addressed {
  readonly id: string;
  readonly person_id: string;
  readonly email: string;
  readonly rendered: Buffer | null;
  readonly deferrals: number;
  readonly mailbox: string | null;
  readonly mailbox_also: string | null;
}

/**
 * Turns claimed mails to where their people are now. A mail whose person has another mailbox than at its decision, or at an earlier attempt,
 * goes to that one: its bytes are made anew, and what was said of the old address no longer makes it wait. `email` is empty where the
 * person has no address any more. A person of whom nothing is known is where the mail says.
 */
export async function readdress<Row extends Addressed>(
  sql: Sql,
  claimed: readonly Row[],
  people: ReadonlyMap<string, Partial<Pick<Person, 'email'>>>,
  hash: AddressHash,
): Promise<Row[]> {
  const moved = new Map<string, Pick<Addressed, 'email' | 'mailbox' | 'mailbox_also'>>();
  for (const { id, person_id, email } of claimed) {
    const person = people.get(person_id);
    if (person === undefined || (person.email !== undefined && mailboxOf(person.email) === mailboxOf(email))) continue;
    const now = person.email ?? '';
    moved.set(id, { email: now, ...rowNames(now === '' ? [] : hash.names(now)) });
  }
  if (moved.size === 0) return [...claimed];
  const all = [...moved.values()];
  await sql.query(
    `update mail m set email = r.email, mailbox = r.mailbox::bytea, mailbox_also = r.also::bytea[], rendered = null, deferrals = 0
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as r (id, email, mailbox, also) where m.id = r.id`,
    [
      [...moved.keys()],
      all.map(({ email }) => email),
      all.map(({ mailbox }) => mailbox),
      all.map(({ mailbox_also }) => mailbox_also),
    ],
  );
  return claimed.map((row) => {
    const to = moved.get(row.id);
    return to === undefined ? row : { ...row, ...to, rendered: null, deferrals: 0 };
  });
}
