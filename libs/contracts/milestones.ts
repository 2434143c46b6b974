import { z } from 'zod';
import { contract, days } from './contract.ts';
import { derived, instant, rule } from './envelope.ts';
import { field } from './field.ts';

/** What brings a milestone about; each kind has one. */
export const milestoneNatures = ['behaviour', 'natural', 'custom'] as const;
export type MilestoneNature = (typeof milestoneNatures)[number];

/**
 * A milestone was reached. Unique for ever per (person, milestone, occurrence); of an anniversary at most one per calendar year of
 * `local_date`, also where its base or the person's zone changes: numbers may then be left out, never repeated.
 */
export const milestones = contract(
  'milestones.v1',
  z.object({
    ...derived,
    milestone: field(z.string(), 'behaviour', 'Id of its definition in the playbook, e.g. `orders-10`.'),
    kind: field(z.string(), 'none', 'count, sum or anniversary; an unknown word does nothing.'),
    nature: field(
      z.enum(milestoneNatures),
      'none',
      '`behaviour`: reached by what the person did, so that a monthly cap counts it; `natural`: by the calendar; `custom`: by a rule of its own.',
    ),
    occurrence: field(
      z.string(),
      'behaviour',
      'Which of its kind: `1` for what happens once, the number of the year for an anniversary.',
    ),
    significance: field(z.string(), 'none', 'How much it matters, by the playbook.'),
    occurred_at: field(
      instant,
      'behaviour',
      'When it became so: the instant of the crossing event, or local midnight of the anniversary.',
    ),
    value: field(z.number(), 'behaviour', 'What was reached: a count, a sum in minor units, or years.'),
    threshold: field(z.number(), 'none', 'What had to be reached.'),
    aggregates: field(
      z.object({
        count: field(z.int(), 'behaviour', 'How many events so far.'),
        sum_minor: field(z.int().optional(), 'behaviour', 'Their sum in minor units (cents).'),
        currency: field(z.string().optional(), 'behaviour', 'ISO 4217 currency of the sum.'),
        first_at: field(instant.optional(), 'behaviour', 'Instant of the first event.'),
        last_at: field(instant.optional(), 'behaviour', 'Instant of the last event.'),
        local_date: field(
          z.string().optional(),
          'behaviour',
          'Local date of the person that the milestone is about, e.g. of the anniversary.',
        ),
      }),
      'none',
      'Numbers for the mail, over the events so far.',
    ),
    rule: field(rule, 'none', 'The playbook entry that decided.'),
  }),
  {
    writer: { processor: 'milestones', rekeyed: false },
    retentionMs: days(365),
    about: {
      meaning: 'Milestones that people reached, each occurrence once for ever.',
      owner: 'milestones',
      key: 'person_id',
      restated: 'Never: (person_id, milestone, occurrence) is unique, and a milestone is not taken back.',
    },
  },
);
