import { isoDay } from '#facts';
import { z } from 'zod';
import type { Kind, Measure } from '../measure.ts';

/** The moment of an event and its local date; null while there is none. */
type Edge = readonly [moment: number, day: number] | null;
export interface Seen {
  readonly at: number;
  readonly date: string;
}

const edge = (shape: string, sign: 1 | -1): Measure<Edge, Seen | null> => {
  const further = (one: Edge, other: Edge): Edge => {
    if (one === null || other === null) return one ?? other;
    return sign * (other[0] - one[0] || other[1] - one[1]) > 0 ? other : one;
  };
  return {
    shape,
    maxBytes: 40,
    begin: null,
    take: (known, { moment, day }) => further(known, [moment, day]),
    merge: further,
    value: (known) => known && { at: known[0], date: isoDay(known[1]) },
    nextChange: () => undefined,
  };
};
const ever = z.literal('ever', 'expected ever');

/** When the first one was. */
export const first: Kind<{ first: string }> = {
  schema: z.strictObject({ first: ever }),
  measure: () => edge('first', -1),
};

/** When the last one was. */
export const last: Kind<{ last: string }> = {
  schema: z.strictObject({ last: ever }),
  measure: () => edge('last', 1),
};
