import { html, text } from './engines.ts';
import { foreignFaults } from './foreign.ts';
import { liquidError } from './liquid-error.ts';
import type { Fault } from './fault.ts';
import { lineAt, liquidParts } from './liquid-source.ts';
import { readMarkup } from './markup.ts';

/** A file of a layout or of a template. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly kind: 'mjml' | 'text';
}

/** What of a layout no template's own part may repeat. */
const ofLayout = /<(mjml|mj-body|mj-head|mj-button)\b/i;

/** What is wrong with a file as it is written: a line per problem, each with file, line and what to do. */
export function sourceProblems({ file, text: source, kind }: Source): string[] {
  if (source.trim() === '') return [`${file} is empty. Write what the mail says.`];
  const at = (line: number | undefined, message: string): string =>
    `${file}${line === undefined ? '' : `:${String(line)}`}: ${message}`;
  try {
    const foreign = foreignFaults(source);
    if (foreign.length === 0) (kind === 'mjml' ? html : text).parse(source);
    const faults = [...foreign, ...hostFaults(source), ...(kind === 'mjml' ? readMarkup(source, 'mjml').faults : [])];
    return faults.sort((a, b) => a.offset - b.offset).map(({ offset, message }) => at(lineAt(source, offset), message));
  } catch (error) {
    const { line, message } = liquidError(error);
    return [at(line, message)];
  }
}

/** A mail program makes a link of an address in a text, and a value in its host would say where it leads. */
const hostFaults = (source: string): Fault[] => {
  const ends = new Set(
    Array.from(source.matchAll(/(?:https?:\/\/|\bwww\.)[^\s<>"'/{]*(?=\{\{)/gi), ({ index, 0: text }) => index + text.length),
  );
  return liquidParts(source)
    .filter(({ begin }) => ends.has(begin))
    .map(({ begin, text }) => ({ offset: begin, message: `${text} stands in the host of an address. Write the host out.` }));
};

/** What a template's own part takes over of its layout. */
export function ownPartProblems(file: string, source: string, yaml: string): string[] {
  const [, element] = ofLayout.exec(source) ?? [];
  if (element === undefined) return [];
  if (element.toLowerCase() === 'mj-button')
    return [`${file}: take the mj-button out. A mail has one call to action, and the layout draws it from cta in ${yaml}.`];
  return [`${file}: take <${element}> out. The layout brings it; the mail's own part is <mj-section>…</mj-section> only.`];
}
