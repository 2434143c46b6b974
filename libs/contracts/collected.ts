import { z } from 'zod';
import { contract } from './contract.ts';
import { instant } from './envelope.ts';
import { field } from './field.ts';
import { momentSources } from '#facts';

/** Which clock an instant was taken from. */
export const momentSource = field(
  z.enum(momentSources),
  'none',
  '`claimed`: the time that the client sent; `corrected`: that time, set right by what `sentAt` says of the clock; `arrival`: none was sent, or it cannot be true.',
);

const json = z.record(z.string(), z.unknown());

/** The Segment call as it came, its ids as strings, its times as they were sent; unknown top-level fields stay in `rest`. */
export const call = {
  id: field(z.uuid(), 'pseudonym', 'Id of the call, derived from source and message id.'),
  source: field(
    z.string().max(200),
    'none',
    'Name of the write key or mapping that it came through; message ids are unique per source.',
  ),
  message_id: field(z.string().min(1).max(100), 'pseudonym', 'The message id that the client gave to the call.'),
  type: field(
    z.string().max(50),
    'none',
    'track, identify, page, screen, group or alias; `withdrawal`: what a refused call withdrew, and nothing else of it.',
  ),
  user_id: field(z.string().min(1).max(500).optional(), 'identity', 'The id by which the platform knows the person.'),
  anonymous_id: field(z.string().min(1).max(500).optional(), 'device', 'The id that the SDK made for the browser or device.'),
  previous_id: field(z.string().min(1).max(500).optional(), 'identity', 'For alias: the id known before.'),
  event: field(z.string().max(500).optional(), 'behaviour', 'For track: the name of the event. For page and screen: its name.'),
  properties: field(json.optional(), 'free', 'Properties of the event, as sent.'),
  traits: field(json.optional(), 'free', 'Traits of the person, as sent.'),
  context: field(json.optional(), 'free', 'Context of the SDK, as sent; it may hold an IP address and a user agent.'),
  rest: field(json.optional(), 'free', 'Top-level fields that no SDK documents, as sent.'),
  occurred_at: field(instant, 'behaviour', 'When it happened, as far as the clock of the client can be believed.'),
  moment_source: momentSource.optional(),
  timestamp: field(z.string().optional(), 'behaviour', 'The time that the client sent.'),
  original_timestamp: field(z.string().optional(), 'behaviour', 'The original time that the client sent.'),
  sent_at: field(z.string().optional(), 'behaviour', 'When the client sent it, by the clock of the client.'),
  unreadable: field(
    z.array(z.string()).optional(),
    'none',
    'Names of what nobody can read: timestamp, original_timestamp, sent_at, with why behind a dot (timestamp.seconds); number for one beyond a double (1e400). It counts as not given.',
  ),
  replayed: field(
    z.boolean().optional(),
    'none',
    'True for history that the replayer wrote: its person is never mailed for real.',
  ),
};

/** Raw, accepted by the edge, not yet judged. Beside it lie clock records (key `~clock`). */
export const collected = contract(
  'collected.v1',
  z.object({ ...call, at: field(instant, 'behaviour', 'When the edge received it.') }),
  {
    retentionMs: -1,
    about: {
      meaning: 'Calls of SDKs as the edge accepted them, not yet judged. Clock records (key `~clock`) lie beside them.',
      owner: 'ingestion',
      key: 'anonymous id, else user id',
    },
  },
);
