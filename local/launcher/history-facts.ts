import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { HistoryError, parseHistory } from '../../services/ingestion/replay/history.ts';
import type { Facts } from './memory.ts';
import { Problem } from './problem.ts';

/** A history as it is remembered: enough to see, and to say, what has changed. */
export type HistoryFacts = NonNullable<Facts['history']>;

const dayOf = (at: number | undefined): string => new Date(at ?? 0).toISOString().slice(0, 10);

/**
 * Reads a history whole: one that begins well and ends badly must not be begun. Throws Problem with file, line and what was expected.
 */
export function historyFacts(file: string): HistoryFacts {
  const text = readFileSync(file, 'utf8');
  try {
    const orders = parseHistory(text, file);
    return {
      file,
      sha256: createHash('sha256').update(text).digest('hex'),
      customers: new Set(orders.map(({ customer }) => customer)).size,
      orders: orders.length,
      first: dayOf(orders[0]?.day),
      last: dayOf(orders.at(-1)?.day),
    };
  } catch (error) {
    if (error instanceof HistoryError) throw new Problem(`The history cannot be replayed:\n${error.message}`);
    throw error;
  }
}

const number = (n: number): string => n.toLocaleString('en');
const told = ({ customers, orders, first, last }: HistoryFacts): string =>
  customers === undefined || orders === undefined
    ? ''
    : ` (${number(customers)} customers, ${number(orders)} orders, ${String(first)} to ${String(last)})`;

/** Throws Problem where a replay was begun with another history; the message names what has changed. */
export function sameHistory(begun: HistoryFacts, now: HistoryFacts): void {
  if (begun.sha256 === now.sha256) return;
  const what =
    begun.file === now.file
      ? `The history ${now.file} has changed since its replay was begun:\n  then:${told(begun) || ' not on record'}\n  now: ${told(now)}\n${changes(begun, now)}`
      : `This installation replays another history:\n  begun:  ${begun.file}${told(begun)}\n  now:    ${now.file}${told(now)}\n`;
  const carryOn = begun.file === now.file ? 'Bring the file back as it was' : 'Leave --history out';
  throw new Problem(`${what}${carryOn} to carry on, or start anew with --fresh.`);
}

function changes(begun: HistoryFacts, now: HistoryFacts): string {
  const changed = (['customers', 'orders', 'first', 'last'] as const).filter((name) => begun[name] !== now[name]);
  if (begun.customers === undefined) return '';
  const names = { customers: 'customers', orders: 'orders', first: 'the first day', last: 'the last day' };
  return changed.length === 0
    ? '  changed: the content of lines; customers, orders and days are the same\n'
    : `  changed: ${changed.map((name) => names[name]).join(', ')}\n`;
}
