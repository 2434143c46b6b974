import { z } from 'zod';
import { contract, days } from './contract.ts';
import { instant } from './envelope.ts';
import { field } from './field.ts';

/** A raw hit from a recipient's side: open pixel, click, one-click unsubscribe. */
export const hits = contract(
  'hits.v1',
  z.object({
    id: field(z.uuid(), 'pseudonym', 'Id of the hit.'),
    person_id: field(z.uuid(), 'pseudonym', 'The person whose mail it is. It is the key of the record.'),
    message_id: field(z.uuid(), 'pseudonym', 'The mail, by the id of its `sent` decision.'),
    at: field(instant, 'behaviour', 'When the hit arrived.'),
    kind: field(z.string(), 'behaviour', 'open, click or unsubscribe; an unknown word does nothing.'),
    link: field(z.int().optional(), 'behaviour', 'For click: which link of the mail.'),
    category: field(z.string().optional(), 'behaviour', 'For unsubscribe: the category, or `all`.'),
    user_agent: field(z.string().max(500).optional(), 'device', 'The user agent that asked.'),
    ip: field(z.string().max(50).optional(), 'device', 'The address that asked.'),
  }),
  {
    retentionMs: days(30),
    about: {
      meaning: 'Requests for the open pixel, links and unsubscription of mails, not yet judged.',
      owner: 'delivery',
      key: 'person_id',
    },
  },
);
