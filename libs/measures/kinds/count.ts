import { z } from 'zod';
import type { Kind, Measure } from '../measure.ts';
import { meant, span } from '../span.ts';
import { within } from './window.ts';

const counted: Measure<number, number> = {
  shape: 'count',
  maxBytes: 16,
  begin: 0,
  take: (count) => count + 1,
  merge: (one, other) => one + other,
  value: (count) => count,
  nextChange: () => undefined,
};

/** How many. */
export const count: Kind<{ count: string }> = {
  schema: z.strictObject({ count: span }),
  measure: (spec) => within(meant(spec.count), counted),
};
