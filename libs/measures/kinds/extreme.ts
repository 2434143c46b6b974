import { isoDay } from '#facts';
import { z } from 'zod';
import { decimal } from '../exact.ts';
import type { Amounts, Entry, Kind, Measure } from '../measure.ts';
import { meant, span } from '../span.ts';
import { within } from './window.ts';

/** An amount, its moment and its local date; null while there is none. */
type Found = readonly [amount: number, moment: number, day: number] | null;
export interface Extreme {
  readonly amount: string;
  readonly at: number;
  readonly date: string;
}

/** Of equal amounts the first one counts: a personal best is set once. */
const extreme = (shape: string, sign: 1 | -1, amounts: Amounts): Measure<Found, Extreme | null> => {
  const better = (one: Found, other: Found): Found => {
    if (one === null || other === null) return one ?? other;
    const before = sign * (other[0] - one[0]) || one[1] - other[1] || one[2] - other[2];
    return before <= 0 ? one : other;
  };
  return {
    shape,
    maxBytes: 60,
    begin: null,
    take: (found, { amount, moment, day }: Entry) => (amount === undefined ? found : better(found, [amount, moment, day])),
    merge: better,
    value: (found) => found && { amount: decimal(found[0], amounts), at: found[1], date: isoDay(found[2]) },
    nextChange: () => undefined,
  };
};

/** The largest amount, and when it was. */
export const max: Kind<{ max: string }> = {
  schema: z.strictObject({ max: span }),
  needsAmount: true,
  measure: (spec, amounts = { digits: 0, fixed: false }) => within(meant(spec.max), extreme('max', 1, amounts)),
};

/** The smallest amount, and when it was. */
export const min: Kind<{ min: string }> = {
  schema: z.strictObject({ min: span }),
  needsAmount: true,
  measure: (spec, amounts = { digits: 0, fixed: false }) => within(meant(spec.min), extreme('min', -1, amounts)),
};
