import { z } from 'zod';
import { contract } from './contract.ts';
import { consents, derived, instant } from './envelope.ts';
import { field } from './field.ts';

/** Latest traits, consents, zone and locale of a person; compacted: the newest record is the whole profile. */
export const profiles = contract(
  'profiles.v1',
  z.object({
    ...derived,
    user_id: field(z.string().optional(), 'identity', 'The id by which the platform knows the person.'),
    email: field(
      z.string().max(320).optional(),
      'identity',
      'The address, as `parseAddress` of `#facts` writes it: the domain in A-labels.',
    ),
    email_refused: field(
      z.string().optional(),
      'none',
      'Why the address that was given is none: a reason of `parseAddress`, or `not_text`.',
    ),
    name: field(z.string().optional(), 'identity', 'The name of the person.'),
    locale: field(z.string().optional(), 'behaviour', 'BCP 47 language tag.'),
    zone: field(z.string().optional(), 'behaviour', 'IANA time zone, checked to exist.'),
    traits: field(z.record(z.string(), z.unknown()), 'free', 'Traits of the person, as sent.'),
    consents: field(
      consents,
      'behaviour',
      'Purpose or category → granted or withdrawn, and when. `all` is every mail but the legal.',
    ),
    replayed: field(
      z.boolean(),
      'none',
      'Made or ever touched by a replay: mail goes to the development inbox and never to the person.',
    ),
    shared_at: field(
      instant.optional(),
      'none',
      'When the user id was last seen on one day with more anonymous ids or addresses than `ids.shared` of the playbook allows: many people seem to share it.',
    ),
  }),
  {
    writer: { processor: 'profile', rekeyed: false },
    cleanup: 'compact',
    retentionMs: -1,
    about: {
      meaning: 'The latest traits, consents, zone and locale of each person.',
      owner: 'ingestion',
      key: 'person_id',
      restated: 'By each later record of the same person: the newest is the whole profile.',
    },
  },
);
