import { wellFormed } from '#facts';

/** How JSON escapes what Postgres' jsonb refuses: U+0000 and halves of surrogate pairs. */
const unstorable = /\\u(?:0000|[dD][89a-fA-F])/;
/** A number that may lie beyond what a double holds: fewer than 200 digits and a power of ten below the tenth do not. */
const enormous = /[:[,\s]-?\d[\d.]*[eE]\+?\d\d|\d{200}/;

/**
 * Reads a record's value: whatever escapes it was written with, its texts and keys are well-formed and without U+0000.
 * Throws where it is not JSON, or holds a number that JSON could not print again.
 */
export function parsed(text: string): unknown {
  const value = read(text);
  if (enormous.test(text)) refuseUnprintable(value, '');
  return hasUnstorable(text) ? cleaned(value) : value;
}

/** `JSON.parse` shows in its error what stands there: it may be a secret, and the error becomes a reason, a header and a line of a log. */
function read(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const place = /at position \d+/.exec((error as Error).message)?.[0] ?? 'somewhere';
    throw new SyntaxError(`a value, a name or a sign is wrong or missing ${place}`);
  }
}

/**
 * JSON text that Postgres and every reader of a topic take. `clean` is the value as the text says it, where a text in it was not
 * well-formed. Throws where the value is none of JSON's: a cycle, a bigint, a number that is not finite.
 */
export function printed(value: object): { readonly text: string; readonly clean?: object } {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`not an object but a ${typeof value}`);
  // JSON prints null for such a number, silently.
  if (text.includes('null')) refuseUnprintable(value, '');
  if (!hasUnstorable(text)) return { text };
  const clean = cleaned(JSON.parse(text)) as object;
  return { text: JSON.stringify(clean), clean };
}

const hasUnstorable = (text: string): boolean => text.includes('\\u') && unstorable.test(text);

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(cleaned);
  // `fromEntries` defines its keys: one named __proto__ stays a key.
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [wellFormed(key), cleaned(one)]));
}

function refuseUnprintable(value: unknown, path: string): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new RangeError(`${path === '' ? 'the value' : path} is ${String(value)}, which JSON cannot print`);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, one] of Object.entries(value)) refuseUnprintable(one, path === '' ? key : `${path}.${key}`);
}
