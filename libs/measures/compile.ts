import { countedUnits, localDay, minorDigits, own, type UnreadableAmount } from '#facts';
import { kindOf, type EventMatch, type MeasureDefinition, type NumberSpec } from './definition.ts';
import { digest } from './digest.ts';
import { kinds } from './kinds.ts';
import type { Outcome } from './ledger.ts';
import { earliest, type Amounts, type Entry, type Kind, type When } from './measure.ts';
import { textAt, valueAt } from './path.ts';
import { population, spending, type Numbered, type Population, type PopulationState } from './population.ts';

/** An event as measures look at it. `moment` (epoch ms) is decided upstream and not after the instant of its record; `zone` is the person's then. */
export interface Happening {
  readonly event: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly moment: number;
  readonly zone: string;
}
type Traits = Readonly<Record<string, unknown>>;
/** True for the events meant. */
export type Matcher = (event: Happening, traits?: Traits) => boolean;

/** Why an amount is in no number: `missing`: there is none; `currency`: it is in another one than those declared. */
export type Uncounted = UnreadableAmount | 'missing' | 'currency';
/** What an event was to a measure. */
export interface Taken {
  readonly measure: string;
  readonly outcome: Outcome | 'not counted';
  readonly uncounted?: Uncounted;
}

/** All measures of a person, by name. Plain JSON. */
export type MeasuresState = Readonly<Record<string, PopulationState>>;

/** The measures of a playbook, compiled once. */
export interface Measures {
  readonly begin: MeasuresState;
  /** A state is never larger, in bytes of JSON. */
  readonly maxBytes: number;
  /** Takes an event. The same state, at the price of one lookup, where no measure names it. */
  take(
    state: MeasuresState,
    event: Happening,
    traits?: Traits,
  ): { readonly state: MeasuresState; readonly taken: readonly Taken[] };
  /**
   * The numbers of one population, which alone a sentence may have: `orders`, or `orders.USD` for those of its events that have an amount in
   * that currency. Undefined where there is no such population. A number that was declared later than the person's first event is absent, until
   * the measure begins anew (its key taken out of the state) or is computed from history.
   */
  value(state: MeasuresState, of: string, when: When): Readonly<Record<string, unknown>> | undefined;
  /** The first instant after `when.at` at which any number changes by time alone. */
  nextChange(state: MeasuresState, when: When): number | undefined;
  bytes(state: MeasuresState): number;
  /** The part of a state that these measures know: after a change of the playbook nothing is carried along for measures and numbers that it no longer has. */
  known(state: MeasuresState): MeasuresState;
  /** The measures of two people who turn out to be one. */
  merge(one: MeasuresState, other: MeasuresState): MeasuresState;
}

export interface CompileOptions {
  /** Compiles an event and its condition; `eventMatcher` of the playbook. */
  readonly matcher: (match: EventMatch) => Matcher;
  /** What rules read, as `orders.count` and `orders.USD.total`: nothing else is kept. Absent: everything. */
  readonly reads?: ReadonlySet<string>;
}

/** Amounts without a unit have so many decimals. */
const plainDigits = 3;

interface Compiled {
  readonly name: string;
  readonly population: Population;
  readonly units: ReadonlySet<string>;
}
/** Takes an event for one measure; undefined where it is not one of its. No `changed`: the state stays as it is. */
type Handler = (
  state: PopulationState,
  event: Happening,
  traits: Traits | undefined,
) => { readonly changed?: PopulationState; readonly taken: Taken } | undefined;

