/** Why an amount cannot be read; a word of a closed list, fit for a counter's label. */
export type UnreadableAmount = 'separators' | 'symbols' | 'range' | 'type';

/** An amount as it was sent: its decimal as written (`-1299.50`, never an exponent) and the nearest number, or why it is none. */
export type Amount = { readonly decimal: string; readonly number: number } | { readonly unreadable: UnreadableAmount };

/** Longest text that is read: no sum of money has more digits. */
const longest = 40;
/** Longest text that is looked at, blanks around it too: what takes off a million blanks takes long. */
const longestBlanks = 400;
const decimal = /^([+-]?)(\d*)(?:\.(\d+))?$/;
const grouped = /^[+-]?[\d.,'’\s_]+$/u;

/**
 * Reads an amount in one strict way, the same for sums, conditions and mails: a number, or a text of digits with at most one
 * point (`120`, `-1299.50`, `.50`), blanks around it aside. Thousands separators and decimal commas (`1,299.00`, `1.299,00`)
 * mean different sums in different countries, so they are unreadable and never guessed; so are currency signs and exponents.
 */
export function amountOf(value: unknown): Amount {
  if (typeof value === 'number') return ofNumber(value);
  if (typeof value !== 'string') return { unreadable: 'type' };
  if (value.length > longestBlanks) return { unreadable: 'range' };
  const text = value.trim();
  if (text.length > longest) return { unreadable: 'range' };
  const [, sign = '', whole = '', fraction] = decimal.exec(text) ?? [];
  if (whole === '' && fraction === undefined) return { unreadable: text !== '' && grouped.test(text) ? 'separators' : 'symbols' };
  const written = `${sign === '-' ? '-' : ''}${whole === '' ? '0' : whole}${fraction === undefined ? '' : `.${fraction}`}`;
  return { decimal: written, number: Number(written) };
}

/** The number that an amount is, or nothing: `"120"` is 120, `"1,299.00"` is none. */
export function numberOf(value: unknown): number | undefined {
  const amount = amountOf(value);
  return 'number' in amount ? amount.number : undefined;
}

/** Beyond these, `String` turns to exponents: what is smaller is nothing in any currency, what is larger is no sum of money. */
function ofNumber(value: number): Amount {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e21) return { unreadable: 'range' };
  if (Math.abs(value) < 1e-6) return { decimal: '0', number: value };
  return { decimal: String(value), number: value };
}
