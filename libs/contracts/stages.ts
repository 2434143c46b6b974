import { z } from 'zod';
import { contract, days } from './contract.ts';
import { derived, instant, rule } from './envelope.ts';
import { field } from './field.ts';

/** A person moved from one stage to another. */
export const stages = contract(
  'stages.v1',
  z.object({
    ...derived,
    from: field(z.string(), 'behaviour', 'The stage before.'),
    to: field(z.string(), 'behaviour', 'The stage from now on.'),
    occurred_at: field(
      instant,
      'behaviour',
      'When it became so: the instant of the event, or the instant that a transition by time named.',
    ),
    rule: field(rule, 'none', 'The playbook entry that decided.'),
    evidence: field(
      z.object({
        event_id: field(
          z.string().optional(),
          'pseudonym',
          'The event that the deciding clock counts from, or that moved the person.',
        ),
        since: field(instant.optional(), 'behaviour', 'The instant that the deciding clock counts from.'),
        quiet_ms: field(z.int().optional(), 'behaviour', 'How long the person was silent, ms.'),
      }),
      'none',
      'Why the person moved.',
    ),
  }),
  {
    writer: { processor: 'stages', rekeyed: false },
    retentionMs: days(365),
    about: {
      meaning: 'Moves of people from one stage to another.',
      owner: 'stages',
      key: 'person_id',
      restated:
        'A transition is not taken back: a late event leads to another one. The latest `at` of a person says where they are.',
    },
  },
);
