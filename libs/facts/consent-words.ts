import { cut, shown } from './text.ts';

/** What a value in a consent field says. What nobody can understand says no, and `unclear` shows it. */
export interface Said {
  readonly granted: boolean;
  readonly unclear?: string;
}

const yes: ReadonlySet<string> = new Set(
  'true 1 yes y on granted grant allow allowed accept accepted agreed subscribed opt_in opted_in opt-in opted-in'.split(' '),
);
const no: ReadonlySet<string> = new Set(
  'false 0 no n off none never denied deny refused rejected withdrawn revoked unsubscribed opt_out opted_out opt-out opted-out'.split(
    ' ',
  ),
);

/** Reads a yes or a no: booleans, 1 and 0, the usual words in any letter case, and `{ granted: … }`. */
export function saidBy(value: unknown): Said {
  const stated = isMap(value) && Object.hasOwn(value, 'granted') ? value['granted'] : value;
  const word = isPlain(stated) ? String(stated).trim().toLowerCase() : undefined;
  if (word !== undefined && yes.has(word)) return { granted: true };
  if (word !== undefined && no.has(word)) return { granted: false };
  return { granted: false, unclear: shownBriefly(value) };
}

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** A value as a profile shows it: at most 40 characters. */
const shownBriefly = (value: unknown): string =>
  cut(shown(cut(typeof value === 'string' ? value : JSON.stringify(value ?? null), 400)), 40);

/**
 * The one spelling of a category or purpose from outside: lower case, with dashes in place of blanks and underscores, nothing
 * invisible, at most 64 characters. Undefined where nothing is left.
 */
export function consentName(text: string): string | undefined {
  const name = cut(
    shown(cut(text, 500).normalize('NFKC'))
      .toLowerCase()
      .replace(/[\s_]+/gu, '-'),
    64,
  );
  return name === '' ? undefined : name;
}

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
