/** Above how many on one UTC day a user id looks like that of many people. */
export interface SharedLimits {
  readonly anonymousIds: number;
  readonly addresses: number;
}

/** What a user id was seen with too many of. */
export type SharedBy = 'anonymous_ids' | 'addresses';

interface Seen {
  readonly anonymous: Set<number>;
  readonly addresses: Set<number>;
  readonly told: Set<SharedBy>;
}

/** So many user ids are watched at once; an id that many people share is among the ones seen last. */
const watched = 10_000;
const dayMs = 86_400_000;

/**
 * Notices a user id that many people seem to share, such as a word that a program sends where it has no id. It looks at the
 * user ids seen last, keeps hashes only, and of each no more than its limit and one: a few megabytes in all.
 */
export class SharedIds {
  private readonly users = new Map<string, Seen>();
  private day = 0;

  constructor(
    private readonly limits: SharedLimits,
    private readonly atMost = watched,
  ) {}

  /** What the user id has just been seen with too many of; each of them once a day. `at`: epoch ms. */
  note(user: string, anonymous: string | undefined, address: string | undefined, at: number): SharedBy[] {
    if (anonymous === undefined && address === undefined) return [];
    const day = Math.floor(at / dayMs);
    if (day !== this.day) this.users.clear();
    this.day = day;
    const seen = this.users.get(user) ?? { anonymous: new Set(), addresses: new Set(), told: new Set() };
    this.users.delete(user);
    this.users.set(user, seen);
    if (this.users.size > this.atMost) this.users.delete(this.users.keys().next().value ?? '');
    const { anonymousIds, addresses } = this.limits;
    const found: SharedBy[] = [];
    if (crosses(seen.anonymous, anonymous, anonymousIds)) found.push('anonymous_ids');
    if (crosses(seen.addresses, address?.trim().toLowerCase(), addresses)) found.push('addresses');
    const fresh = found.filter((what) => !seen.told.has(what));
    for (const what of fresh) seen.told.add(what);
    return fresh;
  }
}

function crosses(known: Set<number>, value: string | undefined, limit: number): boolean {
  if (value === undefined || known.size > limit) return false;
  known.add(hash(value));
  return known.size > limit;
}

/** FNV-1a over UTF-16 units, 32 bits: what it confuses makes a report later, never one too many. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length && i < 500; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
