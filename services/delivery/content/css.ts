import { readAddress } from './address.ts';

/** `url(…)`, quoted or not, and what `@import` takes without it. An open one reaches to the end, as for a browser. */
const addresses = /\burl\(\s*(?:"([^"]*)"?|'([^']*)'?|([^)]*))|@import\s*(?:"([^"]*)"?|'([^']*)'?)/gi;
/** Strings that load without `url(`. */
const loads = /\b(?:image-set|src|image|cross-fade)\(\s*["']/i;
const runs = /\bexpression\s*\(|-moz-binding\s*:|(?<![\w-])behaviou?r\s*:/i;

/** What a style may not hold: a script, or an address that is neither on the web nor a part of the mail. Nothing where it is well. */
export function cssFault(css: string): string | undefined {
  const plain = unescaped(css);
  const script = runs.exec(plain)?.[0];
  if (script !== undefined) return `${script.trim()} in a style is a script, which no mail program runs. Take it out.`;
  if (loads.test(plain)) return 'a style loads a picture by a bare string. Write url("https://…").';
  for (const [, ...found] of plain.matchAll(addresses)) {
    // One group holds it; the others are absent and join as nothing.
    const address = found.join('').trim();
    if (address !== '' && !address.startsWith('#') && readAddress(address)?.web !== true)
      return `url(${address}) in a style must be an http or https address.`;
  }
  return undefined;
}

/** CSS without comments and escapes (CSS Syntax 3, 4.3.7), which hide a word from a reader and not from a browser. */
const unescaped = (css: string): string =>
  css
    .replace(/\/\*[^]*?(\*\/|$)/g, '')
    .replace(/\\([0-9a-f]{1,6})\s?/gi, (_, hex: string) => String.fromCodePoint(Math.min(parseInt(hex, 16), 0x10ffff)))
    .replace(/\\([^\n])/g, '$1');
