/** One order of a shop's history. */
export interface Order {
  /** Line of the file, from 1; what an order is told apart by, for lines repeat. */
  readonly line: number;
  /** As printed, leading zeros too. */
  readonly customer: string;
  /** Day, epoch ms of its 00:00 UTC. */
  readonly day: number;
  readonly quantity: number;
  /** Major units, e.g. 29.33. */
  readonly dollars: number;
}

/** A history that cannot be replayed; the message names the file, the line and what was expected. */
export class HistoryError extends Error {}

const columns = 'customer id, (a second id,) date as yyyymmdd, quantity, dollars';

/**
 * Reads a history of orders: 4 or 5 columns (customer, a second id that is not used, date, quantity, dollars), separated by
 * white space or commas, with a header line or none; all of this is detected. Ordered by date, then line. Throws HistoryError.
 */
export function parseHistory(text: string, file: string): Order[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const orders: Order[] = [];
  let width: number | undefined;
  for (const [index, content] of lines.entries()) {
    if (content.trim() === '') continue;
    const cells = cellsOf(content);
    if (width === undefined && orders.length === 0 && isHeader(cells)) {
      width = cells.length;
      continue;
    }
    width ??= cells.length;
    orders.push(orderOf(cells, width, index + 1, file));
  }
  if (orders.length === 0) throw new HistoryError(`${file}: has no order; expected lines of ${columns}`);
  return orders.sort((a, b) => a.day - b.day || a.line - b.line);
}

const cellsOf = (content: string): string[] =>
  content.includes(',') ? content.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1')) : content.trim().split(/\s+/);

/** A first line in which nothing is a number. */
const isHeader = (cells: readonly string[]): boolean => cells.every((cell) => Number.isNaN(Number(cell)));

function orderOf(cells: readonly string[], width: number, line: number, file: string): Order {
  const fail = (what: string): never => {
    throw new HistoryError(`${file}:${String(line)}: ${what}; expected ${columns}`);
  };
  if (width !== 4 && width !== 5) fail(`has ${String(width)} columns`);
  if (cells.length !== width) fail(`has ${String(cells.length)} columns where the lines before have ${String(width)}`);
  const customer = cells[0] ?? '';
  const [date = '', amount = '', price = ''] = cells.slice(-3);
  if (!/^[\w.-]{1,100}$/.test(customer)) fail(`"${customer}" is no customer id (letters, digits, dot, dash, underscore)`);
  const day = dayOf(date) ?? fail(`"${date}" is no date`);
  const quantity = numberOf(amount) ?? fail(`"${amount}" is no quantity`);
  const dollars = numberOf(price) ?? fail(`"${price}" is no amount of dollars`);
  return { line, customer, day, quantity, dollars };
}

/** Epoch ms of the day's 00:00 UTC; nothing for what is not in the calendar. */
function dayOf(text: string): number | undefined {
  const [, year, month, date] = /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(text) ?? [];
  if (year === undefined) return undefined;
  const day = Date.UTC(Number(year), Number(month) - 1, Number(date));
  return new Date(day).toISOString().slice(0, 10) === `${year}-${String(month)}-${String(date)}` ? day : undefined;
}

function numberOf(text: string): number | undefined {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
