import { z } from 'zod';
import { contract, days } from './contract.ts';
import { derived, instant, rule } from './envelope.ts';

/** A person moved from one stage to another. */
export const stages = contract(
  'stages.v1',
  z.object({
    ...derived,
    from: z.string(),
    to: z.string(),
    /** When it became so: the event's own instant, or the instant that a transition by time named. */
    occurred_at: instant,
    rule,
    /** The event that the deciding clock counts from or that moved the person. */
    evidence: z.object({ event_id: z.string().optional(), since: instant.optional(), quiet_ms: z.int().optional() }),
  }),
  { writer: { processor: 'stages', rekeyed: false }, retentionMs: days(365) },
);
