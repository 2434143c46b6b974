import { z } from 'zod';
import { contract, days } from './contract.ts';
import { derived, instant, rule } from './envelope.ts';

/** A person's score changed band, or moved far enough to be told. Points are decayed to `occurred_at`. */
export const scores = contract(
  'scores.v1',
  z.object({
    ...derived,
    /** From behaviour; decays. */
    engagement: z.number(),
    /** From who the person is; does not decay. */
    fit: z.number(),
    total: z.number(),
    band: z.string(),
    previous_band: z.string(),
    /** The instant that decay named, where `at` is later (a wake that came late); absent where it is `at`. */
    occurred_at: instant.optional(),
    /** The rule that moved it, the weightiest where several did; `decay` where time alone did. */
    rule,
    /** Faded to `at` where the event came late. */
    points: z.number(),
    /** Where several rules moved it: each, with its points before fading. */
    parts: z.array(z.object({ rule: z.string(), points: z.number() })).optional(),
  }),
  { writer: { processor: 'scoring', rekeyed: false }, retentionMs: days(90) },
);
