import { z } from 'zod';
import { momentSource } from './collected.ts';
import { contract } from './contract.ts';
import { derived, instant } from './envelope.ts';
import { field } from './field.ts';

/** Canonical event of a known person: deduplicated, clock-corrected, consent applied. */
export const events = contract(
  'events.v1',
  z.object({
    ...derived,
    event: field(
      z.string(),
      'behaviour',
      'Name of what happened, e.g. `Order Completed`; a page or screen view is `Page Viewed` or `Screen Viewed`.',
    ),
    moment: field(
      instant,
      'behaviour',
      'The instant that counts, for everybody: when it happened, as far as the clock of the client can be believed. Never after `at`.',
    ),
    moment_source: momentSource,
    claim: field(z.string().optional(), 'behaviour', 'The time that the client sent, as it sent it, believed or not.'),
    source: field(z.string(), 'none', 'Name of the write key or mapping that it came through.'),
    message_id: field(z.string(), 'pseudonym', 'The message id that the client gave to the call.'),
    user_id: field(z.string().optional(), 'identity', 'The id by which the platform knows the person.'),
    properties: field(z.record(z.string(), z.unknown()), 'free', 'Properties of the event, as sent.'),
  }),
  {
    writer: { processor: 'profile', rekeyed: false },
    retentionMs: -1,
    about: {
      meaning: 'Events of known people: deduplicated, with corrected clocks and consent applied.',
      owner: 'ingestion',
      key: 'person_id',
    },
  },
);
