import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../local/root.ts';

export const wholeHistory = join(root, 'examples', 'cdnow', 'cdnow_sample.txt');

/** The orders of every nth customer: people of all three months, as the whole has them. `before`: only orders before this day, as yyyymmdd. */
export interface Part {
  readonly nth: number;
  readonly before?: string;
}

/** Writes a part of the history to a file. */
export function writePartOfHistory(file: string, { nth, before }: Part): void {
  const lines = readFileSync(wholeHistory, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const customerOf = (line: string): string => String(line.trim().split(/\s+/)[0]);
  const customers = [...new Set(lines.map(customerOf))].filter((_, i) => i % nth === 0);
  const chosen = new Set(customers);
  const isOf = (line: string): boolean =>
    chosen.has(customerOf(line)) && (before === undefined || String(line.trim().split(/\s+/).at(-3)) < before);
  writeFileSync(file, `${lines.filter(isOf).join('\n')}\n`);
}
