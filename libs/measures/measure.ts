import type { z } from 'zod';

/** When and where a value is asked for: an instant (epoch ms), never before one of which the state has heard, and the person's zone (a name that `zoneOf` gives). */
export interface When {
  readonly at: number;
  readonly zone: string;
}

/** An event of a population, as its numbers see it. Plain JSON. */
export interface Entry {
  /** The instant that counts, epoch ms. */
  readonly moment: number;
  /** The person's local date then, in days since 1970-01-01. */
  readonly day: number;
  /** In minor units; of points spent, less than 0. */
  readonly amount?: number;
  /** The currency that the amount is in. */
  readonly unit?: string;
  /** Digests of the values that are told apart, by their path. */
  readonly marks?: Readonly<Record<string, string>>;
}

/**
 * One number about a population. Its state is plain JSON, and a function of the *set* of entries that it has taken: `take` in any order and
 * `merge` in any grouping give the same. So the order of arrival changes nothing. What was taken cannot be taken out again: undo, repeats and
 * late corrections are the ledger's (`population.ts`), which holds an entry back for as long as it may still change.
 */
export interface Measure<State = unknown, Value = unknown> {
  /** Names how the state is written. A state of another shape is never read as one of this. */
  readonly shape: string;
  /** A state is never larger, in bytes of JSON. */
  readonly maxBytes: number;
  readonly begin: State;
  take(state: State, entry: Entry): State;
  merge(one: State, other: State): State;
  value(state: State, when: When): Value;
  /** The first instant after `when.at` at which the value becomes another by time alone; undefined where none does. */
  nextChange(state: State, when: When): number | undefined;
}

/** How the amounts of a population are written: decimals of their minor unit, and whether these are always shown (81.00, as money is). */
export interface Amounts {
  readonly digits: number;
  readonly fixed: boolean;
}

/** A kind of number: what stands in the playbook, and the measure that this means. */
export interface Kind<Spec = unknown> {
  /** What stands behind the name of a number; keyed by the name of the kind. */
  readonly schema: z.ZodType<Spec>;
  /** Whether it adds up or compares amounts, so that there is none where a population has no amount. */
  readonly needsAmount?: true;
  /** Whether it counts what `spent_by` names; all others are about the events of `of` alone. */
  readonly spends?: true;
  /** The path of the property whose values it tells apart. */
  readonly marks?: (spec: Spec) => string;
  readonly measure: (spec: Spec, amounts: Amounts | undefined) => Measure;
}

/** The nearest of several instants. */
export const earliest = (instants: readonly (number | undefined)[]): number | undefined => {
  const known = instants.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
};

/** Of several instants in ascending order, the first one at which the value is not what it is now. */
export function firstChange<State>(
  measure: Pick<Measure<State>, 'value'>,
  state: State,
  when: When,
  instants: Iterable<number>,
): number | undefined {
  const now = JSON.stringify(measure.value(state, when));
  for (const at of instants) if (JSON.stringify(measure.value(state, { ...when, at })) !== now) return at;
  return undefined;
}
