import { z } from 'zod';
import { contract, days } from './contract.ts';
import { derived, instant, rule } from './envelope.ts';
import { field } from './field.ts';

/** A person's score changed band, or moved far enough to be told. Points are decayed to `occurred_at`. */
export const scores = contract(
  'scores.v1',
  z.object({
    ...derived,
    engagement: field(z.number(), 'behaviour', 'Points from behaviour; they decay.'),
    fit: field(z.number(), 'behaviour', 'Points from who the person is; they do not decay.'),
    total: field(z.number(), 'behaviour', 'Both together.'),
    band: field(z.string(), 'behaviour', 'The band that the total lies in.'),
    previous_band: field(z.string(), 'behaviour', 'The band before.'),
    occurred_at: field(
      instant.optional(),
      'behaviour',
      'The instant that decay named, where `at` is later (a wake that came late); absent where it is `at`.',
    ),
    rule: field(rule, 'none', 'The rule that moved it, the weightiest where several did; `decay` where time alone did.'),
    points: field(z.number(), 'behaviour', 'Points of that rule, faded to `at` where the event came late.'),
    parts: field(
      z
        .array(
          z.object({
            rule: field(z.string(), 'none', 'Id of the rule.'),
            points: field(z.number(), 'behaviour', 'Its points before fading.'),
          }),
        )
        .optional(),
      'behaviour',
      'Where several rules moved it: each of them.',
    ),
  }),
  {
    writer: { processor: 'scoring', rekeyed: false },
    retentionMs: days(90),
    about: {
      meaning: 'Changes of scores: a new band, or a move that is large enough to report.',
      owner: 'scoring',
      key: 'person_id',
      restated: 'By each later record of the same person: points fade with time, so a score is true only at its instant.',
    },
  },
);
