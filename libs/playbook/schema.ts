import { z } from 'zod';

const id = z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and dashes, beginning with a letter').max(64);
const duration = z
  .string()
  .regex(/^[1-9]\d*(s|m|h|d)$/, 'a whole number and a unit: 30s, 15m, 48h, 90d (a day is 24 hours)')
  .describe('A length of time: 30s, 15m, 48h, 90d. A day is 24 hours.');
const localTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as "09:00"');
const condition = z.string().min(1).max(1000).describe('A CEL condition over `event` (its properties) and `traits`, e.g. properties.revenue > 0.0');

/** Which events something is about. */
const eventMatch = z.strictObject({
  event: z.string().min(1).describe('Name of the event, e.g. Order Completed'),
  where: condition.optional(),
});

export const scoring = z.strictObject({
  half_life: duration.describe('How long it takes until behaviour counts half'),
  floor: z.number().default(0),
  ceiling: z.number().default(100),
  report_step: z.number().positive().default(10).describe('A change smaller than this, within one band, is not published'),
  rules: z.array(eventMatch.extend({ id, points: z.number().describe('Positive or negative') })).default([]),
  fit: z.array(z.strictObject({ id, where: condition.describe('A CEL condition over `traits`'), points: z.number() })).default([]),
  bands: z
    .array(z.strictObject({ id, from: z.number().describe('Reached at this total') }))
    .min(1)
    .describe('From low to high; the first one has everything below the second'),
  hysteresis: z.number().min(0).default(0).describe('How far below its `from` a total must fall to leave a band'),
});

export const stages = z.strictObject({
  initial: id,
  names: z.array(id).min(1),
  transitions: z.array(
    z
      .strictObject({
        id,
        from: z.array(id).min(1).optional().describe('Absent: from any other stage'),
        to: id,
        on: eventMatch.optional().describe('Moved by an event'),
        band: id.optional().describe('Moved when the score enters this band'),
        after: z
          .strictObject({ quiet: duration, since: eventMatch })
          .optional()
          .describe('Moved by time: so long after the last such event without another'),
      })
      .refine((t) => [t.on, t.band, t.after].filter((x) => x !== undefined).length === 1, 'needs exactly one of on, band, after'),
  ),
});

const milestone = { id, significance: z.enum(['major', 'minor']).default('minor') };
export const milestoneRule = z.discriminatedUnion('kind', [
  z.strictObject({ ...milestone, kind: z.literal('count'), of: eventMatch, threshold: z.int().positive() }),
  z.strictObject({
    ...milestone,
    kind: z.literal('sum'),
    of: eventMatch,
    property: z.string().describe('The property that is added up, in major units (29.33)'),
    currency: z.string().length(3).describe('Only amounts in this currency count; an event without one counts'),
    threshold: z.number().positive().describe('In major units; reached at this much or more'),
  }),
  z.strictObject({
    ...milestone,
    kind: z.literal('anniversary'),
    of: eventMatch.describe('Counted from the first such event'),
  }),
]);

export const play = z.strictObject({
  id,
  on: z.union([
    z.strictObject({ milestone: id }),
    z.strictObject({ stage: id.describe('When a person enters this stage') }),
    z.strictObject({ band: id.describe('When the score enters this band') }),
    eventMatch,
  ]),
  exit: z
    .array(z.union([z.strictObject({ stage_left: id }), eventMatch]))
    .default([])
    .describe('What withdraws a candidate that is still deferred'),
  category: z.string().regex(/^[a-z][a-z0-9-]*$/).describe('transactional is exempt from window and caps; any other is what a person consents to'),
  priority: z.int().min(0).max(1000).describe('The higher one wins'),
  not_after: duration.describe('How long after its instant it may still be sent'),
  template: id,
});

export const playbook = z.strictObject({
  $schema: z.string().optional(),
  name: z.string(),
  defaults: z.strictObject({
    zone: z.string().describe('IANA time zone of people who have given none'),
    locale: z.string().describe('BCP 47 language of people who have given none'),
  }),
  sending: z.strictObject({
    window: z.strictObject({ from: localTime, to: localTime.describe('The first minute at which nothing is sent any more') }),
    daily_cap: z.int().positive().default(1).describe('Mails a person gets on one local date, transactional ones aside'),
    behaviour_monthly_cap: z.int().positive().default(2).describe('Mails about behaviour milestones (counts, sums) in one local calendar month'),
  }),
  scoring,
  stages,
  milestones: z.array(milestoneRule).default([]),
  plays: z.array(play).default([]),
});

export type PlaybookFile = z.infer<typeof playbook>;
export type ScoringRules = z.infer<typeof scoring>;
export type StageRules = z.infer<typeof stages>;
export type MilestoneRule = z.infer<typeof milestoneRule>;
export type PlayRule = z.infer<typeof play>;
