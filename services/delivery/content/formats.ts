import { isoInstant, minorDigits } from '#facts';
import { Unusable } from './unusable.ts';

/** How one person reads numbers, money and dates. Every function throws Unusable for what it cannot print exactly. */
export interface Formats {
  number(value: unknown): string;
  /** `minor`: integer minor units (cents); how many make a unit is the currency's matter. */
  money(minor: unknown, currency: unknown): string;
  /** An instant, in the person's zone; or a date of its own (2026-03-01), which is in no zone. */
  date(value: unknown): string;
  /** The day it is for the person at an instant: 2026-03-01. */
  localDate(instant: unknown): string;
  /** The plural category of the locale: one, few, many, other … */
  plural(value: unknown): Intl.LDMLPluralRule;
}

const kept = new Map<string, Formats>();
const most = 2_000;

/** The formats of a locale and an IANA zone; made once, as Intl is slow to start. */
export function formatsOf(locale: string, zone: string): Formats {
  const key = `${locale} ${zone}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  if (kept.size >= most) kept.clear();
  const made = makeFormats(locale, zone);
  kept.set(key, made);
  return made;
}

function makeFormats(locale: string, zone: string): Formats {
  const numbers = new Intl.NumberFormat(locale);
  const plurals = new Intl.PluralRules(locale);
  const local = longDate(locale, zone);
  const plain = longDate(locale, 'UTC');
  // Swedish prints years, months and days in this order.
  const iso = usable(`zone ${zone}`, () => new Intl.DateTimeFormat('sv-SE', { timeZone: zone }));
  const currencies = new Map<string, { format: Intl.NumberFormat; digits: number }>();
  const currencyFormat = (currency: string): { format: Intl.NumberFormat; digits: number } => {
    const known = currencies.get(currency);
    if (known !== undefined) return known;
    const digits = minorDigits(currency);
    if (digits === undefined) throw new Unusable(`currency ${currency}`);
    const exact = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    const format = usable(`currency ${currency}`, () => new Intl.NumberFormat(locale, { style: 'currency', currency, ...exact }));
    const made = { format, digits };
    currencies.set(currency, made);
    return made;
  };
  return {
    number: (value) => numbers.format(finite(value)),
    money(minor, currency) {
      if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) throw new Unusable('currency');
      if (typeof minor !== 'number' || !Number.isSafeInteger(minor)) throw new Unusable('money in minor units');
      const { format, digits } = currencyFormat(currency);
      return format.format(decimal(minor, digits));
    },
    date(value) {
      if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) return plain.format(instantOf(`${value}T00:00:00Z`));
      return local.format(instantOf(value));
    },
    localDate: (instant) => iso.format(instantOf(instant)),
    plural: (value) => plurals.select(finite(value)),
  };
}

const longDate = (locale: string, timeZone: string): Intl.DateTimeFormat =>
  usable(`zone ${timeZone}`, () => new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone }));

/** Text of a decimal number, so that no binary fraction comes between the cents and the print. */
function decimal(minor: number, digits: number): Intl.StringNumericLiteral {
  const whole = String(Math.abs(minor)).padStart(digits + 1, '0');
  const cut = whole.length - digits;
  const text = digits === 0 ? whole : `${whole.slice(0, cut)}.${whole.slice(cut)}`;
  return `${minor < 0 ? '-' : ''}${text}` as Intl.StringNumericLiteral;
}

function finite(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Unusable('a number');
  return value;
}

function instantOf(value: unknown): number {
  const instant = typeof value === 'number' ? value : typeof value === 'string' ? isoInstant(value) : NaN;
  if (Number.isNaN(new Date(instant).getTime())) throw new Unusable('a date');
  return instant;
}

function usable<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) throw new Unusable(what);
    throw error;
  }
}
