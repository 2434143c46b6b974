import { createHmac } from 'node:crypto';
import { parseAddress } from '#facts';

/** Names a mailbox in the table of suppressions without keeping its address, so that a suppression survives the person's erasure. */
export function addressHasher(signingKey: string): (email: string) => Buffer {
  const key = createHmac('sha256', signingKey).update('hito suppressed addresses v1').digest();
  return (email) => {
    const read = parseAddress(email);
    return createHmac('sha256', key)
      .update(read.ok ? read.key : email)
      .digest();
  };
}
