import { parseAddress } from '#facts';

/** Series at most, `other` not counted. */
const mostNamed = 20;
/** A domain of a few people names them: it has a series of its own from so many attempts on. */
const namedFrom = 20;
/** Domains whose attempts are remembered until they are named. */
const mostKnown = 10_000;

/**
 * Counts attempts by receiving domain and result, since the process started. Bounded, whatever addresses people give: the first 20 domains
 * with at least 20 attempts are named, all others are `other`. A named one stays named, so that no series ever falls.
 */
export class ByDomain {
  private readonly named = new Set<string>();
  private readonly known = new Map<string, number>();
  private readonly counts = new Map<string, number>();

  /** `email`: an address; `result`: how the attempt ended, a word of a closed list. */
  count(email: string, result: string): void {
    const to = parseAddress(email);
    const domain = to.ok ? this.nameOf(to.key.split('@').at(-1) ?? '') : 'other';
    const name = `domain.${result}/${domain}`;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** The counts, as `domain.<result>/<domain>`. */
  get readings(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.counts);
  }

  private nameOf(domain: string): string {
    if (this.named.has(domain)) return domain;
    if (this.named.size === mostNamed) return 'other';
    const attempts = (this.known.get(domain) ?? 0) + 1;
    if (attempts >= namedFrom) {
      this.named.add(domain);
      this.known.delete(domain);
      return domain;
    }
    // Large domains come back soon.
    if (this.known.size >= mostKnown) this.known.clear();
    this.known.set(domain, attempts);
    return 'other';
  }
}
