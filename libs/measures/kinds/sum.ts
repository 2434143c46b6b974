import { z } from 'zod';
import { decimal, exactBytes, plus, type Exact } from '../exact.ts';
import type { Amounts, Kind, Measure } from '../measure.ts';
import { meant, span } from '../span.ts';
import { within } from './window.ts';

const added = (amounts: Amounts): Measure<Exact, string> => ({
  shape: 'sum',
  maxBytes: exactBytes,
  begin: 0,
  take: (sum, { amount = 0 }) => plus(sum, amount),
  merge: plus,
  value: (sum) => decimal(sum, amounts),
  nextChange: () => undefined,
});

/** All amounts together, as an exact decimal in major units. */
export const sum: Kind<{ sum: string }> = {
  schema: z.strictObject({ sum: span }),
  needsAmount: true,
  measure: (spec, amounts = { digits: 0, fixed: false }) => within(meant(spec.sum), added(amounts)),
};
