import { cut, shown } from './text.ts';

/** What a value in a consent field says. What nobody can understand says no, and `unclear` shows it. */
export interface Said {
  readonly granted: boolean;
  readonly unclear?: string;
}

const yes: ReadonlySet<string> = new Set(
  'true 1 yes y on granted grant allow allowed accept accepted agreed subscribed opt-in opted-in'.split(' '),
);
const plainNo: ReadonlySet<string> = new Set('false 0 no n off'.split(' '));
const no: ReadonlySet<string> = new Set([
  ...plainNo,
  ...'none never denied deny refused rejected withdrawn revoked unsubscribed unsubscribe opt-out opted-out'.split(' '),
]);

/** Reads a yes or a no: booleans, 1 and 0, the usual words in any letter case, and `{ granted: … }`. */
export function saidBy(value: unknown): Said {
  const stated = isMap(value) && Object.hasOwn(value, 'granted') ? value['granted'] : value;
  const word = wordOf(stated);
  if (word !== undefined && yes.has(word)) return { granted: true };
  if (word !== undefined && no.has(bare(word))) return { granted: false };
  return { granted: false, unclear: shownBriefly(value) };
}

/**
 * Whether a value denies what its field says: `false`, `0`, `"no"`. A word such as `denied` or `unsubscribed` does not: in a field
 * `unsubscribed` it is the very opposite.
 */
export function isPlainNo(value: unknown): boolean {
  const word = wordOf(value);
  return word !== undefined && plainNo.has(word);
}

/** No word of the lists is longer, in UTF-16 units; the rest is quotes and blanks. */
const longestWord = 40;

/** A word in any letter case, with dashes in place of blanks and underscores. */
function wordOf(value: unknown): string | undefined {
  if (!isPlain(value)) return undefined;
  const text = String(value);
  return text.length > longestWord
    ? undefined
    : text
        .trim()
        .toLowerCase()
        .replace(/[\s_-]+/g, '-');
}

/** More spellings of a no than of a yes: also in quotes, and in letters of any width. */
const bare = (word: string): string => word.normalize('NFKC').replace(/^["'`-]+|["'`.!-]+$/g, '');

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** A value as a profile shows it: at most 40 characters. */
const shownBriefly = (value: unknown): string =>
  cut(shown(cut(typeof value === 'string' ? value : JSON.stringify(value ?? null), 400)), 40);

/**
 * The one spelling of a category or purpose from outside: lower case, one dash for all blanks, underscores and dashes in a row and
 * none at an end, nothing invisible, at most 64 characters. Undefined where nothing is left.
 */
export function consentName(text: string): string | undefined {
  const name = cut(
    shown(cut(text, 500).normalize('NFKC'))
      .toLowerCase()
      .replace(/[\s_\p{Pd}]+/gu, '-')
      .replace(/^-|-$/g, ''),
    64,
  );
  return name === '' ? undefined : name;
}

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
