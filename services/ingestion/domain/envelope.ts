import { isObject, type Json } from './fields.ts';

/** The calls of one request, or why it cannot be read. */
export type Calls = { readonly items: readonly unknown[] } | { readonly problem: string };

/**
 * Splits a request's body. `type` is the route's, or `batch`: there every item has its own, and the envelope's `context`,
 * `integrations` and `sentAt` are merged in; what the item says itself wins.
 */
export function callsOf(type: string, body: unknown): Calls {
  if (!isObject(body)) return { problem: 'the body must be a JSON object' };
  if (type !== 'batch') return { items: [{ ...body, type }] };
  const { batch } = body;
  if (!Array.isArray(batch)) return { problem: 'the body of a batch needs "batch": [ … ]' };
  return { items: batch.map((item: unknown) => (isObject(item) ? merged(body, item) : item)) };
}

function merged(envelope: Json, item: Json): Json {
  const { sentAt } = envelope;
  const context = both(envelope['context'], item['context']);
  const integrations = both(envelope['integrations'], item['integrations']);
  return {
    ...(sentAt === undefined ? {} : { sentAt }),
    ...item,
    ...(context === undefined ? {} : { context }),
    ...(integrations === undefined ? {} : { integrations }),
  };
}

/** What is not an object is left as the item has it, to be judged with the rest of the item. */
function both(outer: unknown, inner: unknown): unknown {
  if (!isObject(outer)) return inner;
  if (inner === undefined || inner === null) return outer;
  return isObject(inner) ? { ...outer, ...inner } : inner;
}
