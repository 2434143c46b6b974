/** How deep a call may nest: no honest event comes near, and what walks it needs no care for the stack. */
export const maxDepth = 32;

/** Fine, nested too deep, or with text that a database refuses (NUL characters, halves of surrogate pairs). */
export type Shape = 'fine' | 'deep' | 'dirty';

/** Looks over a parsed JSON value once. */
export function shapeOf(value: unknown, depth = 0): Shape {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? 'dirty' : 'fine';
  if (typeof value !== 'object' || value === null) return 'fine';
  if (depth >= maxDepth) return 'deep';
  let shape: Shape = 'fine';
  for (const [key, child] of Object.entries(value)) {
    const found = shapeOf(child, depth + 1);
    if (found === 'deep') return 'deep';
    if (found === 'dirty' || shapeOf(key) === 'dirty') shape = 'dirty';
  }
  return shape;
}

/** The same value without NUL characters, halves of surrogate pairs replaced. Only for what `shapeOf` did not call deep. */
export function clean(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '').toWellFormed();
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [clean(key), clean(child)]));
}
