import { localDay, periodOf, startOfPeriod } from '#facts';
import { changed, newest, together, type Buckets } from '../buckets.ts';
import type { Entry, Measure, When } from '../measure.ts';
import type { Span } from '../span.ts';

/** A window of hours moves in so many steps: one of 24 hours every 24 minutes. */
const steps = 60;
/** Who flies west meets a local date again: two buckets more than the window has are kept. */
const slack = 2;

/** The same measure over a window. It keeps a state per hour's step, local day, week or month. */
function window<State, Value>({ last, unit }: Span, inner: Measure<State, Value>): Measure<Buckets<State>, Value> {
  const stepMs = (last * 3_600_000) / steps;
  const width = unit === 'hour' ? steps : last;
  const bucketOf = ({ moment, day }: Pick<Entry, 'moment' | 'day'>): number =>
    unit === 'hour' ? Math.floor(moment / stepMs) : periodOf(day, unit);
  const startOf = (bucket: number, zone: string): number =>
    unit === 'hour' ? bucket * stepMs : startOfPeriod(bucket, unit, zone);
  const seen = (buckets: Buckets<State>, { at, zone }: When): Buckets<State> => {
    const now = bucketOf({ moment: at, day: unit === 'hour' ? 0 : localDay(at, zone) });
    return buckets.filter(([bucket]) => bucket > now - width);
  };
  const value = (buckets: Buckets<State>, when: When): Value =>
    inner.value(
      seen(buckets, when).reduce((all, [, state]) => inner.merge(all, state), inner.begin),
      when,
    );
  return {
    shape: `${inner.shape} of the last ${last} ${unit}`,
    maxBytes: 2 + (width + slack) * (inner.maxBytes + 20),
    begin: [],
    take: (buckets, entry) =>
      newest(
        changed(buckets, bucketOf(entry), inner.begin, (state) => inner.take(state, entry)),
        width + slack,
      ),
    merge: (one, other) =>
      newest(
        together(one, other, inner.begin, (mine, state) => inner.merge(mine, state)),
        width + slack,
      ),
    value,
    nextChange: (buckets, when) => {
      const inside = seen(buckets, when).map(([bucket, state]) => [startOf(bucket + width, when.zone), state] as const);
      // What is left when the first so many have gone, merged once from the newest on.
      const left = [inner.begin];
      for (const [, state] of inside.toReversed()) left.unshift(inner.merge(state, left[0] ?? inner.begin));
      const [now, ...later] = left.map((state) => JSON.stringify(inner.value(state, when)));
      // Two leave together where the zone leaves a date out.
      return inside.find(([at], n) => at !== inside[n + 1]?.[0] && later[n] !== now)?.[0];
    },
  };
}

/** A measure over a span, or over all time. */
export const within = (span: Span | undefined, measure: Measure): Measure =>
  span === undefined ? measure : window(span, measure);
