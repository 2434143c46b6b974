import { createHmac } from 'node:crypto';
import { mailboxOf } from '../domain/mailbox.ts';

/** Names a mailbox in tables without keeping its address, so that a suppression and an opt-out survive the person's erasure. */
export function addressHasher(signingKey: string): (email: string) => Buffer {
  const key = createHmac('sha256', signingKey).update('hito suppressed addresses v1').digest();
  return (email) => createHmac('sha256', key).update(mailboxOf(email)).digest();
}
