import { firstDayOf, isoDay, localDay, periodOf, startOfPeriod, type Period } from '#facts';
import { z } from 'zod';
import type { Kind, Measure, When } from '../measure.ts';

/** The last period with an event, and which of those before it had one: hexadecimal, its lowest bit is the last one. */
type Active = readonly [last: number, bits: string] | null;
export interface Streak {
  /** Periods with an event since the streak began; 0 once it is broken. */
  readonly length: number;
  readonly longest: number;
  /** First day of the streak's first period. */
  readonly since: string | null;
}

/** So many periods are remembered one by one, so that an event that is late by years heals a streak. Ten years of days. */
const remembered = 3_660;

const bitsOf = (hex: string): bigint => BigInt(`0x${hex}`);

/** All about a run of ones that begins at the lowest bit; `gap`: so many zeros do not end it. */
function runs(bits: string, gap: number): { readonly current: number; readonly reach: number; readonly longest: number } {
  const ones = [...bitsOf(bits).toString(2)].reverse();
  let [current, reach, longest, length, misses] = [0, 0, 0, 0, 0];
  let unbroken = true;
  ones.forEach((one, at) => {
    misses = one === '1' ? 0 : misses + 1;
    if (misses > gap) [unbroken, length] = [false, 0];
    if (one !== '1') return;
    length += 1;
    longest = Math.max(longest, length);
    if (unbroken) [current, reach] = [length, at];
  });
  return { current, reach, longest };
}

const streakOf = (period: Period, grace: number): Measure<Active, Streak> => {
  const alive = ([last]: NonNullable<Active>, { at, zone }: When): boolean =>
    periodOf(localDay(at, zone), period) - last <= 1 + grace;
  const merge = (one: Active, other: Active): Active => {
    if (one === null || other === null) return one ?? other;
    const [late, early] = one[0] >= other[0] ? [one, other] : [other, one];
    const apart = late[0] - early[0];
    if (apart >= remembered || (apart === 0 && late[1] === early[1])) return late;
    const bits = BigInt.asUintN(remembered, bitsOf(late[1]) | (bitsOf(early[1]) << BigInt(apart)));
    return [late[0], bits.toString(16)];
  };
  return {
    shape: `streak of ${period}s with grace ${grace}`,
    maxBytes: 20 + remembered / 4,
    begin: null,
    take: (active, { day }) => {
      const number = periodOf(day, period);
      return active?.[0] === number ? active : merge(active, [number, '1']);
    },
    merge,
    value: (active, when) => {
      if (active === null) return { length: 0, longest: 0, since: null };
      const { current, reach, longest } = runs(active[1], grace);
      if (!alive(active, when)) return { length: 0, longest, since: null };
      return { length: current, longest, since: isoDay(firstDayOf(active[0] - reach, period)) };
    },
    nextChange: (active, when) =>
      active === null || !alive(active, when) ? undefined : startOfPeriod(active[0] + grace + 2, period, when.zone),
  };
};

/** Local days, weeks or months in a row with an event. The one that is not over does not break it; `grace` more may be missed each time. */
export const streak: Kind<{ streak: 'days' | 'weeks' | 'months'; grace: number }> = {
  schema: z.strictObject({
    streak: z.enum(['days', 'weeks', 'months']).describe('What has to follow one another, in the calendar of the person'),
    grace: z
      .int()
      .min(0, 'expected 0 to 30')
      .max(30, 'expected 0 to 30')
      .default(0)
      .describe('How many may be missed in a row without breaking it; they are not counted'),
  }),
  measure: (spec) => streakOf(({ days: 'day', weeks: 'week', months: 'month' } as const)[spec.streak], spec.grace),
};
