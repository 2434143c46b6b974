/** A band of the playbook: reached at `from`, left below `leave`. */
export interface Band {
  readonly id: string;
  readonly from: number;
  readonly leave: number;
}

/**
 * The bands from low to high; the first has everything below the second, so nothing leaves it downwards. Without a `hysteresis` a band is left
 * a tenth of its distance to the one below under its `from`: what just reaches it does not leave it at once.
 */
export const bandsOf = (bands: readonly { id: string; from: number }[], hysteresis?: number): readonly Band[] =>
  bands.map(({ id, from }, index) => {
    const below = bands[index - 1];
    if (below === undefined) return { id, from: -Infinity, leave: -Infinity };
    const distance = from > 0 ? Math.min(from, from - below.from) : from - below.from;
    return { id, from, leave: from - (hysteresis ?? distance / 10) };
  });

/** The band that a total comes to lie in, seen from another (or from none: someone new, or a band that the playbook no longer has). */
export function settle(bands: readonly Band[], from: string | undefined, total: number): string {
  let index = bands.findIndex(({ id }) => id === from);
  if (index < 0) index = bands.findLastIndex((band) => total >= band.from);
  while (index + 1 < bands.length && total >= edge(bands, index + 1).from) index++;
  while (total < edge(bands, index).leave) index--;
  return edge(bands, index).id;
}

function edge(bands: readonly Band[], index: number): Band {
  const band = bands[index];
  if (band === undefined)
    throw new RangeError(`No band ${String(index)}: a total must be a number, and the playbook must have a band`);
  return band;
}
