/**
 * Text from outside, cleaned once where it enters: no NUL (Postgres refuses it), no half of a surrogate pair (neither JSON in
 * Postgres nor UTF-8 can hold one; each becomes U+FFFD).
 */
export const wellFormed = (text: string): string => {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '') : whole;
};

/**
 * Text for one line, a header or a greeting: line breaks, control characters and blanks in a row become one blank, none stands at
 * an end. Joiners stay: Persian, Sinhala and Malayalam spell with them, and families of emoji.
 */
export const oneLine = (text: string): string =>
  wellFormed(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/**
 * The longest beginning of a text that has at most `max` UTF-16 units and ends between two graphemes (UAX 29), so that no emoji
 * and no letter with its marks is torn. A single grapheme longer than `max` is cut between code points.
 */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  // Whether a grapheme ends at `max` depends on what stands before it and on one code point behind it.
  const begin = text.slice(0, max + 2);
  const end = graphemes.segment(begin).containing(max)?.index ?? max;
  if (end > 0) return text.slice(0, end);
  const last = text.charCodeAt(max - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
}

/**
 * What has no shape of its own or turns the text around it: controls, bidirectional marks, soft hyphens, fillers, tags, byte
 * order marks (Unicode's Default_Ignorable_Code_Point, UAX 44). Joiners (ZWJ, ZWNJ) and variation selectors are no part of it:
 * Persian, Sinhala and Mongolian names and emoji need them.
 */
const invisible = /[[\p{Cc}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB\u2800]--[\u200C\u200D\p{Variation_Selector}]]/v;
const everyInvisible = new RegExp(invisible.source, 'gv');

/** The first invisible character of a text as `U+200B`, or nothing. */
export function invisibleIn(text: string): string | undefined {
  const found = invisible.exec(text)?.[0].codePointAt(0);
  return found === undefined ? undefined : `U+${found.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Characters that open an embedding or an override of direction, or close one (UAX 9); obsolete since isolates are there. */
const overrides = /[\u202A-\u202E]/g;
/** Marks of direction (LRM, RLM, ALM): within a text they order it, at its ends they would act on what stands beside it. */
const marksAtEnds = /^[\u200E\u200F\u061C]+|[\u200E\u200F\u061C]+$/g;
const turns = /[\u2066-\u2069]/;

/**
 * A text that cannot reorder what is written around it: without overrides and embeddings, without marks of direction at its ends, and
 * with isolates only where each is closed in its own paragraph. Letters of both directions and joiners stay as they are.
 */
export function inOrder(text: string): string {
  if (!/[\u200E\u200F\u061C\u202A-\u202E\u2066-\u2069]/.test(text)) return text;
  const plain = text.replace(overrides, '');
  const paired = turns.test(plain)
    ? plain
        .split(/([\n\r\x85\u2029])/)
        .map(withPairs)
        .join('')
    : plain;
  return paired.replace(marksAtEnds, '');
}

/** A paragraph with those isolates only that are closed, and those ends only that close one. */
function withPairs(paragraph: string): string {
  const kept = [...paragraph];
  const open: number[] = [];
  for (const [index, character] of kept.entries()) {
    if (character === '\u2069' && open.pop() === undefined) kept[index] = '';
    else if (character !== '\u2069' && turns.test(character)) open.push(index);
  }
  for (const index of open) kept[index] = '';
  return kept.join('');
}

/** Text for one line that people read: well-formed, each run of white space one blank, nothing invisible but joiners. */
export const shown = (text: string): string => wellFormed(text).replace(/\s+/g, ' ').replace(everyInvisible, '').trim();

/** Whether anything would be seen of a text: blanks, joiners and variation selectors alone show nothing. */
export const hasVisible = (text: string): boolean => /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB\u2800]/v.test(text);
