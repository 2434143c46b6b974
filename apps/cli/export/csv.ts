import type { ColumnType } from '#reference';
import { jsonText, Portions, type Format } from './format.ts';

/** Signs with which a spreadsheet begins a formula or splits a cell; the wide forms count too, and the apostrophe that we add. */
const startsFormula = /^[=+\-@\t\r\n'＝＋－＠]/u;

/**
 * The text of a cell, not yet quoted. A text that a spreadsheet could take for a formula gets an apostrophe in front (CWE-1236). A text
 * that begins with an apostrophe gets another one, so that dropping one leading apostrophe always gives the exact text.
 */
function guarded(type: ColumnType, cell: unknown): string {
  const text = type === 'json' ? jsonText(cell) : String(cell);
  // A number of ours is digits: only what people write can be a formula.
  const isNumber = type === 'integer' || type === 'number';
  return !isNumber && startsFormula.test(text) ? `'${text}` : text;
}

/** RFC 4180: a quote is doubled, and what holds a comma, a quote or an end of line is quoted. An empty text is `""`, no value is nothing. */
function field(type: ColumnType, cell: unknown): string {
  if (cell === null) return '';
  const text = guarded(type, cell);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Comma-separated values with a header, in UTF-8, lines that end with CR LF. */
export const csv: Format = (columns, out) => {
  const text = new Portions(out);
  const line = (fields: readonly string[]): void => {
    text.add(`${fields.join(',')}\r\n`);
  };
  line(columns.map(({ name }) => name));
  return {
    add: (cells) => {
      line(columns.map(({ type }, n) => field(type, cells[n])));
    },
    end: () => {
      text.flush();
    },
  };
};
