import { localDay, periodOf, startOfPeriod } from '#facts';
import type { Entry, Measure, When } from '../measure.ts';
import type { Span } from '../span.ts';

type Bucket<State> = readonly [number: number, state: State];

/** A window of hours moves in so many steps: one of 24 hours every 24 minutes. */
const steps = 60;
/** Who flies west meets a local date again: two buckets more than the window has are kept. */
const slack = 2;

/** The same measure over a window. It keeps a state per hour's step, local day, week or month. */
function window<State, Value>({ last, unit }: Span, inner: Measure<State, Value>): Measure<readonly Bucket<State>[], Value> {
  const stepMs = (last * 3_600_000) / steps;
  const width = unit === 'hour' ? steps : last;
  const bucketOf = ({ moment, day }: Pick<Entry, 'moment' | 'day'>): number =>
    unit === 'hour' ? Math.floor(moment / stepMs) : periodOf(day, unit);
  const startOf = (bucket: number, zone: string): number =>
    unit === 'hour' ? bucket * stepMs : startOfPeriod(bucket, unit, zone);
  const seen = (buckets: readonly Bucket<State>[], { at, zone }: When): readonly Bucket<State>[] => {
    const now = bucketOf({ moment: at, day: unit === 'hour' ? 0 : localDay(at, zone) });
    return buckets.filter(([bucket]) => bucket > now - width);
  };
  const kept = (buckets: readonly Bucket<State>[]): readonly Bucket<State>[] => {
    const oldest = (buckets.at(-1)?.[0] ?? 0) - width - slack;
    return buckets[0] !== undefined && buckets[0][0] <= oldest ? buckets.filter(([bucket]) => bucket > oldest) : buckets;
  };
  const merge = (one: readonly Bucket<State>[], other: readonly Bucket<State>[]): readonly Bucket<State>[] => {
    const all = new Map(one);
    for (const [bucket, state] of other) {
      const mine = all.get(bucket);
      all.set(bucket, mine === undefined ? state : inner.merge(mine, state));
    }
    return kept([...all].sort(([a], [b]) => a - b));
  };
  const value = (buckets: readonly Bucket<State>[], when: When): Value =>
    inner.value(
      seen(buckets, when).reduce((all, [, state]) => inner.merge(all, state), inner.begin),
      when,
    );
  return {
    shape: `${inner.shape} of the last ${last} ${unit}`,
    maxBytes: 2 + (width + slack) * (inner.maxBytes + 20),
    begin: [],
    take: (buckets, entry) => {
      const bucket = bucketOf(entry);
      const newest = buckets.at(-1);
      if (newest?.[0] !== bucket) return merge(buckets, [[bucket, inner.take(inner.begin, entry)]]);
      return buckets.with(-1, [bucket, inner.take(newest[1], entry)]);
    },
    merge,
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
