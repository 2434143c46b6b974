import { seal, unseal, type KeyRing, type Unsealable } from '#platform';
import { decode, encode, type Claim, type ClaimOf, type Purpose } from './claim.ts';

type LinkRefusal = Unsealable | 'expired' | 'other_purpose';
export const linkRefusals = [
  'malformed',
  'unknown_key',
  'forged',
  'expired',
  'other_purpose',
] as const satisfies readonly LinkRefusal[];

/** Why a link is not followed; `language`: of the mail, where that is known. */
export interface Refused {
  readonly refused: LinkRefusal;
  readonly language?: string | undefined;
}

export interface LinkTokens {
  sign(claim: Claim): string;
  /** What was signed, whatever its age, or nothing: altered, cut, made for another purpose or by another key. */
  read<P extends Purpose>(purpose: P, token: string): ClaimOf<P> | undefined;
  /** The same at an instant (epoch ms), or why not. Never throws. */
  check<P extends Purpose>(purpose: P, token: string, now: number): ClaimOf<P> | Refused;
}

/** The longest link that is written and read, characters: what proxies and mail programs let through. */
export const longestLink = 8_000;
const dayMs = 86_400_000;
/** How long opens and clicks of a mail count where nothing else is said; an unsubscription has no end. */
const defaultLifeDays = 730;

/**
 * Tokens of links: base64url of a claim, encrypted with the current key of the ring `links`. A token shows nothing of the person or the mail,
 * and the same claim gives the same token.
 */
export function linkTokens(ring: KeyRing, lifeDays = defaultLifeDays): LinkTokens {
  function check<P extends Purpose>(purpose: P, token: string, now: number): ClaimOf<P> | Refused {
    if (token.length > longestLink) return { refused: 'malformed' };
    const bytes = Buffer.from(token, 'base64url');
    // Node's decoder skips what it does not know: only the one spelling that `sign` writes is a token.
    if (bytes.toString('base64url') !== token) return { refused: 'malformed' };
    const text = unseal(ring, bytes);
    if (typeof text === 'string') return { refused: text };
    const claim = decode(text);
    if (claim === undefined) return { refused: 'malformed' };
    const { language } = claim;
    if (claim.purpose !== purpose) return { refused: 'other_purpose', language };
    if (purpose !== 'unsubscribe' && claim.issued !== undefined && now >= (claim.issued + lifeDays + 1) * dayMs)
      return { refused: 'expired', language };
    return claim as ClaimOf<P>;
  }
  return {
    sign: (claim) => seal(ring, encode(claim)).toString('base64url'),
    check,
    read(purpose, token) {
      const claim = check(purpose, token, -Infinity);
      return 'refused' in claim ? undefined : claim;
    },
  };
}
