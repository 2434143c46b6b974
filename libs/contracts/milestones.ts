import { z } from 'zod';
import { contract, days } from './contract.ts';
import { derived, instant, rule } from './envelope.ts';

/**
 * A milestone was reached. Unique for ever per (person, milestone, occurrence); of an anniversary at most one per calendar year of
 * `local_date`, also where its base or the person's zone changes: numbers may then be left out, never repeated.
 */
export const milestones = contract(
  'milestones.v1',
  z.object({
    ...derived,
    /** Definition id, e.g. `orders-10`. */
    milestone: z.string(),
    /** count, sum, anniversary; an unknown word does nothing. */
    kind: z.string(),
    /** Which of its kind: `1` for what happens once, the year's number for an anniversary. */
    occurrence: z.string(),
    significance: z.string(),
    /** When it became so: the crossing event's own instant, or local midnight of the anniversary. */
    occurred_at: instant,
    /** What was reached: a count, a sum in minor units, or years. */
    value: z.number(),
    threshold: z.number(),
    /** Numbers for the mail: count and sum (minor units, currency) of the events so far, first and last event. */
    aggregates: z.object({
      count: z.int(),
      sum_minor: z.int().optional(),
      currency: z.string().optional(),
      first_at: instant.optional(),
      last_at: instant.optional(),
      /** The person's local date that the milestone is about, e.g. the anniversary's. */
      local_date: z.string().optional(),
    }),
    rule,
  }),
  { writer: { processor: 'milestones', rekeyed: false }, retentionMs: days(365) },
);
