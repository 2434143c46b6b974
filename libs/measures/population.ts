import { own } from '#facts';
import { entered, ledgerBytes, merged, type Ledger, type Outcome } from './ledger.ts';
import { earliest, type Entry, type Measure, type When } from './measure.ts';

/** A number of a population: its name, the currency whose amounts alone it is about, and what measures it. */
export interface Numbered {
  readonly name: string;
  readonly unit?: string;
  readonly measure: Measure;
  /** Whether it also counts what was spent. */
  readonly spends: boolean;
}

/** What a person's events of one population come to. Plain JSON. */
export interface PopulationState {
  /** Objects that may still be corrected; absent where events have no key. */
  readonly recent?: Ledger;
  /** By number: what was taken for good. */
  readonly past: Readonly<Record<string, unknown>>;
}

/** Takes the events of one population. All of its numbers see the same ones. */
export interface Population {
  readonly begin: PopulationState;
  readonly maxBytes: number;
  /** `key`: digest of the object that the event is about; without one it counts at once and for good. */
  take(state: PopulationState, entry: Entry, key?: string): { readonly state: PopulationState; readonly outcome: Outcome };
  /** As if the event of that object had never been, whichever comes first. `moment`: of the undo, epoch ms. */
  undo(state: PopulationState, key: string, moment: number): { readonly state: PopulationState; readonly outcome: Outcome };
  /** The values of all numbers about amounts in `unit` (absent: about all events), by name. */
  value(state: PopulationState, when: When, unit?: string): Readonly<Record<string, unknown>>;
  /** The first instant after `when.at` at which any number changes by time alone. */
  nextChange(state: PopulationState, when: When): number | undefined;
  /** Size of a state as JSON. */
  bytes(state: PopulationState): number;
  merge(one: PopulationState, other: PopulationState): PopulationState;
}

/** Whether an entry is one of those that a number is about. */
const concerns = ({ unit, spends }: Numbered, entry: Entry, spent: boolean): boolean =>
  (unit === undefined || unit === entry.unit) && (spends || !spent);
const keyOf = ({ name, unit, measure }: Numbered): string => `${unit === undefined ? '' : `${unit} `}${name}: ${measure.shape}`;

/** Entries of `spent_by` are marked by an amount that is no more than 0 and the unit of none. */
export const spending = '-';

/** `marks`: how many values of an event are told apart. */
export function population(numbers: readonly Numbered[], marks: number): Population {
  const keyed = numbers.map((number) => ({ number, key: keyOf(number) }));
  const stateOf = ({ past }: PopulationState, { key, number }: (typeof keyed)[number]): unknown =>
    own(past, key) ?? number.measure.begin;
  const settled = (state: PopulationState, entries: readonly Entry[]): PopulationState['past'] =>
    entries.length === 0
      ? state.past
      : Object.fromEntries(keyed.map((each) => [each.key, takenBy(each.number, stateOf(state, each), entries)] as const));
  const takenBy = (number: Numbered, begin: unknown, entries: readonly Entry[]): unknown =>
    entries.reduce(
      (state: unknown, entry) => (concerns(number, entry, entry.unit === spending) ? number.measure.take(state, entry) : state),
      begin,
    );
  const after = (
    state: PopulationState,
    { ledger, settled: entries }: { readonly ledger: Ledger; readonly settled: readonly Entry[] },
  ): PopulationState => ({ past: settled(state, entries), ...(ledger.length > 0 && { recent: ledger }) });
  /** All that was taken, for good or not. */
  const whole = (state: PopulationState, each: (typeof keyed)[number]): unknown =>
    takenBy(
      each.number,
      stateOf(state, each),
      (state.recent ?? []).flatMap(({ entry }) => entry ?? []),
    );
  return {
    begin: { past: {} },
    maxBytes: 30 + ledgerBytes(marks) + keyed.reduce((sum, { key, number }) => sum + key.length + 4 + number.measure.maxBytes, 0),
    take: (state, entry, key) => {
      if (key === undefined) return { state: { ...state, past: settled(state, [entry]) }, outcome: 'counted' };
      const result = entered(state.recent ?? [], { key, moment: entry.moment, entry });
      return { state: after(state, result), outcome: result.outcome };
    },
    undo: (state, key, moment) => {
      const result = entered(state.recent ?? [], { key, moment });
      return { state: after(state, result), outcome: result.outcome };
    },
    value: (state, when, unit) =>
      Object.fromEntries(
        keyed
          .filter(({ number }) => number.unit === unit)
          .map((each) => [each.number.name, each.number.measure.value(whole(state, each), when)]),
      ),
    nextChange: (state, when) => earliest(keyed.map((each) => each.number.measure.nextChange(whole(state, each), when))),
    bytes: (state) => Buffer.byteLength(JSON.stringify(state)),
    merge: (one, other) => {
      const past = Object.fromEntries(
        keyed.map((each) => [each.key, each.number.measure.merge(stateOf(one, each), stateOf(other, each))] as const),
      );
      return after({ past }, merged(one.recent ?? [], other.recent ?? []));
    },
  };
}
