import { z } from 'zod';
import { contract, days } from './contract.ts';
import { cause, derived, instant, rule } from './envelope.ts';

/** What a decision is about. */
export const decided = z.object({
  id: z.uuid(),
  play: z.string(),
  /** A category of the playbook; consent is asked for per category. */
  category: z.string(),
  /** Mail that the law or a contract asks for: beside all limits and consents, never tracked. */
  legal: z.boolean().default(false),
  /** opt_in: only who has granted the category; opt_out: who has not withdrawn it. An unknown word is opt_in. */
  consent: z.string().default('opt_in'),
  /** True for milestones by behaviour (counts, sums): the monthly cap counts these. */
  behaviour: z.boolean(),
  priority: z.int(),
  /** The instant it is about; `not_after` counts from it. */
  occurred_at: instant,
  not_after: instant,
  /** What triggered it: the milestone, stage, score or event message. */
  cause,
  trigger: z.object({ topic: z.string(), name: z.string() }),
});
export type DecidedCandidate = z.infer<typeof decided>;

/**
 * A decision about a candidate. A candidate may be deferred several times and ends sent or dropped; the id of the `sent`
 * decision is the message id that its mail carries. A mail that delivery puts back (its mailbox has had its share) was not sent: its
 * candidate is deferred again, and a later `sent` decision has another id.
 */
export const messages = contract(
  'messages.v1',
  z.object({
    ...derived,
    /** sent, deferred or dropped. */
    decision: z.string(),
    candidate: decided,
    /**
     * deferred: window, daily, milestone_monthly_cap, no_address, no_consent, mailbox_daily, mailbox_monthly; dropped: expired, exit,
     * opt_out, too_many, play_removed; sent: due.
     */
    reason: z.string(),
    /** dropped: the reason of the last deferral, where there was one. */
    last_reason: z.string().optional(),
    /** deferred: when it is tried again. */
    next_try: instant.optional(),
    /**
     * Ids of the first five candidates that competed at this instant, this candidate maybe among them, in the order judged (priority, then
     * earlier `not_after`, play, candidate id). Each has a decision of its own at this instant. Empty where there was no competition.
     */
    rivals: z.array(z.uuid()).max(5),
    /** How many competed. */
    rivals_count: z.int(),
    /** The numbers compared: local time and zone, sent today and this month (as they stood before the first rival was judged), the limits. */
    numbers: z.object({
      zone: z.string(),
      local: z.string(),
      window_from: z.string().optional(),
      window_to: z.string().optional(),
      sent_today: z.int(),
      daily_cap: z.int(),
      behaviour_this_month: z.int(),
      monthly_cap: z.int(),
    }),
    rule,
    /** Only on `sent`: what delivery needs beside the profile. */
    template: z.string().optional(),
    variables: z.record(z.string(), z.unknown()).optional(),
    /** The person was made by a replay: the mail goes to the development inbox, whatever SMTP is configured. */
    replayed: z.boolean(),
  }),
  { writer: { processor: 'orchestration', rekeyed: false }, retentionMs: days(365) },
);
