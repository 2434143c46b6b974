import { countedUnits, inCurrency, own } from '#facts';
import type { ByEvent, ByTime } from './kinds/index.ts';
import type { Definition, Rules, Sort, Sum } from './rules.ts';
import { introduced, nextOf, settled, yearOf, type MilestonesState, type Track } from './state.ts';

/** A milestone that was reached. Instants are epoch ms. */
export interface Reached {
  readonly definition: Definition;
  readonly occurrence: number;
  readonly occurredAt: number;
  readonly value: number;
  readonly threshold: number;
  readonly localDate?: string;
}
export interface Step {
  readonly state: MilestonesState;
  readonly reached: readonly Reached[];
  /** What was not believed: dates that found nothing, amounts that are none. */
  readonly ignored: { readonly dates: number; readonly amounts: readonly UncountedAmount[] };
}
/** Why an amount is in no sum: a closed list. `missing`: there is none; `currency`: nobody can tell which one it is in. */
export type UncountedAmount = Exclude<ReturnType<typeof countedUnits>, number> | 'missing' | 'currency';
export const nothingIgnored: Step['ignored'] = { dates: 0, amounts: [] };

/** An event as milestones look at it. */
export interface Happening {
  readonly event: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Epoch ms: when it happened, as `profile` decided, and its instant in stream time. */
  readonly moment: number;
  readonly at: number;
  /** False where the moment is only that of the arrival, as what the client claimed cannot be true: it founds no anniversary. */
  readonly dated: boolean;
}

/**
 * A wake that is later than this (ms), for a definition that is new to the person, is one for the time before the playbook had it. Shorter
 * than it takes to mail and then rename: nobody is to have one day celebrated twice.
 */
const late = 300_000;

function counted(track: Track | undefined, { moment, dated }: Happening): Track {
  const { count, first_at = Infinity, last_at = -Infinity } = track ?? { count: 0 };
  if (!dated) return { ...track, count: count + 1 };
  return { count: count + 1, first_at: Math.min(first_at, moment), last_at: Math.max(last_at, moment) };
}

/** The new sum, or why the amount is in none: it cannot be read, or would make the sum inexact. */
function added(sum: number, { property, currency, digits }: Sum, { properties }: Happening): number | UncountedAmount {
  const given = properties[property];
  const mine = inCurrency(properties['currency'], currency);
  if (mine === false) return sum;
  if (given === undefined || given === null) return 'missing';
  if (mine === 'unknown') return 'currency';
  const amount = countedUnits(given, digits);
  if (typeof amount !== 'number') return amount;
  return Number.isSafeInteger(sum + amount) ? sum + amount : 'range';
}

const soFar = ({ tracks, sums }: MilestonesState, { sort, sum }: Definition): { count: number; sum: number } => ({
  count: own(tracks, sort)?.count ?? 0,
  sum: sum === undefined ? 0 : (own(sums, sum.key) ?? 0),
});

function crossed(
  definition: Definition<ByEvent>,
  before: MilestonesState,
  after: MilestonesState,
  { moment }: Happening,
): Reached[] {
  if (own(before.reached, definition.id) !== undefined) return [];
  const { threshold, measured } = definition.meaning;
  const value = measured(soFar(after, definition));
  if (measured(soFar(before, definition)) >= threshold || value < threshold) return [];
  return [{ definition, occurrence: 1, occurredAt: moment, value, threshold }];
}

/** Takes an event: counts and adds up, and tells the milestones that it reached, in declared order. */
export function afterEvent(given: MilestonesState, event: Happening, rules: Rules): Step {
  const state = introduced(given, event.at, rules);
  const sorts = rules.sorts.filter(({ matches }) => matches(event, state.traits));
  if (sorts.length === 0) return { state, reached: [], ignored: nothingIgnored };
  const { sums, amounts } = addedUp(state, sorts, event);
  const tracks = {
    ...state.tracks,
    ...Object.fromEntries(sorts.map(({ name }) => [name, counted(own(state.tracks, name), event)])),
  };
  const after = { ...state, tracks, sums };
  const concerned = rules.byEvent.filter(({ sort }) => sorts.some(({ name }) => name === sort));
  const reached = concerned.flatMap((definition) => crossed(definition, state, after, event));
  return { state: celebrated(after, reached, rules), reached, ignored: { dates: event.dated ? 0 : 1, amounts } };
}

function addedUp(
  state: MilestonesState,
  sorts: readonly Sort[],
  event: Happening,
): { sums: Readonly<Record<string, number>>; amounts: readonly UncountedAmount[] } {
  const totals = sorts
    .flatMap(({ sums }) => sums)
    .map((sum) => [sum.key, added(own(state.sums, sum.key) ?? 0, sum, event)] as const);
  const known = totals.filter((total): total is readonly [string, number] => typeof total[1] === 'number');
  const amounts = totals.flatMap(([, total]) => (typeof total === 'number' ? [] : [total]));
  return { sums: { ...state.sums, ...Object.fromEntries(known) }, amounts };
}

function celebrated(state: MilestonesState, reached: readonly Reached[], rules: Rules): MilestonesState {
  if (reached.length === 0) return settled(state, rules);
  const now = Object.fromEntries(reached.map(({ definition, occurrence }) => [definition.id, occurrence]));
  return settled({ ...state, reached: { ...state.reached, ...now } }, rules);
}

function due(definition: Definition<ByTime>, state: MilestonesState, named: number, rules: Rules): Reached[] {
  const next = nextOf(state, definition, rules);
  if (next === undefined || next.at > named) return [];
  const { occurrence, at, date } = next;
  return [{ definition, occurrence, occurredAt: at, value: occurrence, threshold: occurrence, localDate: date }];
}

/**
 * Takes a wake that names `named`: one occurrence of each definition that is due by then, or nothing. `at`: the task's time, epoch ms,
 * which is later where the wake is late.
 */
export function afterWake(given: MilestonesState, named: number, rules: Rules, at = named): Step {
  const state = introduced(given, at - late, rules);
  const reached = rules.byTime.flatMap((definition) => due(definition, state, named, rules));
  if (reached.length === 0) return { state, reached, ignored: nothingIgnored };
  const years = Object.fromEntries(
    reached.flatMap(({ definition, localDate }) => (localDate === undefined ? [] : [[definition.id, yearOf(localDate)]])),
  );
  return {
    state: celebrated({ ...state, woken: named, years: { ...state.years, ...years } }, reached, rules),
    reached,
    ignored: nothingIgnored,
  };
}

/** The numbers that a mail about the milestone can tell, as of this state. */
export function aggregatesOf(
  { tracks, sums }: MilestonesState,
  { sort, sum }: Definition,
): Track & { sum_minor?: number; currency?: string } {
  const track = own(tracks, sort) ?? { count: 0 };
  return sum === undefined ? track : { ...track, sum_minor: own(sums, sum.key) ?? 0, currency: sum.currency };
}
