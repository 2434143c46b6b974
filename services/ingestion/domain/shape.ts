import { wellFormed } from '#facts';

/** How deep a call may nest: no honest event comes near, and what walks it needs no care for the stack. */
export const maxDepth = 32;

/** How many keys and list items a call may have in all: a cart of 200 products with 20 fields each fits. */
export const maxKeys = 5_000;

/**
 * Fine; nested too deep; with too many keys; or with something that a database refuses or JSON cannot print (NUL characters,
 * halves of surrogate pairs, numbers beyond a double).
 */
export type Shape = 'fine' | 'deep' | 'wide' | 'dirty';

/** Looks over a parsed JSON value once, and at no more of it than a call may have. */
export function shapeOf(value: unknown): Shape {
  const seen = { keys: 0, dirty: false };
  return look(value, 0, seen) ?? (seen.dirty ? 'dirty' : 'fine');
}

function look(value: unknown, depth: number, seen: { keys: number; dirty: boolean }): 'deep' | 'wide' | undefined {
  if (typeof value === 'string') seen.dirty ||= isDirty(value);
  if (typeof value === 'number') seen.dirty ||= !Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= maxDepth) return 'deep';
  const list = Array.isArray(value);
  for (const key in value) {
    seen.keys += 1;
    if (seen.keys > maxKeys) return 'wide';
    if (!list) seen.dirty ||= isDirty(key);
    const found = look((value as Record<string, unknown>)[key], depth + 1, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

const isDirty = (text: string): boolean => text.includes('\0') || !text.isWellFormed();

/**
 * The same value without NUL characters, halves of surrogate pairs replaced, numbers beyond a double (1e400) as null, which is what
 * JSON prints for them: `lostNumber` is called for each. Only for what `shapeOf` called dirty.
 */
export function clean(value: unknown, lostNumber: () => void): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    lostNumber();
    return null;
  }
  if (Array.isArray(value)) return value.map((one) => clean(one, lostNumber));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [wellFormed(key), clean(child, lostNumber)]));
}
