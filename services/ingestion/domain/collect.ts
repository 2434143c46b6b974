import { callId, type collected, type DataOf } from '#contracts';
import { Fields, isObject, type Json } from './fields.ts';
import { messageIdOf } from './message-id.ts';
import { occurrence } from './occurrence.ts';
import { clean, maxDepth, shapeOf } from './shape.ts';

/**
 * How a call came: through which write key, when (epoch ms), at which place of its batch, and whether the replayer brought it.
 */
export interface Arrival {
  readonly source: string;
  readonly arrivedAt: number;
  readonly index?: number;
  readonly replayed?: boolean;
}

/** A call fit for `collected` with its key, or the reason for which it becomes a dead letter. */
export type Verdict =
  | { readonly accepted: true; readonly key: string; readonly value: DataOf<typeof collected> }
  | { readonly accepted: false; readonly reason: string };

/** The source under which the replayer's calls travel; no write key may have it. */
export const replaySource = 'replay';

/**
 * Largest call, in characters of JSON. The documented 32 KB is what clients should keep to; a guard of theirs that fails should
 * not cost the event.
 */
export const maxCallLength = 262_144;

/** Top-level fields with a place of their own; every other is kept in `rest`. `writeKey` is a secret and is kept nowhere. */
const placed = new Set([
  'type',
  'userId',
  'anonymousId',
  'previousId',
  'properties',
  'traits',
  'context',
  'messageId',
  'timestamp',
  'originalTimestamp',
  'sentAt',
  'writeKey',
]);

/**
 * Judges one call of the Segment kind, already merged with its batch's envelope. Key: the anonymous id, else the user id; of an
 * alias the previous id, whose binding it changes.
 */
export function collect(item: unknown, arrival: Arrival): Verdict {
  if (!isObject(item)) return refuse('the call must be a JSON object');
  const shape = shapeOf(item);
  if (shape === 'deep') return refuse(`the call nests deeper than ${String(maxDepth)} levels`);
  return judge(shape === 'dirty' ? (clean(item) as Json) : item, arrival);
}

function judge(item: Json, arrival: Arrival): Verdict {
  const fields = new Fields(item);
  const type = fields.text('type', 50) ?? '';
  const userId = fields.id('userId');
  const anonymousId = fields.id('anonymousId');
  const previousId = fields.id('previousId');
  const named = type === 'page' || type === 'screen' ? 'name' : 'event';
  const event = fields.text(named, 500);
  const properties = fields.object('properties');
  const traits = fields.object('traits');
  const context = fields.object('context');
  const times = {
    timestamp: fields.time('timestamp'),
    original: fields.time('originalTimestamp'),
    sentAt: fields.time('sentAt'),
  };
  const rest = Object.fromEntries(Object.entries(item).filter(([field]) => !placed.has(field) && field !== named));

  if (type === '') fields.problem('type is missing: track, identify, page, screen, group or alias');
  if (type === 'track' && event === undefined) fields.problem('event is missing: a track needs the name of what happened');
  const key = type === 'alias' ? previousId : (anonymousId ?? userId);
  if (type === 'alias' && (previousId === undefined || userId === undefined))
    fields.problem('an alias needs previousId and userId');
  if (type !== 'alias' && nobody(item)) fields.problem('userId or anonymousId is missing');
  if (fields.problems.length > 0 || key === undefined) return refuse(fields.problems.join('; '));

  const messageId = messageIdOf(item, arrival);
  const value: DataOf<typeof collected> = {
    id: callId(arrival.source, messageId),
    source: arrival.source,
    message_id: messageId,
    type,
    ...present({ user_id: userId, anonymous_id: anonymousId, previous_id: previousId, event, properties, traits, context }),
    ...(Object.keys(rest).length > 0 ? { rest } : {}),
    occurred_at: new Date(occurrence(times, arrival.arrivedAt).at).toISOString(),
    ...present({ timestamp: times.timestamp, original_timestamp: times.original, sent_at: times.sentAt }),
    ...(arrival.replayed === true ? { replayed: true } : {}),
    at: new Date(arrival.arrivedAt).toISOString(),
  };
  const length = JSON.stringify(value).length;
  if (length > maxCallLength) return refuse(`the call has ${String(length)} characters, above ${String(maxCallLength)}`);
  return { accepted: true, key, value };
}

const nobody = (item: Json): boolean =>
  [item['userId'], item['anonymousId']].every((id) => id === undefined || id === null || id === '');

const refuse = (reason: string): Verdict => ({ accepted: false, reason });

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const present = <T extends object>(fields: T): Present<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
