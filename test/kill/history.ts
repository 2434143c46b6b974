import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../local/root.ts';

export const wholeHistory = join(root, 'examples', 'cdnow', 'cdnow_sample.txt');

/** Writes the orders of every nth customer to a file: people of all three months, as the whole has them. */
export function writePartOfHistory(file: string, nth: number): void {
  const lines = readFileSync(wholeHistory, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const customerOf = (line: string): string => String(line.trim().split(/\s+/)[0]);
  const customers = [...new Set(lines.map(customerOf))].filter((_, i) => i % nth === 0);
  const chosen = new Set(customers);
  writeFileSync(file, `${lines.filter((line) => chosen.has(customerOf(line))).join('\n')}\n`);
}
