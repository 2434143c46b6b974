/** States by the number of their stretch of time, in ascending order. Plain JSON. */
export type Buckets<State> = readonly (readonly [number: number, state: State])[];

/** With the state of one bucket changed. `begin`: the state of one that is not there yet. */
export function changed<State>(
  buckets: Buckets<State>,
  number: number,
  begin: State,
  change: (state: State) => State,
): Buckets<State> {
  const at = buckets.findLastIndex(([other]) => other <= number);
  const found = buckets[at];
  if (found?.[0] === number) return buckets.with(at, [number, change(found[1])]);
  return buckets.toSpliced(at + 1, 0, [number, change(begin)]);
}

/** Both as one. */
export const together = <State>(
  one: Buckets<State>,
  other: Buckets<State>,
  begin: State,
  merge: (one: State, other: State) => State,
): Buckets<State> => other.reduce((all, [number, state]) => changed(all, number, begin, (mine) => merge(mine, state)), one);

/** The newest bucket and those of so many numbers up to it. What is left depends on no order of arrival. */
export function newest<State>(buckets: Buckets<State>, width: number): Buckets<State> {
  const oldest = (buckets.at(-1)?.[0] ?? 0) - width;
  return (buckets[0]?.[0] ?? Infinity) > oldest ? buckets : buckets.filter(([number]) => number > oldest);
}
