/** The kind of value that a part of a condition has, as far as its text says; of a field nothing is known: `any`. */
export type Kind = 'bool' | 'number' | 'text' | 'null' | 'list' | 'map' | 'instant' | 'span' | 'maybe' | 'any';

/**
 * Why a condition came to no answer: a field is missing or null, a value has another type than needed, a result is no finite number, or
 * the work got too much.
 */
export type FailureReason = 'missing' | 'type' | 'arithmetic' | 'cost';

/** An error of evaluation. There is one per reason, made once: to make an error for every event without a coupon would cost more than all else. */
export class Failure extends Error {
  readonly reason: FailureReason;

  constructor(reason: FailureReason) {
    super(reason);
    this.reason = reason;
  }
}
export const missing = new Failure('missing');
export const mismatched = new Failure('type');
/** 1 / 0, 1e308 * 10: JSON has no such number. */
export const notFinite = new Failure('arithmetic');
const costly = new Failure('cost');

/** One evaluation of a condition or expression. */
export interface Run {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly traits: Readonly<Record<string, unknown>>;
  /** A record of a source, where an expression of a mapping is evaluated. */
  readonly record?: Readonly<Record<string, unknown>>;
  /** The elements that macros are at, by the depth of the macro. */
  readonly elements: unknown[];
  /** Units of work left. */
  work: number;
}

/**
 * Units of work that one evaluation may take; a unit is about 10 to 50 ns. A list of a thousand items with a handful of comparisons
 * each takes a tenth of it.
 */
export const workLimit = 100_000;

/** A part of a condition, compiled. */
export type Part = (run: Run) => unknown;

/** The elements of the macros around a part, from the outermost. */
export type Names = readonly string[];

/** Pays for work beforehand. Throws where there is too little left. */
export function pay(run: Run, units: number): void {
  run.work -= units;
  if (run.work < 0) throw costly;
}

/** Units for looking at every character of a text once. */
export const textWork = (text: string): number => 1 + text.length / 64;
