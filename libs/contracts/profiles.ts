import { z } from 'zod';
import { contract } from './contract.ts';
import { consents, derived } from './envelope.ts';

/** Latest traits, consents, zone and locale of a person; compacted: the newest record is the whole profile. */
export const profiles = contract(
  'profiles.v1',
  z.object({
    ...derived,
    user_id: z.string().optional(),
    /** As `parseAddress` of `#facts` writes it: the domain in A-labels. */
    email: z.string().max(320).optional(),
    /** Why the address that was given is none: a reason of `parseAddress`, or `not_text`. */
    email_refused: z.string().optional(),
    name: z.string().optional(),
    /** BCP 47 language tag. */
    locale: z.string().optional(),
    /** IANA time zone, checked to exist. */
    zone: z.string().optional(),
    traits: z.record(z.string(), z.unknown()),
    /** Purpose or category → granted or withdrawn, and when. `all` is every mail but the legal. */
    consents,
    /** Made or ever touched by a replay: mail goes to the development inbox for ever. */
    replayed: z.boolean(),
  }),
  { writer: { processor: 'profile', rekeyed: false }, cleanup: 'compact', retentionMs: -1 },
);
