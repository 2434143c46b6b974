import type { Fault } from './fault.ts';
import { liquidParts, replaceParts } from './liquid-source.ts';

/** The place holders of other mail programs, which would be sent as they stand. */
const placeHolders =
  /\*\|[\w:. -]+\|\*|\{\{\{|\[\[\s*[\w.]+\s*\]\]|%%\s*[\w.]+\s*%%|%recipient\.\w+%|<%=?|(?<!\{)\{[a-z_][\w.]*\}(?!\})/gi;
const curly = /[“”„‘’‚«»]/;
const quoted = /"[^"]*"|'[^']*'/g;

/** What was written for another program, or by a word processor: a reader would see it, or a value would never come. */
export function foreignFaults(source: string): Fault[] {
  const parts = liquidParts(source);
  const plain = replaceParts(source, parts, ({ text }) => ' '.repeat(text.length));
  return [
    ...[...source.matchAll(/\{\{\{/g)].map(({ index }) => ({
      offset: index,
      message: 'three braces are none of Liquid. Write {{ name }}.',
    })),
    ...[...plain.matchAll(placeHolders)].map(({ index, 0: text }) => ({
      offset: index,
      message: `${text} would be sent as it stands. A value is written {{ name }}.`,
    })),
    ...parts
      .filter(({ text }) => curly.test(text.replace(quoted, '')))
      .map(({ begin, text }) => ({ offset: begin, message: `${text} holds curly quotes. Write straight ones: ' or ".` })),
  ];
}
