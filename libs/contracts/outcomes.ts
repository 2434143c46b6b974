import { z } from 'zod';
import { contract, days } from './contract.ts';
import { consents, derived, instant } from './envelope.ts';
import { field } from './field.ts';
import { decided } from './messages.ts';

/** What became of a mail. Written by delivery's two processors; read as feedback: it neither holds nor carries time. */
export const outcomes = contract(
  'outcomes.v1',
  z.object({
    ...derived,
    message_id: field(z.uuid(), 'pseudonym', 'The mail, by the id of its `sent` decision.'),
    play: field(z.string(), 'none', 'The play that the mail is of.'),
    category: field(z.string(), 'none', 'The category that the mail is of.'),
    outcome: field(
      z.string(),
      'behaviour',
      'accepted, bounced, suppressed, expired, failed, in_doubt, put_back, opened, clicked, unsubscribed; an unknown word does nothing.',
    ),
    occurred_at: field(instant, 'behaviour', 'The real moment, where `at` is stream time.'),
    verdict: field(z.string().optional(), 'device', 'For opened and clicked: human, proxy, bot or unknown.'),
    reason: field(
      z.string().optional(),
      'behaviour',
      'suppressed: consent, mailbox_opt_out (another id of the mailbox said no), address, no_address, no_inbox_for_replayed, repeated (another mail of the same candidate may have left; only after a database went back); in_doubt: no_reply, restored (the database went back, and no topic says what became of it); put_back: mailbox_daily, mailbox_monthly (mails to other ids of the mailbox count under its caps).',
    ),
    attempt: field(z.int().optional(), 'none', 'Which attempt at transmission it was.'),
    smtp_reply: field(
      z.string().max(1000).optional(),
      'identity',
      'The reply of the receiving server, where there was one; servers may repeat the address in it.',
    ),
    consents: field(consents.optional(), 'behaviour', 'For unsubscribed: the consents that changed.'),
    put_back: field(
      z
        .object({
          candidate: field(decided, 'none', 'The candidate of the mail.'),
          variables: field(z.record(z.string(), z.unknown()), 'free', 'The variables that the `sent` decision had.'),
        })
        .optional(),
      'none',
      'For put_back: what orchestration needs to defer the candidate again.',
    ),
  }),
  {
    retentionMs: days(365),
    about: {
      meaning: 'What became of each mail: accepted, bounced, opened, clicked, unsubscribed and so on.',
      owner: 'delivery',
      key: 'person_id',
      restated:
        '`in_doubt` may be followed by another outcome of the same mail. Count a mail by distinct `message_id` and its outcome with the latest `occurred_at`. A mail has one `opened` and one `clicked` per `verdict`. `unsubscribed` may come again with a later instant: count distinct people. An open or click has a `verdict`: leave `bot` and `proxy` out to count humans.',
    },
  },
);
