import { isoInstant } from '#facts';
import { mismatched, pay, textWork, type Kind, type Run } from './run.ts';
import { Instant, isMap, Maybe, number, Span, unfit } from './values.ts';

/** A function or method that conditions may call; `apply` gets a method's receiver first. */
export interface Callable {
  /** How many arguments it takes, the receiver of a method aside. */
  readonly takes: number;
  readonly gives: Kind;
  readonly apply: (values: readonly unknown[], run: Run) => unknown;
}

/** Longest text that is read as a date or a length of time. */
const longestTime = 40;
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const spanParts = /(\d+(?:\.\d+)?)(ms|h|m|s)/g;
const wholeSpan = /^-?(?:\d{1,9}(?:\.\d{1,3})?(?:ms|h|m|s))+$/;
const unitMs: ReadonlyMap<string, number> = new Map([
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
]);

function text(value: unknown, run: Run): string {
  if (typeof value !== 'string') throw unfit(value);
  pay(run, textWork(value));
  return value;
}

/** An instant of an RFC 3339 text. */
function instantOf(value: unknown): Instant {
  if (value instanceof Instant) return value;
  if (typeof value !== 'string') throw unfit(value);
  const ms = value.length <= longestTime && dateTime.test(value) ? isoInstant(value) : NaN;
  if (Number.isNaN(ms)) throw mismatched;
  return new Instant(ms);
}

/** A length of time of a text such as `36h` or `1h30m`. */
function spanOf(value: unknown): Span {
  if (value instanceof Span) return value;
  if (typeof value !== 'string') throw unfit(value);
  if (value.length > longestTime || !wholeSpan.test(value)) throw mismatched;
  const parts = [...value.matchAll(spanParts)].map(([, count, unit]) => Number(count) * (unitMs.get(unit ?? '') ?? 0));
  const ms = parts.reduce((sum, part) => sum + part, 0);
  return new Span(value.startsWith('-') ? -ms : ms);
}

function size(value: unknown, run: Run): number {
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'string') {
    pay(run, textWork(value) * 8);
    let points = 0;
    for (const _ of value) points += 1;
    return points;
  }
  if (!isMap(value)) throw unfit(value);
  const { length } = Object.keys(value);
  pay(run, length);
  return length;
}

/** Finds a text in another. The engine's search may look at each character of both for each of the other. */
function contains(value: unknown, part: unknown, run: Run): boolean {
  const [all, sought] = [text(value, run), text(part, run)];
  if (sought.length > 32) pay(run, (all.length * sought.length) / 64);
  return all.includes(sought);
}

function flag(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw unfit(value);
}

function print(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number' && typeof value !== 'boolean') throw unfit(value);
  return String(value);
}

function has(value: unknown): boolean {
  if (!(value instanceof Maybe)) throw unfit(value);
  return value.value !== undefined;
}

const callable = (takes: number, gives: Kind, apply: Callable['apply']): Callable => ({ takes, gives, apply });
const ofDate = (read: (date: Date) => number): Callable =>
  callable(0, 'number', ([value]) => {
    if (!(value instanceof Instant)) throw unfit(value);
    return read(new Date(value.ms));
  });
const ofText = (change: (value: string) => string): Callable => callable(0, 'text', ([value], run) => change(text(value, run)));

/** Called as `size(…)`. */
export const functions: ReadonlyMap<string, Callable> = new Map([
  ['size', callable(1, 'number', ([value], run) => size(value, run))],
  ['int', callable(1, 'number', ([value]) => Math.trunc(number(value)))],
  ['double', callable(1, 'number', ([value]) => number(value))],
  ['string', callable(1, 'text', ([value]) => print(value))],
  ['bool', callable(1, 'bool', ([value]) => flag(value))],
  ['timestamp', callable(1, 'instant', ([value]) => instantOf(value))],
  ['duration', callable(1, 'span', ([value]) => spanOf(value))],
]);

/** Called as `properties.coupon.startsWith(…)`; `matches` and `orValue` are made when the condition is compiled. Dates are read in UTC. */
export const methods: ReadonlyMap<string, Callable> = new Map([
  ['size', callable(0, 'number', ([value], run) => size(value, run))],
  ['contains', callable(1, 'bool', ([value, part], run) => contains(value, part, run))],
  ['startsWith', callable(1, 'bool', ([value, part], run) => text(value, run).startsWith(text(part, run)))],
  ['endsWith', callable(1, 'bool', ([value, part], run) => text(value, run).endsWith(text(part, run)))],
  ['lowerAscii', ofText((value) => value.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()))],
  ['upperAscii', ofText((value) => value.replace(/[a-z]+/g, (letters) => letters.toUpperCase()))],
  ['trim', ofText((value) => value.trim())],
  ['hasValue', callable(0, 'bool', ([value]) => has(value))],
  ['getFullYear', ofDate((date) => date.getUTCFullYear())],
  ['getMonth', ofDate((date) => date.getUTCMonth())],
  ['getDate', ofDate((date) => date.getUTCDate())],
  ['getDayOfMonth', ofDate((date) => date.getUTCDate() - 1)],
  ['getDayOfWeek', ofDate((date) => date.getUTCDay())],
  ['getHours', ofDate((date) => date.getUTCHours())],
  ['getMinutes', ofDate((date) => date.getUTCMinutes())],
  ['getSeconds', ofDate((date) => date.getUTCSeconds())],
]);
