import { z } from 'zod';
import { contract, days } from './contract.ts';
import { cause, derived, instant, rule } from './envelope.ts';
import { field } from './field.ts';

/** What a decision is about. */
export const decided = z.object({
  id: field(z.uuid(), 'pseudonym', 'Id of the candidate: all decisions about it carry the same.'),
  play: field(z.string(), 'none', 'The play of the playbook that would like to mail.'),
  category: field(z.string(), 'none', 'A category of the playbook; consent is asked for per category.'),
  legal: field(
    z.boolean().default(false),
    'none',
    'Mail that the law or a contract asks for: beside all limits and consents, never tracked.',
  ),
  consent: field(
    z.string().default('opt_in'),
    'none',
    'opt_in: only who has granted the category; opt_out: who has not withdrawn it. An unknown word is opt_in.',
  ),
  behaviour: field(z.boolean(), 'none', 'True for milestones by behaviour (counts, sums): the monthly cap counts these.'),
  priority: field(z.int(), 'none', 'Of several candidates the highest goes first.'),
  occurred_at: field(instant, 'behaviour', 'The instant that it is about; `not_after` counts from it.'),
  not_after: field(instant, 'behaviour', 'After this instant the mail makes no sense and the candidate is dropped.'),
  cause: field(cause, 'none', 'What triggered it: the milestone, stage, score or event record.'),
  trigger: field(
    z.object({
      topic: field(z.string(), 'none', 'Topic of the record that triggered it.'),
      name: field(z.string(), 'behaviour', 'Name of the milestone, stage, band or event.'),
    }),
    'none',
    'What the play waits for.',
  ),
  trace: field(
    z.string().max(100).optional(),
    'none',
    'Only of traced records: the W3C `traceparent` of the work that made it a candidate.',
  ),
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
    decision: field(z.string(), 'behaviour', 'sent, deferred or dropped.'),
    candidate: field(decided, 'none', 'What the decision is about.'),
    reason: field(
      z.string(),
      'behaviour',
      'deferred: window, daily, milestone_monthly_cap, no_address, no_consent, mailbox_daily, mailbox_monthly; dropped: expired, exit, opt_out, repeated (its play took the person in a short time ago), too_many, play_removed; sent: due.',
    ),
    last_reason: field(z.string().optional(), 'behaviour', 'For dropped: the reason of the last deferral, where there was one.'),
    next_try: field(instant.optional(), 'behaviour', 'For deferred: when it is tried again.'),
    rivals: field(
      z.array(z.uuid()).max(5),
      'pseudonym',
      'Ids of the first five candidates that competed at this instant, this one maybe among them, in the order judged (priority, then earlier `not_after`, play, candidate id). Each has a decision of its own at this instant. Empty where there was no competition.',
    ),
    rivals_count: field(z.int(), 'none', 'How many candidates competed.'),
    numbers: field(
      z.object({
        zone: field(z.string(), 'behaviour', 'IANA time zone that the decision was made in.'),
        local: field(z.string(), 'behaviour', 'Local time of the person at the decision.'),
        window_from: field(z.string().optional(), 'none', 'Begin of the hours in which mail may be sent.'),
        window_to: field(z.string().optional(), 'none', 'End of these hours.'),
        sent_today: field(z.int(), 'behaviour', 'Mails of the local day, as it stood before the first rival was judged.'),
        daily_cap: field(z.int(), 'none', 'Most mails of a day.'),
        behaviour_this_month: field(z.int(), 'behaviour', 'Mails about behaviour in the local month, as it stood then.'),
        monthly_cap: field(z.int(), 'none', 'Most such mails of a month.'),
      }),
      'none',
      'The numbers compared, with their limits.',
    ),
    rule: field(rule, 'none', 'The playbook entry that decided.'),
    template: field(z.string().optional(), 'none', 'Only on sent: the template of the mail.'),
    variables: field(
      z.record(z.string(), z.unknown()).optional(),
      'free',
      'Only on sent: what the template needs beside the profile.',
    ),
    replayed: field(
      z.boolean(),
      'none',
      'The person was made by a replay: the mail goes to the development inbox, whatever SMTP is configured.',
    ),
  }),
  {
    writer: { processor: 'orchestration', rekeyed: false },
    retentionMs: days(365),
    about: {
      meaning: 'Decisions about candidates: sent, deferred or dropped, with reason, rivals and numbers.',
      owner: 'orchestration',
      key: 'person_id',
      restated:
        'A candidate may have many decisions; the one with the latest `at` counts. A mail that delivery puts back (outcome `put_back`) was not sent: its candidate gets a new decision `deferred`, and a later `sent` has another id.',
    },
  },
);
