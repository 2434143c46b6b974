/** One line of the file. */
export interface Row {
  readonly customer: string;
  /** Days since 1 January 1970. */
  readonly day: number;
  readonly quantity: number;
  readonly cents: number;
}

const dayMs = 86_400_000;
const unquoted = (cell: string): string => cell.replace(/^\s*"?|"?\s*$/g, '');

/**
 * The rows of a history by (date, line): first column the customer, the last three date, quantity, dollars; what is between and a
 * first line without digits are not looked at. Throws at a line whose date or numbers are none.
 */
export function readRows(text: string): Row[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const rows: Row[] = [];
  let first = true;
  for (const [n, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const header = first && !/\d{4}/.test(line);
    first = false;
    if (header) continue;
    rows.push(rowOf(line.includes(',') ? line.split(',').map(unquoted) : line.trim().split(/\s+/), n + 1));
  }
  return rows.sort((a, b) => a.day - b.day);
}

function rowOf(cells: readonly string[], line: number): Row {
  const [date = '', quantity = '', dollars = ''] = cells.slice(-3);
  const compact = date.replaceAll('-', '');
  const day = Date.UTC(Number(compact.slice(0, 4)), Number(compact.slice(4, 6)) - 1, Number(compact.slice(6, 8))) / dayMs;
  const row = { customer: cells[0] ?? '', day, quantity: Number(quantity), cents: centsOf(dollars) };
  if (cells.length < 4 || [row.day, row.quantity, row.cents].some(Number.isNaN))
    throw new Error(`line ${String(line)} of the history cannot be counted: expected customer, date, quantity, dollars`);
  return row;
}

/** From the digits as they are written: 29.33 is 2933, whatever binary fractions make of it. */
function centsOf(dollars: string): number {
  const [whole = '', fraction = ''] = dollars.replace('-', '').split('.');
  const cents = Number(whole) * 100 + Number(fraction.padEnd(2, '0').slice(0, 2)) + (fraction.charAt(2) >= '5' ? 1 : 0);
  return dollars.startsWith('-') ? -cents : cents;
}
