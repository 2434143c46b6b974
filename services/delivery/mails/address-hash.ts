import { createHmac } from 'node:crypto';
import type { KeyRing, RingKey } from '#platform';
import { mailboxOf } from '../domain/mailbox.ts';

/** Names a mailbox in tables without keeping its address, so that a suppression and an opt-out survive the person's erasure. */
export interface AddressHash {
  /** By the ring's current key. */
  (email: string): Buffer;
  /** The current key's id; it stands beside what is named with it. */
  readonly keyId: string;
  /** By each earlier key of the ring: rows that were written before a change of keys bear these. */
  former(email: string): Buffer[];
}

/** The names by the ring `suppressions`. */
export function addressHasher({ current, keys }: KeyRing): AddressHash {
  const hashed = ({ bytes }: RingKey, email: string): Buffer => createHmac('sha256', bytes).update(mailboxOf(email)).digest();
  return Object.assign((email: string) => hashed(current, email), {
    keyId: current.id,
    former: (email: string) => keys.flatMap((key) => (key === current ? [] : [hashed(key, email)])),
  });
}
