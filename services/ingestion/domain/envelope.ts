import { asObject, isObject, type Json } from './fields.ts';
import type { BodyRefusal } from './refusals.ts';
import { maxDepth, maxKeys, shapeOf } from './shape.ts';

/** The calls of one request, made one at a time as they are read, or why it cannot be read. */
export type Calls =
  { readonly count: number; readonly items: Iterable<unknown> } | { readonly kind: BodyRefusal; readonly problem: string };

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
  if (!isObject(body)) return { kind: 'not_json', problem: 'the body must be a JSON object' };
  if (type !== 'batch') return { count: 1, items: [{ ...body, type }] };
  const { batch } = body;
  if (!Array.isArray(batch)) return { kind: 'no_batch', problem: 'the body of a batch needs "batch": [ … ]' };
  if (batch.length > maxItems)
    return {
      kind: 'too_many_items',
      problem: `the batch has ${String(batch.length)} calls, above ${String(maxItems)}: send smaller batches`,
    };
  const envelope = envelopeOf(body);
  if (['deep', 'wide'].includes(shapeOf(envelope)))
    return {
      kind: 'large_envelope',
      problem: `the envelope nests deeper than ${String(maxDepth)} levels or has more than ${String(maxKeys)} keys`,
    };
  const added = JSON.stringify(envelope).length * batch.length;
  if (added > maxAdded)
    return {
      kind: 'large_envelope',
      problem: `context and integrations of the envelope, given to ${String(batch.length)} calls, would be ${String(added)} characters, above ${String(maxAdded)}: send smaller batches`,
    };
  return { count: batch.length, items: merge(envelope, batch) };
}

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
  const context = both(envelope.context, item['context']);
  const integrations = both(envelope.integrations, item['integrations']);
  return {
    ...(sentAt === undefined ? {} : { sentAt }),
    ...item,
    ...(context === undefined ? {} : { context }),
    ...(integrations === undefined ? {} : { integrations }),
  };
}

/** What is not an object is left as the item has it, to be judged with the rest of the item. */
function both(outer: unknown, own: unknown): unknown {
  const inner = asObject(own);
  if (!isObject(outer)) return inner;
  if (inner === undefined || inner === null) return outer;
  return isObject(inner) ? { ...outer, ...inner } : inner;
}
