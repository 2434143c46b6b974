/**
 * Text from outside, cleaned once where it enters: no NUL (Postgres refuses it), no half of a surrogate pair (neither JSON in
 * Postgres nor UTF-8 can hold one; each becomes U+FFFD).
 */
export const wellFormed = (text: string): string => {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '') : whole;
};

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