/** Compiles checked definitions. Throws what `matcher` throws where a condition is none. */
export function compileMeasures(
  definitions: Readonly<Record<string, MeasureDefinition>>,
  { matcher, reads }: CompileOptions,
): Measures {
  const handlers = new Map<string, { readonly measure: Compiled; readonly handler: Handler }[]>();
  const compiled = new Map<string, Compiled>();
  for (const [name, definition] of Object.entries(definitions)) {
    const numbers = numbersOf(name, definition, reads);
    if (numbers.length === 0) continue;
    const marks = [...new Set(numbers.flatMap((number) => markOf(definition.numbers[number.name] ?? {})))];
    const all = population(numbers, { marks: marks.length, keyed: definition.once_per !== undefined });
    const measure = { name, population: all, units: new Set(numbers.flatMap(({ unit }) => unit ?? '')) };
    compiled.set(name, measure);
    for (const [event, handler] of handlersOf(name, definition, all, marks, matcher))
      handlers.set(event, [...(handlers.get(event) ?? []), { measure, handler }]);
  }
  const each = [...compiled.values()];
  const stateOf = (state: MeasuresState, { name, population: { begin } }: Compiled): PopulationState => own(state, name) ?? begin;
  return {
    begin: {},
    maxBytes: 2 + each.reduce((sum, { name, population: { maxBytes } }) => sum + name.length + 4 + maxBytes, 0),
    take: (given, event, traits) => {
      const concerned = handlers.get(event.event);
      if (concerned === undefined) return { state: given, taken: [] };
      const taken: Taken[] = [];
      const changes = new Map<string, PopulationState>();
      for (const { measure, handler } of concerned) {
        const step = handler(changes.get(measure.name) ?? stateOf(given, measure), event, traits);
        if (step === undefined) continue;
        taken.push(step.taken);
        if (step.changed !== undefined) changes.set(measure.name, step.changed);
      }
      return { state: changes.size === 0 ? given : { ...given, ...Object.fromEntries(changes) }, taken };
    },
    value: (state, of, when) => {
      const [name = '', unit = ''] = of.split('.');
      const found = compiled.get(name);
      if (found?.units.has(unit) !== true) return undefined;
      return found.population.value(stateOf(state, found), when, unit === '' ? undefined : unit);
    },
    nextChange: (state, when) => earliest(each.map((one) => one.population.nextChange(stateOf(state, one), when))),
    bytes: (state) => Buffer.byteLength(JSON.stringify(state)),
    known: (state) =>
      Object.fromEntries(
        each
          .filter(({ name }) => own(state, name) !== undefined)
          .map((measure) => [measure.name, measure.population.known(stateOf(state, measure))]),
      ),
    merge: (one, other) =>
      Object.fromEntries(
        each
          .filter(({ name }) => own(one, name) !== undefined || own(other, name) !== undefined)
          .map((measure) => [measure.name, measure.population.merge(stateOf(one, measure), stateOf(other, measure))]),
      ),
  };
}

const kindFor = (spec: NumberSpec): Kind => kinds[kindOf(spec)] as Kind;

function markOf(spec: NumberSpec): string[] {
  const { marks } = kindFor(spec);
  return marks === undefined ? [] : [marks(spec)];
}

/** Money has each number once per currency, and beside that those that need no amount over all events. */
function numbersOf(name: string, { amount, currency, numbers }: MeasureDefinition, reads?: ReadonlySet<string>): Numbered[] {
  const isRead = (path: string): boolean => reads === undefined || reads.has(path);
  const plain: Amounts | undefined = amount === undefined ? undefined : { digits: plainDigits, fixed: false };
  return Object.entries(numbers).flatMap(([number, spec]): Numbered[] => {
    const kind = kindFor(spec);
    const spends = kind.spends === true;
    const overall = currency === undefined || kind.needsAmount !== true;
    const inUnits = (currency ?? [])
      .filter((unit) => isRead(`${name}.${unit}.${number}`))
      .map((unit) => ({
        name: number,
        unit,
        spends,
        measure: kind.measure(spec, { digits: minorDigits(unit) ?? 0, fixed: true }),
      }));
    if (!overall || !isRead(`${name}.${number}`)) return inUnits;
    return [{ name: number, spends, measure: kind.measure(spec, plain) }, ...inUnits];
  });
}

