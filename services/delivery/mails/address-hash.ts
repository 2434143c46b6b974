import { createHmac } from 'node:crypto';
import type { KeyRing, RingKey } from '#platform';
import { mailboxOf } from '../domain/mailbox.ts';

/** A mailbox as tables know it: its keyed hash. */
export interface MailboxName {
  readonly hash: Buffer;
  /** The key that made it. */
  readonly keyId: string;
}

/** All names of one mailbox, by each key of the ring, the current one first. */
export type MailboxNames = readonly [MailboxName, ...MailboxName[]];

/** Names a mailbox in tables without keeping its address, so that a suppression and an opt-out survive the person's erasure. */
export interface AddressHash {
  /** By the ring's current key. */
  (email: string): Buffer;
  /** The current key's id. */
  readonly keyId: string;
  /**
   * By every key. What is written bears all of these names, what is read is looked for under all of them: so two processes that share one
   * key know the same of a mailbox, whichever key is current for each.
   */
  names(email: string): MailboxNames;
}

/** The names by the ring `suppressions`. */
export function addressHasher({ current, keys }: KeyRing): AddressHash {
  const hashed = ({ bytes }: RingKey, mailbox: string): Buffer => createHmac('sha256', bytes).update(mailbox).digest();
  const named = (key: RingKey, mailbox: string): MailboxName => ({ hash: hashed(key, mailbox), keyId: key.id });
  const others = keys.filter((key) => key !== current);
  return Object.assign((email: string) => hashed(current, mailboxOf(email)), {
    keyId: current.id,
    names: (email: string): MailboxNames => {
      const mailbox = mailboxOf(email);
      return [named(current, mailbox), ...others.map((key) => named(key, mailbox))];
    },
  });
}

/** One text per mailbox, the same for all spellings of its address. */
export const mailboxId = ([current]: MailboxNames): string => current.hash.toString('hex');

/** The names as one value of a query: text that Postgres casts to `bytea[]`. */
export const nameArray = (names: readonly MailboxName[]): string =>
  `{${names.map(({ hash }) => `"\\\\x${hash.toString('hex')}"`).join()}}`;

/** The columns of `mail` that name its mailbox, as text: by the current key, and by the others where there are any. */
export const rowNames = (names: readonly MailboxName[]): { mailbox: string | null; mailbox_also: string | null } => {
  const [current, ...others] = names;
  return {
    mailbox: current === undefined ? null : `\\x${current.hash.toString('hex')}`,
    mailbox_also: others.length === 0 ? null : nameArray(others),
  };
};
