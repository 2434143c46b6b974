import { createHmac } from 'node:crypto';

/** Names an address in the table of suppressions without keeping it, so that a suppression survives the person's erasure. */
export function addressHasher(signingKey: string): (email: string) => Buffer {
  const key = createHmac('sha256', signingKey).update('hito suppressed addresses v1').digest();
  return (email) => createHmac('sha256', key).update(email.trim().toLowerCase()).digest();
}
