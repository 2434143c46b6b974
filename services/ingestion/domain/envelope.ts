import { asObject, isObject, type Json } from './fields.ts';
import type { BodyRefusal } from './refusals.ts';
import { maxDepth, maxKeys, shapeOf } from './shape.ts';
import { contextOf } from './withdrawals.ts';

/**
 * The calls of one request, made one at a time as they are read, or why it cannot be read. A refused body's `items` are what may be
 * calls that withdraw a consent; they are asked for nothing else.
 */
export type Calls =
  | { readonly count: number; readonly items: Iterable<unknown> }
  | { readonly kind: BodyRefusal; readonly problem: string; readonly items: Iterable<unknown> };

/** Most calls of one batch: twice what Segment documents, so that a client's guard that fails by a little costs nothing. */
export const maxItems = 5_000;

/** What the envelope adds to all calls of a batch together, in characters of JSON, so that one copy cannot become thousands. */
export const maxAdded = 8 * 1024 * 1024;

/**
 * Splits a request's body. `type` is the route's, or `batch`: there every item has its own, and the envelope's `context`,
 * `integrations` and `sentAt` are merged in; what the item says itself wins. An envelope speaks for many people, so `traits` in
 * its context are nobody's.
 */
export function callsOf(type: string, body: unknown): Calls {
  const sent = type === 'batch' || !isObject(body) ? body : { ...body, type };
  const items = possibleCalls(sent);
  if (!isObject(sent)) return { kind: 'not_json', problem: 'the body must be a JSON object', items };
  const { batch } = sent;
  if (type !== 'batch' && !isLostBatch(sent)) return { count: 1, items: [sent] };
  if (!Array.isArray(batch)) return { kind: 'no_batch', problem: 'the body of a batch needs "batch": [ … ]', items };
  if (batch.length > maxItems)
    return {
      kind: 'too_many_items',
      items,
      problem: `the batch has ${String(batch.length)} calls, above ${String(maxItems)}: send smaller batches`,
    };
  const envelope = envelopeOf(sent);
  if (['deep', 'wide'].includes(shapeOf(envelope)))
    return {
      kind: 'large_envelope',
      items,
      problem: `the envelope nests deeper than ${String(maxDepth)} levels or has more than ${String(maxKeys)} keys`,
    };
  const added = JSON.stringify(envelope).length * batch.length;
  if (added > maxAdded)
    return {
      kind: 'large_envelope',
      items,
      problem: `context and integrations of the envelope, given to ${String(batch.length)} calls, would be ${String(added)} characters, above ${String(maxAdded)}: send smaller batches`,
    };
  return { count: batch.length, items: merge(envelope, batch) };
}

/** The body itself, and what stands in it where calls do; of its envelope no more than consents. */
function* possibleCalls(body: unknown): Generator {
  const batch = isObject(body) ? body['batch'] : body;
  if (isObject(body)) yield body;
  const { traits: _, ...context } = isObject(body) && isObject(body['context']) ? contextOf(body['context']) : {};
  if (Array.isArray(batch)) yield* merge({ context }, batch);
}

/** A batch that was sent to another route: it names nobody itself. */
const isLostBatch = ({ batch, userId, anonymousId, previousId }: Json): boolean =>
  Array.isArray(batch) && [userId, anonymousId, previousId].every((id) => id === undefined || id === null);

interface Envelope {
  readonly sentAt?: unknown;
  readonly context?: unknown;
  readonly integrations?: unknown;
}

function envelopeOf({ sentAt, context, integrations }: Json): Envelope {
  const { traits: _, ...shared } = isObject(context) ? context : {};
  return { sentAt, ...(isObject(context) ? { context: shared } : {}), ...(isObject(integrations) ? { integrations } : {}) };
}

function* merge(envelope: Envelope, batch: readonly unknown[]): Generator {
  for (const item of batch) yield isObject(item) ? merged(envelope, item) : item;
}

function merged(envelope: Envelope, item: Json): Json {
  const { sentAt } = envelope;
  const context = withConsents(envelope.context, both(envelope.context, item['context']));
  const integrations = both(envelope.integrations, item['integrations']);
  return {
    ...(sentAt === undefined ? {} : { sentAt }),
    ...item,
    ...(context === undefined ? {} : { context }),
    ...(integrations === undefined ? {} : { integrations }),
  };
}

/** A context that is none, and for which its call will be refused, hides nothing that the envelope says of consents. */
function withConsents(outer: unknown, context: unknown): unknown {
  if (!isObject(outer) || isObject(context)) return context;
  const said = contextOf(outer);
  return Object.keys(said).length === 0 ? context : [said, context];
}

/** What is not an object is left as the item has it, to be judged with the rest of the item. */
function both(outer: unknown, own: unknown): unknown {
  const inner = asObject(own);
  if (!isObject(outer)) return inner;
  if (inner === undefined || inner === null) return outer;
  return isObject(inner) ? { ...outer, ...inner } : inner;
}
