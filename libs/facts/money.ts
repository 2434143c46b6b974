import { amountOf, type UnreadableAmount } from './amount.ts';
import { isCurrency } from './currency.ts';

/**
 * Minor units of an amount in major units: 29.33 and "29.33" are 2933 with two digits. Rounds the decimal as it is written, half away
 * from zero, so that no binary fraction loses a cent. The reason for what is no amount, `range` for what cannot be counted exactly.
 */
export function countedUnits(amount: unknown, digits: number): number | UnreadableAmount {
  const read = amountOf(amount);
  if ('unreadable' in read) return read.unreadable;
  const [whole = '', fraction = ''] = read.decimal.replace('-', '').split('.');
  const padded = fraction.padEnd(digits + 1, '0');
  const minor = Number(whole + padded.slice(0, digits)) + (padded.charAt(digits) >= '5' ? 1 : 0);
  if (!Number.isSafeInteger(minor)) return 'range';
  return read.decimal.startsWith('-') && minor !== 0 ? -minor : minor;
}

/** The same; undefined where there is a reason. */
export function minorUnits(amount: unknown, digits: number): number | undefined {
  const units = countedUnits(amount, digits);
  return typeof units === 'number' ? units : undefined;
}

/**
 * Whether an event's currency is the one asked for; an event that names none counts. `unknown`: it names what is no code of ISO 4217
 * (`€`, `US$`, 978), so nobody can tell.
 */
export function inCurrency(named: unknown, currency: string): boolean | 'unknown' {
  if (named === undefined || named === null) return true;
  if (typeof named !== 'string') return 'unknown';
  const code = named.trim().toUpperCase();
  if (code === '' || code === currency.toUpperCase()) return true;
  return isCurrency(code) ? false : 'unknown';
}