function handlersOf(
  name: string,
  { of, once_per, undone_by = [], amount, currency, spent_by }: MeasureDefinition,
  all: Population,
  marks: readonly string[],
  matcher: CompileOptions['matcher'],
): [event: string, handler: Handler][] {
  const idOf = once_per === undefined ? () => undefined : textAt(once_per);
  const amountOf = amount === undefined ? (): ReadAmount => ({}) : amountReader(amount, currency);
  const marksOf = marks.map((path) => [path, textAt(path)] as const);
  const keyOf = (role: 'of' | 'spent', { properties }: Happening): string | undefined => {
    const text = idOf(properties);
    return text === undefined ? undefined : digest(`${role} ${text}`);
  };
  const take: Handler = (state, event, traits) => {
    if (!matches(event, traits)) return undefined;
    const { uncounted, ...read } = amountOf(event.properties);
    // Numbers about amounts and numbers about events must not differ in what they are about: by currency they have populations of their own.
    if (uncounted !== undefined && currency === undefined) return { taken: { measure: name, outcome: 'not counted', uncounted } };
    const entry = entryOf(event, read, marksOf);
    const { state: changed, outcome } = all.take(state, entry, keyOf('of', event));
    return { changed, taken: { measure: name, outcome, ...(uncounted !== undefined && { uncounted }) } };
  };
  const matches = matcher(of);
  const undo = (match: EventMatch): Handler => {
    const undoes = matcher(match);
    return (state, event, traits) => {
      if (!undoes(event, traits)) return undefined;
      const key = keyOf('of', event);
      if (key === undefined) return { taken: { measure: name, outcome: 'unknown' } };
      const first = all.undo(state, key, event.moment);
      const spent = spent_by === undefined ? undefined : keyOf('spent', event);
      const second = spent === undefined ? first : all.undo(first.state, spent, event.moment);
      const outcome = first.outcome === 'undone' ? 'undone' : second.outcome;
      return { changed: second.state, taken: { measure: name, outcome } };
    };
  };
  const handlers: [string, Handler][] = [
    [of.event, take],
    ...undone_by.map((match): [string, Handler] => [match.event, undo(match)]),
  ];
  if (spent_by === undefined) return handlers;
  const spends = matcher(spent_by.of);
  const spentOf = amountReader(spent_by.amount, undefined);
  return [
    ...handlers,
    [
      spent_by.of.event,
      (state, event, traits) => {
        if (!spends(event, traits)) return undefined;
        const { uncounted, amount: spent = 0 } = spentOf(event.properties);
        if (uncounted !== undefined) return { taken: { measure: name, outcome: 'not counted', uncounted } };
        const entry = entryOf(event, { amount: -Math.abs(spent), unit: spending }, []);
        const { state: changed, outcome } = all.take(state, entry, keyOf('spent', event));
        return { changed, taken: { measure: name, outcome } };
      },
    ],
  ];
}

type ReadAmount = Pick<Entry, 'amount' | 'unit'> & { readonly uncounted?: Uncounted };

function amountReader(
  path: string,
  currencies: readonly string[] | undefined,
): (properties: Happening['properties']) => ReadAmount {
  const read = valueAt(path);
  return (properties) => {
    const given = read(properties);
    if (given === undefined) return { uncounted: 'missing' };
    const unit = currencies === undefined ? undefined : unitOf(properties['currency'], currencies);
    if (unit === null) return { uncounted: 'currency' };
    const amount = countedUnits(given, unit === undefined ? plainDigits : (minorDigits(unit) ?? 0));
    if (typeof amount !== 'number') return { uncounted: amount };
    return { amount, ...(unit !== undefined && { unit }) };
  };
}

/** The declared currency that an event names, the first where it names none; null for any other. */
function unitOf(named: unknown, [first = '', ...others]: readonly string[]): string | null {
  if (named === undefined || named === null) return first;
  if (typeof named !== 'string') return null;
  const code = named.trim().toUpperCase();
  if (code === '' || code === first) return first;
  return others.includes(code) ? code : null;
}

function entryOf(
  { moment, zone, properties }: Happening,
  amount: Pick<Entry, 'amount' | 'unit'>,
  readers: readonly (readonly [path: string, read: ReturnType<typeof textAt>])[],
): Entry {
  const entry: Entry = { moment, day: localDay(moment, zone), ...amount };
  const marks = readers.flatMap(([path, read]) => {
    const text = read(properties);
    return text === undefined ? [] : [[path, digest(text)] as const];
  });
  return marks.length === 0 ? entry : { ...entry, marks: Object.fromEntries(marks) };
}
