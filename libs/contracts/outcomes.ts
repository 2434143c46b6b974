import { z } from 'zod';
import { contract, days } from './contract.ts';
import { consents, derived, instant } from './envelope.ts';
import { decided } from './messages.ts';

/** What became of a mail. Written by delivery's two processors; read as feedback: it neither holds nor carries time. */
export const outcomes = contract(
  'outcomes.v1',
  z.object({
    ...derived,
    message_id: z.uuid(),
    play: z.string(),
    category: z.string(),
    /** accepted, bounced, suppressed, expired, failed, in_doubt, put_back, opened, clicked, unsubscribed; an unknown word does nothing. */
    outcome: z.string(),
    /** The real moment, where `at` is stream time. */
    occurred_at: instant,
    /** opened, clicked: human, proxy, bot, unknown. */
    verdict: z.string().optional(),
    /**
     * suppressed: consent, mailbox_opt_out (another id of the mailbox said no), address, no_address, no_inbox_for_replayed; put_back:
     * mailbox_daily, mailbox_monthly (mails to other ids of the mailbox count under this one's caps).
     */
    reason: z.string().optional(),
    attempt: z.int().optional(),
    /** The receiving server's reply, where there was one. */
    smtp_reply: z.string().max(1000).optional(),
    /** unsubscribed: the consents that changed. */
    consents: consents.optional(),
    /** put_back: the candidate and its variables, as the `sent` decision had them; orchestration defers it. */
    put_back: z.object({ candidate: decided, variables: z.record(z.string(), z.unknown()) }).optional(),
  }),
  { retentionMs: days(365) },
);
