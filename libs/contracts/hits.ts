import { z } from 'zod';
import { contract, days } from './contract.ts';
import { instant } from './envelope.ts';

/** A raw hit from a recipient's side: open pixel, click, one-click unsubscribe. Key: person. `at`: its arrival. */
export const hits = contract(
  'hits.v1',
  z.object({
    id: z.uuid(),
    person_id: z.uuid(),
    message_id: z.uuid(),
    at: instant,
    /** open, click, unsubscribe; an unknown word does nothing. */
    kind: z.string(),
    /** click: which link of the mail. */
    link: z.int().optional(),
    /** unsubscribe: the category, or `all`. */
    category: z.string().optional(),
    user_agent: z.string().max(500).optional(),
    ip: z.string().max(50).optional(),
  }),
  { retentionMs: days(30) },
);
