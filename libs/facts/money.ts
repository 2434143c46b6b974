import { amountOf } from './amount.ts';

/**
 * Minor units of an amount in major units: 29.33 and "29.33" are 2933 with two digits. Rounds the decimal as it is written, half away
 * from zero, so that no binary fraction loses a cent. Undefined for what is no amount or cannot be counted exactly.
 */
export function minorUnits(amount: unknown, digits: number): number | undefined {
  const read = amountOf(amount);
  if ('unreadable' in read) return undefined;
  const [whole = '', fraction = ''] = read.decimal.replace('-', '').split('.');
  const padded = fraction.padEnd(digits + 1, '0');
  const minor = Number(whole + padded.slice(0, digits)) + (padded.charAt(digits) >= '5' ? 1 : 0);
  if (!Number.isSafeInteger(minor)) return undefined;
  return read.decimal.startsWith('-') && minor !== 0 ? -minor : minor;
}

/** Whether an event's currency is the one asked for; an event that names none counts. */
export function inCurrency(named: unknown, currency: string): boolean {
  if (named === undefined || named === null) return true;
  const code = typeof named === 'string' ? named.trim().toUpperCase() : undefined;
  return code === '' || code === currency.toUpperCase();
}
