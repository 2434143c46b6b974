import { keyRing, type RingEntry } from '#platform';
import { addressHasher, type AddressHash } from './address-hash.ts';

/** The names of mailboxes in an installation. */
export const hashOf = (env: {
  readonly HITO_SIGNING_KEY: string;
  readonly HITO_SUPPRESSION_KEYS?: readonly RingEntry[] | undefined;
}): AddressHash => addressHasher(keyRing('suppressions', env.HITO_SIGNING_KEY, env.HITO_SUPPRESSION_KEYS));
