import { callId, type collected, type DataOf } from '#contracts';
import { everyMail, isMap, momentOf, shown, tracking, wellFormed } from '#facts';
import { isConsentField } from './consent-fields.ts';
import { wordsOf, type Speech } from './consents.ts';
import { Fields, isObject, type Json } from './fields.ts';
import { messageIdOf } from './message-id.ts';
import { maxKeys } from './shape.ts';

type Collected = DataOf<typeof collected>;

/** The type of a call that has nothing but what another, which is not taken, withdraws. No SDK has it: the edge knows no such word. */
export const withdrawal = 'withdrawal';

/** So many names are passed on; where more are withdrawn, all mail is. */
const mostNames = 40;
/** How deep the consents of a call that is too deep are read. */
const mostDepth = 6;
const types: ReadonlySet<string> = new Set(['track', 'page', 'screen', 'identify', 'group', 'alias']);

interface Arrival {
  readonly source: string;
  readonly arrivedAt: number;
  readonly index?: number;
}

/**
 * What a refused call withdraws, as a call of its own; `unheard` where it withdraws something and no id says whose. Nothing but ids,
 * times and consents are read, so that the rest of the call may be anything. An id with something invisible counts without it: a no
 * for a look-alike does less harm than a lost one. Of a withdrawal without a time the arrival counts.
 */
export function rescued(
  item: unknown,
  arrival: Arrival,
  nobody: ReadonlySet<string>,
): { readonly key: string; readonly value: Collected } | 'unheard' | undefined {
  if (!isObject(item)) return undefined;
  const names = withdrawnIn(...speechesOf(item));
  if (names.length === 0) return undefined;
  const ids = idsOf(item, nobody);
  const key = ids.anonymous_id ?? ids.user_id;
  if (key === undefined) return 'unheard';
  const times = new Fields(item, nobody);
  const { at, source } = momentOf(
    {
      timestamp: times.time('timestamp', 'timestamp'),
      original: times.time('originalTimestamp', 'original_timestamp'),
      sentAt: times.time('sentAt', 'sent_at'),
    },
    arrival.arrivedAt,
  );
  const { messageId, timestamp, originalTimestamp } = item;
  const told = {
    messageId: plain(messageId),
    timestamp: plain(timestamp),
    originalTimestamp: plain(originalTimestamp),
    names,
    ids,
  };
  const message_id = withdrawalId(arrival.source, messageIdOf(told, arrival), names, ids);
  const value = {
    id: callId(arrival.source, message_id),
    source: arrival.source,
    message_id,
    type: withdrawal,
    ...ids,
    context: saying(names),
    occurred_at: new Date(at).toISOString(),
    moment_source: source,
    at: new Date(arrival.arrivedAt).toISOString(),
  };
  return { key, value };
}

/**
 * What a call withdraws, as a call of its own: it is heard also where another call has had the same message id. Its id is that of what it
 * says, so that a repeat of the whole call says nothing new. An alias is known by its previous id: it names no device.
 */
export function withdrawalIn(call: Collected): Collected | undefined {
  if (call.type === withdrawal) return undefined;
  const names = withdrawnIn(call);
  if (names.length === 0) return undefined;
  const { source, user_id, anonymous_id, occurred_at, moment_source, at, replayed } = call;
  const ids = {
    ...(user_id === undefined ? {} : { user_id }),
    ...(anonymous_id === undefined || call.type === 'alias' ? {} : { anonymous_id }),
  };
  const message_id = withdrawalId(source, call.message_id, names, ids);
  return {
    id: callId(source, message_id),
    source,
    message_id,
    type: withdrawal,
    ...ids,
    context: saying(names),
    occurred_at,
    ...(moment_source === undefined ? {} : { moment_source }),
    ...(replayed === undefined ? {} : { replayed }),
    at,
  };
}

/** Of a withdrawal that goes on alone: by the call it stood in and by what it says, so that it is heard once. */
const withdrawalId = (source: string, messageId: string, names: readonly string[], ids: object): string =>
  callId(source, `${withdrawal} ${messageId} ${JSON.stringify([names.toSorted(), ids])}`);

