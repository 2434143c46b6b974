import type { Json } from './fields.ts';

/** Deepest field that a pixel's query may name: `context.page.url` is two below the call. */
const maxParts = 8;

type Node = Record<string, unknown>;

/**
 * The call of an image that a page or a mail asks for, RudderStack's pixel: each parameter of the query is a field, a point leads into an
 * object (`properties.plan=pro`). Where two parameters contradict each other, the first one counts. What is not a field of the call, the
 * write key, is left out.
 */
export function pixelCall(type: string, query: URLSearchParams): Json {
  const call = node();
  for (const [name, value] of query) {
    const parts = name.split('.');
    if (name !== 'writeKey' && parts.length <= maxParts && !parts.includes('')) put(call, parts, value);
  }
  // Back to plain objects: names such as __proto__ are then properties like any other.
  return { ...(JSON.parse(JSON.stringify(call)) as Json), type };
}

const node = (): Node => Object.create(null) as Node;

function put(at: Node, [name = '', ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) at[name] ??= value;
  else {
    const inner = (at[name] ??= node());
    if (typeof inner === 'object') put(inner as Node, rest, value);
  }
}
