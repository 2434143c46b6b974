/**
 * What could steer a terminal or hide text in it: control characters (C0 with line feed, DEL, C1), bidirectional and other format
 * characters, line and paragraph separators, halves of surrogate pairs, private use. Joiners stay: names and emoji need them.
 */
const unsafe = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}]--[\u200C\u200D\p{Variation_Selector}]]/gv;
const hex = (sign: string): string => (sign.codePointAt(0) ?? 0).toString(16);

/** Text from records for one line of a terminal: unsafe characters are written out, as `\u{1b}`. */
export const printable = (text: string): string => text.replace(unsafe, (sign) => `\\u{${hex(sign)}}`);

/** The same for text of several lines that we wrote ourselves. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

/** The same for every string in a value, keys too. */
export function printableIn<Value>(value: Value): Value {
  if (typeof value === 'string') return printable(value) as Value;
  if (Array.isArray(value)) return value.map((one) => printableIn<unknown>(one)) as Value;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [printable(name), printableIn<unknown>(one)])) as Value;
}

/** JSON that a terminal shows as it is: `JSON.stringify` escapes C0 only. Parsed, it is the same value. */
export const printableJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent)
    .split('\n')
    .map((line) =>
      line.replace(unsafe, (sign) =>
        Array.from({ length: sign.length }, (_, i) => `\\u${sign.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
      ),
    )
    .join('\n');
