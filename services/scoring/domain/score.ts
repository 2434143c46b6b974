import type { MatchableEvent } from '#playbook';
import { settle } from './bands.ts';
import { decayed } from './decay.ts';
import { sum, together, type Award, type Rules } from './rules.ts';

/** A person's score. Instants in epoch ms. */
export interface ScoreState {
  /** Points for behaviour as they were at `as_of`; decay is applied on reading, never written back by time alone. */
  readonly value: number;
  readonly as_of: number;
  /** Points for who the person is, by the rules of `rules`. */
  readonly fit: number;
  readonly rules: string;
  readonly traits: Readonly<Record<string, unknown>>;
  readonly band: string;
  /** The instant at which the band was entered. */
  readonly since: number;
  /** The total last published. */
  readonly reported: number;
}

/** What is told when a band changed or the total moved far enough. */
export interface Report {
  readonly engagement: number;
  readonly fit: number;
  readonly total: number;
  readonly band: string;
  readonly previousBand: string;
  readonly award: Award;
  readonly at: number;
}
export interface Step {
  readonly state: ScoreState | undefined;
  readonly report?: Report;
}
export interface ScoredEvent extends MatchableEvent {
  /** When it happened, epoch ms: what arrives late has faded on the way. */
  readonly moment: number;
  /** When it arrived, in stream time. */
  readonly at: number;
}

/** The rule named where time alone moved a score. */
const decay = 'decay';

const within = (value: number, { floor, ceiling }: Rules): number => Math.min(Math.max(value, floor), ceiling);

const engagementAt = ({ value, as_of }: ScoreState, at: number, { halfLifeMs }: Rules): number =>
  decayed(value, at - as_of, halfLifeMs);
export const totalAt = (state: ScoreState, at: number, rules: Rules): number =>
  within(engagementAt(state, at, rules) + state.fit, rules);

const begin = (at: number, rules: Rules): ScoreState => ({
  value: 0,
  as_of: at,
  fit: 0,
  rules: rules.version,
  traits: {},
  band: settle(rules.bands, undefined, 0),
  since: at,
  reported: 0,
});

/** Gives the band and the report that belong to what a state has become. */
function judged(state: ScoreState, at: number, award: Award, rules: Rules): Step {
  const total = totalAt(state, at, rules);
  const band = settle(rules.bands, state.band, total);
  if (band === state.band && Math.abs(total - state.reported) < rules.reportStep) return { state };
  const since = band === state.band ? state.since : at;
  const engagement = engagementAt(state, at, rules);
  return {
    state: { ...state, band, since, reported: total },
    report: { engagement, fit: state.fit, total, band, previousBand: state.band, award, at },
  };
}

/**
 * Whoever is in a band that the playbook no longer has is in the one that their total comes to lie in. That is no news: a renamed band is not
 * entered. The same state where the band is known.
 */
export function placed(state: ScoreState, rules: Rules): ScoreState {
  if (rules.bands.some(({ id }) => id === state.band)) return state;
  const total = totalAt(state, Math.max(state.as_of, state.since), rules);
  return { ...state, band: settle(rules.bands, undefined, total) };
}

/** A changed playbook counts from the person's next record on. */
const current = (state: ScoreState, rules: Rules): ScoreState =>
  state.rules === rules.version ? state : { ...placed(state, rules), fit: sum(rules.fit(state.traits)), rules: rules.version };

/** Points for what a person did. */
export function afterEvent(before: ScoreState | undefined, event: ScoredEvent, rules: Rules): Step {
  const award = rules.award(event, before?.traits ?? {});
  if (award === undefined) return { state: before };
  const state = current(before ?? begin(event.at, rules), rules);
  const late = event.at - event.moment;
  const points = decayed(award.points, late, rules.halfLifeMs);
  const value = within(engagementAt(state, event.at, rules) + points, rules);
  const given = points === award.points ? award : { ...award, points };
  return judged({ ...state, value, as_of: Math.max(event.at, state.as_of) }, event.at, given, rules);
}

/** Points for who a person is. What behaviour earned is left as it stands. */
export function afterProfile(
  before: ScoreState | undefined,
  traits: Readonly<Record<string, unknown>>,
  at: number,
  rules: Rules,
): Step {
  const kept = rules.keep(traits);
  const state = before === undefined ? begin(at, rules) : placed(before, rules);
  const awards = rules.fit(kept);
  const fit = sum(awards);
  const same = JSON.stringify(kept) === JSON.stringify(state.traits);
  if (same && fit === state.fit && state.rules === rules.version) return { state: before };
  const moved: ScoreState = { ...state, fit, rules: rules.version, traits: kept };
  const given = before === undefined ? [] : rules.fit(state.traits);
  return judged(moved, at, difference(given, awards) ?? { rule: 'fit', points: fit - state.fit }, rules);
}

/** What came and what went, as one award. */
const difference = (before: readonly Award[], after: readonly Award[]): Award | undefined =>
  together([
    ...after.filter((award) => !before.includes(award)),
    ...before.filter((award) => !after.includes(award)).map(({ rule, points }) => ({ rule, points: -points })),
  ]);

/** Time alone: changes something only if the band of the named instant is another one. */
export function afterWake(given: ScoreState | undefined, named: number, rules: Rules): Step {
  if (given === undefined) return { state: given };
  const state = placed(given, rules);
  const at = Math.max(named, state.as_of);
  if (settle(rules.bands, state.band, totalAt(state, at, rules)) === state.band) return { state: given };
  return judged(state, at, { rule: decay, points: 0 }, rules);
}
