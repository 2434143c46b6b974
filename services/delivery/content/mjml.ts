import mjml2html from 'mjml';
import { liquidParts, replaceParts, type LiquidPart } from './liquid-source.ts';
import { TemplateError } from './template-error.ts';

/** A piece of MJML with its file: the layout above and below a template, and the template. */
export interface Piece {
  readonly file: string;
  readonly source: string;
  /** The line of the file on which the piece begins, one-based. */
  readonly line: number;
}

interface Hidden extends LiquidPart {
  readonly piece: Piece;
}

/**
 * Makes html out of MJML. MJML sees a plain word in place of each part of Liquid, so it can neither misread it nor drop, repeat or move
 * it unseen. Throws TemplateError, with file and line, for Liquid that MJML does not keep in its place.
 */
export async function toHtml(pieces: readonly Piece[]): Promise<string> {
  const hidden: Hidden[] = [];
  const whole = pieces.map(({ source }) => source).join('');
  let mark = 'liquid';
  while (whole.includes(mark)) mark += 'q';
  const nameOf = (index: number): string => `${mark}${String(index)}z`;
  const mjml = pieces
    .map((piece) => replaceParts(piece.source, liquidParts(piece.source), (part) => nameOf(hidden.push({ ...part, piece }) - 1)))
    .join('');
  const html = await convert(pieces, mjml);
  checkOrder(html, hidden, nameOf);
  return html.replace(new RegExp(`${mark}(\\d+)z`, 'g'), (_, index: string) => hidden[Number(index)]?.text ?? '');
}

async function convert(pieces: readonly Piece[], mjml: string): Promise<string> {
  try {
    const { html } = await mjml2html(mjml, { validationLevel: 'strict', fonts: {}, keepComments: false, ignoreIncludes: true });
    // Indentation is a third of what MJML makes; the line ends stay, as SMTP allows no line above 998 bytes.
    return html.replace(/\n\s+/g, '\n');
  } catch (error) {
    const { errors = [], message } = error as Error & { errors?: readonly Reported[] };
    if (errors.length === 0) throw new TemplateError([`${pieces.at(1)?.file ?? ''}: MJML cannot read it: ${message}`]);
    throw new TemplateError(errors.map(({ line, message: said, tagName }) => `${placeOf(pieces, line)}: <${tagName}>: ${said}.`));
  }
}

/** What MJML's own check says, with a line of all pieces together. */
interface Reported {
  readonly line: number;
  readonly message: string;
  readonly tagName: string;
}

/** File and line of a line of all pieces together, of which Liquid of several lines has become one word. */
function placeOf(pieces: readonly Piece[], lineOfWhole: number): string {
  let rest = lineOfWhole;
  for (const [index, { file, source, line }] of pieces.entries()) {
    const parts = liquidParts(source);
    const lines = breaks(source) - parts.reduce((sum, { text }) => sum + breaks(text), 0);
    // A line on which one piece ends and the next begins is said of the template, which its author can mend.
    if (rest <= lines || index === pieces.length - 1 || (index === 1 && rest === lines + 1 && !source.endsWith('\n'))) {
      let shift = 0;
      for (const part of parts) if (part.line - shift < rest) shift += breaks(part.text);
      return `${file}:${String(line + rest - 1 + shift)}`;
    }
    rest -= lines;
  }
  return '';
}

const breaks = (text: string): number => text.split('\n').length - 1;

function checkOrder(html: string, hidden: readonly Hidden[], nameOf: (index: number) => string): void {
  let last = -1;
  const problems = hidden.flatMap(({ piece, line, text }, index) => {
    const at = html.indexOf(nameOf(index));
    const where = `${piece.file}:${String(piece.line + line - 1)}`;
    if (at === -1) return [`${where}: MJML drops ${text} here. Put it into mj-text, or write <mj-raw>${text}</mj-raw>.`];
    if (at < last) return [`${where}: MJML moves ${text} to another place. Put it into mj-text or mj-raw.`];
    last = at;
    return [];
  });
  if (problems.length > 0) throw new TemplateError(problems);
}
