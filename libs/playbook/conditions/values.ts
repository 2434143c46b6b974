import { numberOf } from '#facts';
import { mismatched, missing, notFinite, pay, textWork, type Run } from './run.ts';

/** The years 1 to 9999, as CEL has them; beyond the years of JavaScript's dates a date is no date at all. */
const firstInstant = Date.parse('0001-01-01T00:00:00.000Z');
const lastInstant = Date.parse('9999-12-31T23:59:59.999Z');

/** An instant, epoch ms: what `timestamp("…")` makes. Throws a Failure where no calendar has it. */
export class Instant {
  readonly ms: number;

  constructor(ms: number) {
    if (!(ms >= firstInstant && ms <= lastInstant)) throw notFinite;
    this.ms = ms;
  }
}

/** A length of time in ms: what `duration("…")` makes, and the difference of two instants. */
export class Span {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }
}

/** A value that may be missing: what `properties.?coupon` makes. */
export class Maybe {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** JSON from outside nests less deeply; nothing deeper is compared. */
const deepest = 64;

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Instant || value instanceof Span || value instanceof Maybe);

/** What a type that does not fit means: null stands for what is missing. */
export const unfit = (...values: readonly unknown[]): Error => (values.includes(null) ? missing : mismatched);

export function truth(value: unknown): boolean {
  if (typeof value !== 'boolean') throw unfit(value);
  return value;
}

/** The number that a value is for arithmetic and order: `"120"` is 120, as in a sum. */
export function number(value: unknown): number {
  const read = typeof value === 'number' ? value : typeof value === 'string' ? numberOf(value) : undefined;
  if (read === undefined || !Number.isFinite(read)) throw unfit(value);
  return read;
}

/** Whether two values are equal; a number equals the text that spells it. Lists and maps are equal where all within is. */
export function equal(a: unknown, b: unknown, run: Run, depth = 0): boolean {
  if (depth > deepest) throw mismatched;
  pay(run, 1);
  if (typeof a === 'string' && typeof b === 'string') {
    if (a.length !== b.length) return false;
    pay(run, textWork(a));
    return a === b;
  }
  if (typeof a === 'number' && typeof b === 'string') return numberOf(b) === a;
  if (typeof a === 'string' && typeof b === 'number') return numberOf(a) === b;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, n) => equal(item, b[n], run, depth + 1));
  if (a instanceof Instant && b instanceof Instant) return a.ms === b.ms;
  if (a instanceof Span && b instanceof Span) return a.ms === b.ms;
  return isMap(a) && isMap(b) ? equalMaps(a, b, run, depth) : a === b;
}

function equalMaps(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>, run: Run, depth: number): boolean {
  const names = Object.keys(a);
  pay(run, names.length);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && equal(a[name], b[name], run, depth + 1))
  );
}

/** Less than 0, 0, or more than 0, as `a` comes before, with or after `b`. Numbers and texts that spell numbers compare as numbers. */
export function ordered(a: unknown, b: unknown, run: Run): number {
  if (typeof a === 'string' && typeof b === 'string') {
    pay(run, Math.min(textWork(a), textWork(b)));
    const [x, y] = [numberOf(a), numberOf(b)];
    if (x !== undefined && y !== undefined) return x - y;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  if (a instanceof Instant && b instanceof Instant) return a.ms - b.ms;
  if (a instanceof Span && b instanceof Span) return a.ms - b.ms;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  return number(a) - number(b);
}
