/** One person is another: who is given up, and who goes on. */
export type Merge = readonly [from: string, into: string];

/** These and those, each once, in an order of their own: whoever knows the same merges has the same list. */
export function union(some: readonly Merge[], others: readonly Merge[]): readonly Merge[] {
  const all = new Map([...some, ...others].map((merge) => [merge.join(' '), merge]));
  return all.size === some.length ? some : [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, merge]) => merge);
}

/** Everybody whom the merges name. */
export const namedBy = (merges: readonly Merge[]): readonly string[] => [...new Set(merges.flat())];

/**
 * Who goes on of all that are one with this person: the one whom nobody else follows. Where merges go round in a circle, or one person was
 * merged into two, several could be that: then it is the one with the smallest key. So it depends on nothing but the merges.
 */
export function survivorOf(merges: readonly Merge[], key: string): string {
  const next = Map.groupBy(merges, ([from]) => from);
  const reached = new Map<string, ReadonlySet<string>>();
  for (const person of namedBy(merges)) {
    const seen = new Set([person]);
    // A set that grows is iterated to its end.
    for (const one of seen) for (const [, into] of next.get(one) ?? []) seen.add(into);
    reached.set(person, seen);
  }
  const last = [...reached].filter(([person, seen]) => [...seen].every((one) => reached.get(one)?.has(person) === true));
  return last.map(([person]) => person).sort()[0] ?? key;
}
