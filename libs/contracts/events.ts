import { z } from 'zod';
import { contract } from './contract.ts';
import { derived, instant } from './envelope.ts';

/** Canonical event of a known person: deduplicated, clock-corrected, consent applied. */
export const events = contract(
  'events.v1',
  z.object({
    ...derived,
    /** Name of what happened ("Order Completed"); a page or screen view is "Page Viewed" / "Screen Viewed". */
    event: z.string(),
    occurred_at: instant,
    source: z.string(),
    message_id: z.string(),
    user_id: z.string().optional(),
    properties: z.record(z.string(), z.unknown()),
  }),
  { writer: { processor: 'profile', rekeyed: false }, retentionMs: -1 },
);
