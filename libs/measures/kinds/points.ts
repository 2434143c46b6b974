import { firstDayOf, isoDay, localDay, periodOf, startOfPeriod } from '#facts';
import { z } from 'zod';
import { changed, newest, together, type Buckets } from '../buckets.ts';
import { decimal, exactBytes, plus, type Exact } from '../exact.ts';
import { firstChange, type Amounts, type Kind, type Measure, type When } from '../measure.ts';

/** What was earned and spent in each local month. Within a month the order does not matter: lots end with months, and the oldest is spent first. */
type Months = Buckets<readonly [earned: Exact, spent: Exact]>;
export interface Points {
  /** Less than 0 where more was spent than there was: what is earned next pays it first. */
  readonly balance: string;
  /** What is lost next if it is not spent, and the first local date without it. */
  readonly expires: { readonly amount: string; readonly date: string } | null;
}

/** Months further back are as if they had not been. Twenty years. */
const remembered = 240;

const none: readonly [earned: Exact, spent: Exact] = [0, 0];

interface Lot {
  readonly month: number;
  readonly left: bigint;
}

/** What is left of each month's lot when `now` has begun, the oldest first, and what is owed. */
function lotsOf(months: Months, now: number, validity: number): { readonly lots: readonly Lot[]; readonly owed: bigint } {
  let lots: readonly Lot[] = [];
  let owed = 0n;
  for (const [month, [earned, spent]] of months) {
    lots = [...lots.filter((lot) => lot.month + validity >= month), { month, left: BigInt(earned) }];
    let due = owed + BigInt(spent);
    lots = lots.flatMap((lot) => {
      const paid = due < lot.left ? due : lot.left;
      due -= paid;
      return paid === lot.left ? [] : [{ month: lot.month, left: lot.left - paid }];
    });
    owed = due;
  }
  return { lots: lots.filter((lot) => lot.month + validity >= now), owed };
}

const pointsFor = (validity: number, amounts: Amounts): Measure<Months, Points> => {
  const value = (months: Months, { at, zone }: When): Points => {
    const { lots, owed } = lotsOf(months, periodOf(localDay(at, zone), 'month'), validity);
    const [next] = lots;
    const balance = lots.reduce((sum, { left }) => sum + left, -owed);
    return {
      balance: decimal(String(balance), amounts),
      expires:
        next === undefined
          ? null
          : { amount: decimal(String(next.left), amounts), date: isoDay(firstDayOf(next.month + validity + 1, 'month')) },
    };
  };
  return {
    shape: `points for ${validity} months`,
    maxBytes: 2 + remembered * (14 + 2 * exactBytes),
    begin: [],
    take: (months, { amount = 0, day }) =>
      newest(
        changed(months, periodOf(day, 'month'), none, ([earned, spent]) =>
          amount > 0 ? [plus(earned, amount), spent] : [earned, plus(spent, -amount)],
        ),
        remembered,
      ),
    merge: (one, other) =>
      newest(
        together(one, other, none, (mine, month) => [plus(mine[0], month[0]), plus(mine[1], month[1])]),
        remembered,
      ),
    value,
    nextChange: (months, when) => {
      const now = periodOf(localDay(when.at, when.zone), 'month');
      const ends = months.map(([month]) => month + validity + 1).filter((month) => month > now);
      return firstChange(
        { value },
        months,
        when,
        ends.map((month) => startOfPeriod(month, 'month', when.zone)),
      );
    },
  };
};

const expected = 'expected how long points are good for, such as "12 months", at most 60';

/** A balance of points. Those of one local month are good for so many more, and end together; spending takes the oldest first. */
export const points: Kind<{ points: string }> = {
  schema: z.strictObject({
    points: z
      .string(expected)
      .regex(/^([1-9]|[1-5]\d|60) months?$/, expected)
      .describe('How many months after the one in which they were earned points are good: "12 months"'),
  }),
  needsAmount: true,
  spends: true,
  measure: (spec, amounts = { digits: 0, fixed: false }) => pointsFor(Number.parseInt(spec.points, 10), amounts),
};
