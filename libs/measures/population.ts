import { entered, ledgerBytes, merged, type Ledger, type Outcome, type Row } from './ledger.ts';
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
  /**
   * By number: what was taken for good. A number that is not there was declared later than this began: it is absent from values too, for it
   * would be about fewer events than those beside it.
   */
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
  /** The part of a state that these numbers know. */
  known(state: PopulationState): PopulationState;
  /** Size of a state as JSON. */
  bytes(state: PopulationState): number;
  merge(one: PopulationState, other: PopulationState): PopulationState;
}

/** The unit of what was spent. No currency is called so. */
export const spending = '-';

/** Whether an entry is one of those that a number is about. */
const concerns = ({ unit, spends }: Numbered, entry: Entry): boolean =>
  (unit === undefined || unit === entry.unit) && (spends || entry.unit !== spending);
const keyOf = ({ name, unit, measure }: Numbered): string => `${unit === undefined ? '' : `${unit} `}${name}: ${measure.shape}`;

/** `marks`: how many values of an event are told apart. `keyed`: whether events come with keys. */
export function population(
  numbers: readonly Numbered[],
  { marks, keyed: hasLedger }: { readonly marks: number; readonly keyed: boolean },
): Population {
  const keyed = numbers.map((number) => ({ ...number, key: keyOf(number) }));
  const begin: PopulationState = {
    past: Object.fromEntries(keyed.map(({ key, measure }) => [key, measure.begin])),
  };
  const known = ({ past }: PopulationState): typeof keyed => keyed.filter(({ key }) => Object.hasOwn(past, key));
  const taken = (number: Numbered, state: unknown, entries: readonly Entry[]): unknown =>
    entries.reduce((all: unknown, entry) => (concerns(number, entry) ? number.measure.take(all, entry) : all), state);
  const settled = (state: PopulationState, ledger: Ledger, entries: readonly Entry[]): PopulationState => ({
    past:
      entries.length === 0
        ? state.past
        : Object.fromEntries(known(state).map((number) => [number.key, taken(number, state.past[number.key], entries)])),
    ...(ledger.length > 0 && { recent: ledger }),
  });
  /** All that was taken, for good or not. */
  const whole = ({ past, recent = [] }: PopulationState, number: (typeof keyed)[number]): unknown =>
    taken(
      number,
      past[number.key],
      recent.flatMap(({ entry }) => entry ?? []),
    );
  const enter = (state: PopulationState, row: Row): { state: PopulationState; outcome: Outcome } => {
    const { ledger, settled: entries, outcome } = entered(state.recent ?? [], row);
    return { state: settled(state, ledger, entries), outcome };
  };
  return {
    begin,
    maxBytes:
      30 +
      (hasLedger ? ledgerBytes(marks) : 0) +
      keyed.reduce((sum, { key, measure }) => sum + key.length + 4 + measure.maxBytes, 0),
    take: (state, entry, key) =>
      key === undefined
        ? { state: settled(state, state.recent ?? [], [entry]), outcome: 'counted' }
        : enter(state, { key, moment: entry.moment, entry }),
    undo: (state, key, moment) => enter(state, { key, moment }),
    value: (state, when, unit) =>
      Object.fromEntries(
        known(state)
          .filter((number) => number.unit === unit)
          .map((number) => [number.name, number.measure.value(whole(state, number), when)]),
      ),
    nextChange: (state, when) => earliest(known(state).map((number) => number.measure.nextChange(whole(state, number), when))),
    known: (state) => ({ ...state, past: Object.fromEntries(known(state).map(({ key }) => [key, state.past[key]])) }),
    bytes: (state) => Buffer.byteLength(JSON.stringify(state)),
    merge: (one, other) => {
      const both = known(one).filter(({ key }) => Object.hasOwn(other.past, key));
      const past = Object.fromEntries(
        both.map(({ key, measure }) => [key, measure.merge(one.past[key], other.past[key])] as const),
      );
      const { ledger, settled: entries } = merged(one.recent ?? [], other.recent ?? []);
      return settled({ past }, ledger, entries);
    },
  };
}