/** What a call withdraws, as the context of a call that says no more. */
export const saying = (names: readonly string[]): Json => ({
  consent: { categoryPreferences: Object.fromEntries(names.map((name) => [name, false])) },
});

/** The names that a call withdraws, each once. Of more than are passed on all mail is withdrawn instead. */
export function withdrawnIn(...speeches: readonly Speech[]): readonly string[] {
  const names = [...new Set(speeches.flatMap(wordsOf).flatMap(({ name, granted }) => (granted ? [] : [name])))];
  if (names.length <= mostNames) return names;
  return [everyMail, ...(names.includes(tracking) ? [tracking] : []), ...names.slice(0, mostNames)];
}

/** Both ids where both can be read; of ids that had to be mended only one, so that a look-alike binds nobody. */
function idsOf(item: Json, nobody: ReadonlySet<string>): Partial<Record<'user_id' | 'anonymous_id', string>> {
  const read = (field: string): string | undefined => new Fields(item, nobody).id(field);
  const mended = (field: string): string | undefined => {
    const id = item[field];
    if (typeof id !== 'string' || id.length > 500 || id.includes('\uFFFD') || !id.isWellFormed()) return undefined;
    return new Fields({ id: shown(id) }, nobody).id('id');
  };
  const [user_id, anonymous_id] = [read('userId'), read('anonymousId')];
  if (user_id !== undefined) return { user_id, ...(anonymous_id === undefined ? {} : { anonymous_id }) };
  const [user, anonymous] = [mended('userId'), anonymous_id ?? mended('anonymousId') ?? read('previousId')];
  if (user !== undefined) return { user_id: user };
  return anonymous === undefined ? {} : { anonymous_id: anonymous };
}

/** The places of a call that may speak of consents, within bounds; of a call without a known type, as each that may be meant. */
function speechesOf(item: Json): readonly Speech[] {
  const [kind, event, name] = [item['type'], item['event'], item['name']].map(word);
  const type = kind?.toLowerCase() ?? '';
  const properties = mapsOf(item['properties']).map(({ category, categories, granted }) =>
    bounded({ category, categories, granted }),
  );
  const speech = {
    event: event ?? name,
    traits: Object.assign({}, ...mapsOf(item['traits']).map(consentsOf)) as Json,
    context: Object.assign({}, ...mapsOf(item['context']).map(contextOf)) as Json,
    properties: Object.assign({}, ...properties) as Json,
    rest: consentsOf(item),
  };
  return (types.has(type) ? [type] : ['identify', 'track']).map((meant) => ({ type: meant, ...speech }));
}

const word = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= 500 ? wellFormed(value).trim() || undefined : undefined;

const plain = (value: unknown): unknown => (typeof value === 'object' && value !== null ? null : value);

/** An object; the objects of a list that stands in place of one. */
const mapsOf = (value: unknown): readonly Json[] => (isMap(value) ? [value] : Array.isArray(value) ? value.filter(isMap) : []);

const consentsOf = (fields: Json): Json =>
  bounded(Object.fromEntries(Object.entries(fields).filter(([name, value]) => isConsentField(name, value))));

/** What a context says of consents, and nothing else of it. */
export function contextOf(context: Json): Json {
  const { consent, consentManagement, traits } = context;
  const said = mapsOf(traits).map(consentsOf);
  return {
    ...consentsOf(context),
    ...(consent === undefined ? {} : bounded({ consent })),
    ...(consentManagement === undefined ? {} : bounded({ consentManagement })),
    ...(said.length === 0 ? {} : { traits: Object.assign({}, ...said) as Json }),
  };
}

/** What is too deep or too wide to be read is put as a word that says neither yes nor no, and so counts as no. */
const bounded = (fields: Json): Json => within(fields, mostDepth) as Json;

function within(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return wellFormed(value.length > 5_000 ? unreadable : value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return unreadable;
  const entries = Object.entries(value);
  if (entries.length > maxKeys) return unreadable;
  if (Array.isArray(value)) return value.map((one) => within(one, depth - 1));
  return Object.fromEntries(entries.map(([name, one]) => [wellFormed(name), within(one, depth - 1)]));
}

const unreadable = '(too large to be read)';
