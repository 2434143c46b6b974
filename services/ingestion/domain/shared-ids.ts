/** Above how many on one UTC day a user id looks like that of many people. */
export interface SharedLimits {
  readonly anonymousIds: number;
  readonly addresses: number;
}

/** Limits of an installation that names none. */
export const usualLimits: SharedLimits = { anonymousIds: 20, addresses: 3 };

/** What a user id was seen with too many of. */
export type SharedBy = 'anonymous_ids' | 'addresses';

/** What a user id was seen with on one day: hashes only, and of each sort no more than its limit and one. */
export interface Seen {
  /** Of stream time, in days since 1970 (UTC). */
  readonly day: number;
  readonly anonymous: readonly number[];
  readonly addresses: readonly number[];
}

/** The anonymous id and the address of one call. */
export interface With {
  readonly anonymous: string | undefined;
  readonly address: string | undefined;
}

const dayMs = 86_400_000;

/**
 * Notices a user id that many people seem to share, such as a word that a program sends where it has no id. `seen` is the same
 * reference where the call brings nothing new; `crossed` names a sort once a day, with the first one above its limit. `at`: epoch ms.
 */
export function seenWith(
  before: Seen | undefined,
  { anonymous, address }: With,
  at: number,
  limits: SharedLimits,
): { readonly seen: Seen | undefined; readonly crossed: readonly SharedBy[] } {
  if (anonymous === undefined && address === undefined) return { seen: before, crossed: [] };
  const day = Math.floor(at / dayMs);
  const today: Seen = before?.day === day ? before : { day, anonymous: [], addresses: [] };
  const seen: Seen = {
    day,
    anonymous: more(today.anonymous, anonymous, limits.anonymousIds),
    addresses: more(today.addresses, address?.trim().toLowerCase(), limits.addresses),
  };
  if (seen.anonymous === today.anonymous && seen.addresses === today.addresses) return { seen: before, crossed: [] };
  const crossed: SharedBy[] = [];
  if (seen.anonymous !== today.anonymous && seen.anonymous.length === limits.anonymousIds + 1) crossed.push('anonymous_ids');
  if (seen.addresses !== today.addresses && seen.addresses.length === limits.addresses + 1) crossed.push('addresses');
  return { seen, crossed };
}

function more(known: readonly number[], value: string | undefined, limit: number): readonly number[] {
  if (value === undefined || known.length > limit) return known;
  const hashed = hash(value);
  return known.includes(hashed) ? known : [...known, hashed];
}

/** FNV-1a over UTF-16 units, 32 bits: what it confuses makes a report later, never one too many. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length && i < 500; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
