import { notFinite, pay, textWork, type Run } from './run.ts';
import { Instant, number, Span, unfit } from './values.ts';

/** Calculates with two values. CEL keeps 2 and 2.0 apart; JSON does not, so all numbers are doubles here. */
export type Calculation = (a: unknown, b: unknown, run: Run) => unknown;

const finite = (result: number): number => {
  if (!Number.isFinite(result)) throw notFinite;
  return result;
};

const ofNumbers =
  (calculate: (a: number, b: number) => number): Calculation =>
  (a, b) =>
    finite(calculate(number(a), number(b)));

function plus(a: unknown, b: unknown, run: Run): unknown {
  if (typeof a === 'string' && typeof b === 'string') {
    pay(run, textWork(a) + textWork(b));
    return a + b;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    pay(run, a.length + b.length);
    return [...(a as unknown[]), ...(b as unknown[])];
  }
  if (a instanceof Span && b instanceof Span) return new Span(a.ms + b.ms);
  if (a instanceof Instant && b instanceof Span) return new Instant(a.ms + b.ms);
  if (a instanceof Span && b instanceof Instant) return new Instant(a.ms + b.ms);
  return finite(number(a) + number(b));
}

function minus(a: unknown, b: unknown): unknown {
  if (a instanceof Instant && b instanceof Instant) return new Span(a.ms - b.ms);
  if (a instanceof Instant && b instanceof Span) return new Instant(a.ms - b.ms);
  if (a instanceof Span && b instanceof Span) return new Span(a.ms - b.ms);
  return finite(number(a) - number(b));
}

/** By their sign. */
export const calculations: ReadonlyMap<string, Calculation> = new Map<string, Calculation>([
  ['+', plus],
  ['-', minus],
  ['*', ofNumbers((a, b) => a * b)],
  ['/', ofNumbers((a, b) => a / b)],
  ['%', ofNumbers((a, b) => a % b)],
]);

export function negated(value: unknown): unknown {
  if (value instanceof Span) return new Span(-value.ms);
  if (typeof value !== 'number' && typeof value !== 'string') throw unfit(value);
  return -number(value);
}
