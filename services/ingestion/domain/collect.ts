import { callId, type collected, type DataOf } from '#contracts';
import { momentOf } from '#facts';
import { asObject, Fields, isObject, type Json } from './fields.ts';
import { messageIdOf } from './message-id.ts';
import type { CallRefusal } from './refusals.ts';
import { clean, maxDepth, maxKeys, shapeOf } from './shape.ts';
import { rescued } from './withdrawals.ts';

/**
 * How a call came: through which write key, when (epoch ms), at which place of its batch, and whether the replayer brought it.
 */
export interface Arrival {
  readonly source: string;
  readonly arrivedAt: number;
  readonly index?: number;
  readonly replayed?: boolean;
}

/** A call fit for `collected` with its key. */
export interface Fit {
  readonly key: string;
  readonly value: DataOf<typeof collected>;
}

/**
 * A call fit for `collected`, or the reason for which it becomes a dead letter. A refused call's withdrawal of consent goes on without
 * it; `unheard`: it has one, and no id says whose.
 */
export type Verdict =
  | ({ readonly accepted: true } & Fit)
  | {
      readonly accepted: false;
      readonly kind: CallRefusal;
      readonly reason: string;
      readonly withdrawal?: Fit;
      readonly unheard?: true;
    };
type Refused = Exclude<Verdict, { accepted: true }>;

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

const types: ReadonlySet<string> = new Set(['track', 'identify', 'page', 'screen', 'group', 'alias']);
const nobodyElse: ReadonlySet<string> = new Set();

/**
 * Judges one call of the Segment kind, already merged with its batch's envelope. Key: the anonymous id, else the user id; of an
 * alias the previous id, whose binding it changes. `nobody`: ids that stand for nobody beside those of `#facts`, in the form of
 * `nobodyWord`.
 */
export function collect(item: unknown, arrival: Arrival, nobody = nobodyElse): Verdict {
  const verdict = looked(item, arrival, nobody);
  return verdict.accepted || arrival.replayed === true ? verdict : withWithdrawal(verdict, rescued(item, arrival, nobody));
}

function withWithdrawal(refused: Refused, withdrawal: ReturnType<typeof rescued>): Refused {
  if (withdrawal === undefined) return refused;
  const { reason } = refused;
  if (withdrawal === 'unheard')
    return { ...refused, unheard: true, reason: `a withdrawal of consent is lost with it, for no id says whose: ${reason}` };
  return { ...refused, withdrawal, reason: `${reason}; its withdrawal of consent is heard` };
}

function looked(item: unknown, arrival: Arrival, nobody: ReadonlySet<string>): Verdict {
  if (!isObject(item)) return refuse('not_an_object', 'the call must be a JSON object');
  const shape = shapeOf(item);
  if (shape === 'deep') return refuse('too_deep', `the call nests deeper than ${String(maxDepth)} levels`);
  if (shape === 'wide') return refuse('too_many_keys', `the call has more than ${String(maxKeys)} keys and list items`);
  if (shape === 'fine') return judge(item, arrival, nobody);
  let lost = 0;
  const cleaned = clean(item, () => (lost += 1)) as Json;
  return judge(cleaned, arrival, nobody, lost > 0 ? ['number'] : []);
}

/** `lost`: what could not be read of the call already. */
function judge(item: Json, arrival: Arrival, nobody: ReadonlySet<string>, lost: readonly string[] = []): Verdict {
  const fields = new Fields(item, arrival.replayed === true ? undefined : nobody);
  const type = typeOf(fields);
  const userId = fields.id('userId');
  const anonymousId = fields.id('anonymousId');
  const previousId = fields.id('previousId');
  const named = type === 'page' || type === 'screen' ? 'name' : 'event';
  const event = fields.text(named, 500);
  const properties = fields.object('properties');
  const context = fields.object('context');
  const traits = traitsOf(type, fields.object('traits'), context);
  const times = {
    timestamp: fields.time('timestamp', 'timestamp'),
    original: fields.time('originalTimestamp', 'original_timestamp'),
    sentAt: fields.time('sentAt', 'sent_at'),
  };

  if (type === 'track' && event === undefined)
    fields.problem('no_event', 'event is missing: a track needs the name of what happened');
  const key = type === 'alias' ? previousId : (anonymousId ?? userId);
  if (type === 'alias' && (previousId === undefined || userId === undefined))
    fields.problem('bad_alias', 'an alias needs previousId and userId');
  if (type !== 'alias' && nobodyIn(item)) fields.problem('no_id', 'userId or anonymousId is missing');
  if (fields.kind !== undefined || key === undefined) return refuse(fields.kind ?? 'no_id', fields.problems.join('; '));

  const messageId = messageIdOf(item, arrival);
  const rest = restOf(item, named);
  const unreadable = [...fields.unreadable, ...lost];
  const moment = momentOf(times, arrival.arrivedAt);
  const value: DataOf<typeof collected> = {
    id: callId(arrival.source, messageId),
    source: arrival.source,
    message_id: messageId,
    type,
    ...present({ user_id: userId, anonymous_id: anonymousId, previous_id: previousId, event, properties, traits, context }),
    ...(Object.keys(rest).length > 0 ? { rest } : {}),
    occurred_at: new Date(moment.at).toISOString(),
    moment_source: moment.source,
    ...present({ timestamp: times.timestamp, original_timestamp: times.original, sent_at: times.sentAt }),
    ...(unreadable.length > 0 ? { unreadable } : {}),
    ...(arrival.replayed === true ? { replayed: true } : {}),
    at: new Date(arrival.arrivedAt).toISOString(),
  };
  const length = JSON.stringify(value).length;
  if (length > maxCallLength)
    return refuse('too_large', `the call has ${String(length)} characters, above ${String(maxCallLength)}`);
  return { accepted: true, key, value };
}

/** The call's type, whatever the case of its letters. */
function typeOf(fields: Fields): string {
  const sent = fields.text('type', 50);
  const type = sent?.trim().toLowerCase() ?? '';
  if (type === '') fields.problem('no_type', 'type is missing: track, identify, page, screen, group or alias');
  else if (!types.has(type))
    fields.problem('unknown_type', `type ${JSON.stringify(sent)} is unknown: track, identify, page, screen, group or alias`);
  return type;
}

/** RudderStack's browser SDK sends the traits of an identify under `context.traits`; what `traits` says itself wins. */
function traitsOf(
  type: string,
  own: Record<string, unknown> | undefined,
  context: Json | undefined,
): Record<string, unknown> | undefined {
  const other = type === 'identify' ? context?.['traits'] : undefined;
  return isObject(other) ? { ...other, ...own } : own;
}

function restOf(item: Json, named: string): Record<string, unknown> {
  const rest = Object.fromEntries(Object.entries(item).filter(([field]) => !placed.has(field) && field !== named));
  return 'integrations' in rest ? { ...rest, integrations: asObject(rest['integrations']) } : rest;
}

const nobodyIn = (item: Json): boolean =>
  [item['userId'], item['anonymousId']].every((id) => id === undefined || id === null || id === '');

const refuse = (kind: CallRefusal, reason: string): Refused => ({ accepted: false, kind, reason });

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const present = <T extends object>(fields: T): Present<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
