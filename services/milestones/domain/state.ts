import { own, zoneOf } from '#facts';
import { matchNameFrom } from '#playbook';
import type { ByTime, Due } from './kinds/index.ts';
import type { Definition, Rules } from './rules.ts';

/** What is known of a person's events of one sort. Instants are epoch ms; absent while no event had a sane date. */
export interface Track {
  readonly count: number;
  readonly first_at?: number;
  readonly last_at?: number;
}

/** The next occurrence, computed once (calendars are slow), and what it was computed from. */
export interface Next extends Due {
  readonly occurrence: number;
  readonly since: number;
  readonly zone: string;
}

/** What a person has reached, and what it is measured by. */
export interface MilestonesState {
  readonly zone?: string;
  readonly traits?: Readonly<Record<string, unknown>>;
  /** By the name of the sort of events. */
  readonly tracks: Readonly<Record<string, Track>>;
  /** By the key of the sum, in minor units. */
  readonly sums: Readonly<Record<string, number>>;
  /** By definition id: the last of its occurrences that was celebrated, for ever. */
  readonly reached: Readonly<Record<string, number>>;
  /** By definition id: the calendar year, on the person's local date, of the occurrence by time celebrated last. */
  readonly years?: Readonly<Record<string, number>>;
  /** By definition id. */
  readonly next: Readonly<Record<string, Next>>;
  /** The last instant named by a wake; a later one is named next time, since a wake's id is made from it. */
  readonly woken?: number;
}

/** A person nothing is known of yet. */
export const nobody: MilestonesState = { tracks: {}, sums: {}, reached: {}, next: {} };

/** The calendar year of an ISO date. */
export const yearOf = (date: string): number => Number(date.slice(0, -6));

/**
 * The next occurrence of a definition by time; undefined while it has no event to count from. Never one that was celebrated, and none in
 * a calendar year that has had one: a late event moves the base, and a move between zones the date, so that two may fall into one year
 * (M13). Those in between are left out for ever; the number stays that of the years since the first event.
 */
export function nextOf(state: MilestonesState, { id, sort, meaning }: Definition<ByTime>, rules: Rules): Next | undefined {
  const since = own(state.tracks, sort)?.first_at;
  if (since === undefined) return undefined;
  const zone = zoneOf(state.zone) ?? rules.zone;
  const reached = own(state.reached, id) ?? 0;
  const known = own(state.next, id);
  if (known?.since === since && known.zone === zone && known.occurrence > reached) return known;
  const had = own(state.years ?? {}, id) ?? -Infinity;
  for (let occurrence = reached + 1; ; occurrence += 1) {
    const due = meaning.due(since, occurrence, zone);
    if (yearOf(due.date) > had) return { ...due, occurrence, since, zone };
  }
}

/** States of version 1 knew no years: the occurrence before the next one was a year before it. */
export function withYears(state: MilestonesState): MilestonesState {
  const celebrated = Object.entries(state.next).filter(([id]) => (own(state.reached, id) ?? 0) > 0);
  if (celebrated.length === 0) return state;
  return { ...state, years: Object.fromEntries(celebrated.map(([id, next]) => [id, yearOf(next.date) - 1])) };
}

/** States of version 2 knew sorts of events by the spelling of their conditions. */
export function named(state: MilestonesState): MilestonesState {
  const track = (name: string): string => matchNameFrom(name);
  const sum = (key: string): string =>
    key.replace(/( in [A-Z]{3} of )(.*)$/s, (_, money: string, name: string) => money + matchNameFrom(name));
  const renamed = <T>(record: Readonly<Record<string, T>>, name: (key: string) => string): Record<string, T> =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [name(key), value]));
  return { ...state, tracks: renamed(state.tracks, track), sums: renamed(state.sums, sum) };
}

/**
 * A definition that the playbook got, or renamed, since the person's last record begins at this instant (epoch ms): nothing from before it is
 * news. The number of an occurrence stays that of the years since the first event.
 */
export function introduced(state: MilestonesState, at: number, rules: Rules): MilestonesState {
  const added = rules.byTime.flatMap((definition) => {
    const { id, sort, meaning } = definition;
    const { first_at: since, last_at = -Infinity } = own(state.tracks, sort) ?? {};
    if (since === undefined || own(state.next, id) !== undefined) return [];
    const zone = zoneOf(state.zone) ?? rules.zone;
    // What was heard of the person before was taken under rules without it.
    const from = Math.max(at, last_at, (state.woken ?? -Infinity) + 1);
    for (let occurrence = 1; ; occurrence += 1) {
      const due = meaning.due(since, occurrence, zone);
      if (due.at >= from) return [[id, { ...due, occurrence, since, zone }] as const];
    }
  });
  if (added.length === 0) return state;
  const passed = added.flatMap(([id, { occurrence }]) => (occurrence > 1 ? [[id, occurrence - 1] as const] : []));
  return {
    ...state,
    reached: { ...state.reached, ...Object.fromEntries(passed) },
    next: { ...state.next, ...Object.fromEntries(added) },
  };
}

/** Brings the computed occurrences up to date after a change of zone, base or what was celebrated. */
export function settled(state: MilestonesState, rules: Rules, definitions = rules.byTime): MilestonesState {
  const moved = definitions.flatMap((definition): [string, Next][] => {
    const next = nextOf(state, definition, rules);
    return next === undefined || next === own(state.next, definition.id) ? [] : [[definition.id, next]];
  });
  return moved.length === 0 ? state : { ...state, next: { ...state.next, ...Object.fromEntries(moved) } };
}

/** The instant at which time alone brings a milestone about, epoch ms; never one that a wake has named before. */
export function wakeAt(state: MilestonesState, rules: Rules): number | undefined {
  let earliest: number | undefined;
  for (const definition of rules.byTime) {
    const at = nextOf(state, definition, rules)?.at;
    if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at;
  }
  return earliest === undefined ? undefined : Math.max(earliest, (state.woken ?? -Infinity) + 1);
}

/** Takes a profile's zone, and those traits that a condition looks at; the same state where none of them changed. */
export function afterProfile(
  state: MilestonesState,
  { zone, traits }: { readonly zone?: string | undefined; readonly traits: Readonly<Record<string, unknown>> },
  rules: Rules,
): MilestonesState {
  const kept = rules.keep(traits);
  if (zone === state.zone && JSON.stringify(kept) === JSON.stringify(state.traits ?? {})) return state;
  const { zone: _zone, traits: _traits, ...rest } = state;
  const changed = { ...rest, ...(zone !== undefined && { zone }), ...(Object.keys(kept).length > 0 && { traits: kept }) };
  // Others are new to the person: they begin with their next event or wake.
  const known = rules.byTime.filter(({ id }) => own(state.next, id) !== undefined);
  return settled(changed, rules, known);
}
