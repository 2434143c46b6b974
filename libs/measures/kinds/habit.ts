import { localDay, startOfDay } from '#facts';
import { z } from 'zod';
import { changed, newest, together, type Buckets } from '../buckets.ts';
import { firstChange, type Kind, type Measure, type When } from '../measure.ts';

/** The first local day ever, and how many there were on each of the last days. Null while there is none. */
type Days = { readonly first: number; readonly days: Buckets<number> } | null;
export interface Habit {
  /** How many there were in the last days. */
  readonly recent: number;
  /** How many there were before, in so many spans of the same length. */
  readonly before: number;
  readonly spans: number;
  /** The recent ones in percent of what is usual for this person, rounded down; null while nothing is usual. */
  readonly percent: number | null;
}

/** Who flies west meets a local date again: two days more than needed are kept. */
const slack = 2;
const mostDays = 400;

const habitOf = (span: number, against: number): Measure<Days, Habit> => {
  const width = span * (against + 1);
  const merge = (one: Days, other: Days): Days => {
    if (one === null || other === null) return one ?? other;
    const days = together(one.days, other.days, 0, (mine, count) => mine + count);
    return { first: Math.min(one.first, other.first), days: newest(days, width + slack) };
  };
  const value = (state: Days, { at, zone }: When): Habit => {
    if (state === null) return { recent: 0, before: 0, spans: 0, percent: null };
    const border = localDay(at, zone) - span;
    const spans = Math.min(against, Math.max(0, Math.floor((border + 1 - state.first) / span)));
    let [recent, before] = [0, 0];
    for (const [day, count] of state.days) {
      if (day > border) recent += count;
      else if (day > border - spans * span) before += count;
    }
    return { recent, before, spans, percent: before === 0 ? null : Math.floor((recent * spans * 100) / before) };
  };
  return {
    shape: `habit of ${span} days against ${against}`,
    maxBytes: 40 + (width + slack) * 32,
    begin: null,
    take: (state, { day }) => ({
      first: Math.min(state?.first ?? day, day),
      days: newest(
        changed(state?.days ?? [], day, 0, (count) => count + 1),
        width + slack,
      ),
    }),
    merge,
    value,
    nextChange: (state, when) => {
      if (state === null) return undefined;
      const today = localDay(when.at, when.zone);
      // Behind the last event's whole width nothing moves any more.
      const end = (state.days.at(-1)?.[0] ?? today) + width + 1;
      const days = function* () {
        for (let day = today + 1; day <= end; day += 1) yield startOfDay(day, when.zone);
      };
      return firstChange({ value }, state, when, days());
    },
  };
};

const expectedDays = 'expected a number of days such as "7 days", at most 92';

/** How much more or less there was lately than this person is used to. */
export const habit: Kind<{ habit: string; against: number }> = {
  schema: z
    .strictObject({
      habit: z
        .string(expectedDays)
        .regex(/^([1-9]|[1-8]\d|9[0-2]) days?$/, expectedDays)
        .describe('The last days, today included: "7 days"'),
      against: z
        .int()
        .min(1, 'expected 1 to 52')
        .max(52, 'expected 1 to 52')
        .describe('With how many spans of as many days before them they are compared; of somebody newer, those that there were'),
    })
    .refine(
      ({ habit, against }) => Number.parseInt(habit, 10) * (against + 1) <= mostDays,
      `expected at most ${mostDays} days in all: fewer days, or a smaller against`,
    ),
  measure: (spec) => habitOf(Number.parseInt(spec.habit, 10), spec.against),
};
