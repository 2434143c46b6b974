import { cut } from '#facts';
import { printable } from './printable.ts';

const longest = 100;

/** Rows as columns of one width each. Cells are made safe for a terminal and cut at 100 characters. */
export function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => short(printable(cell))));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const short = (text: string): string => (text.length > longest ? `${cut(text, longest - 1)}…` : text);
