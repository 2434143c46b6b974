import { own } from '#facts';
import type { Rules, TimeTransition } from './rules.ts';
import type { Silence, StageState } from './state.ts';

/** A transition that was made. Instants are epoch ms. */
export interface Move {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
  readonly occurredAt: number;
  readonly evidence: { readonly event_id?: string; readonly since?: number; readonly quiet_ms?: number };
}
export interface Step {
  readonly state: StageState;
  readonly move?: Move;
}

/** An event as stages look at it. */
export interface Happening {
  readonly id: string;
  readonly event: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** When it happened, epoch ms, as `profile` decided. */
  readonly moment: number;
}

/** Clocks and queues of two senders differ: an event this much (ms) older than what put the person in their stage is not late yet. */
const skew = 3_600_000;

/** Takes an event: it may end silences, and it makes the first declared transition that is open to the person. */
export function afterEvent(state: StageState, event: Happening, rules: Rules): Step {
  const { moment } = event;
  const heard = endSilences(state, event, rules);
  if (moment < (state.rests_on ?? -Infinity)) return { state: heard };
  const transition = rules.byEvent.find(({ leaves, on }) => leaves(state.stage) && on(event, state.traits));
  if (transition === undefined) return { state: heard };
  return {
    state: enteredAt(heard, transition.to, moment),
    move: { rule: transition.id, from: state.stage, to: transition.to, occurredAt: moment, evidence: { event_id: event.id } },
  };
}

/** A stage entered by anything but time: from here every silence is counted anew. */
const enteredAt = (state: StageState, stage: string, moment: number): StageState => ({
  ...state,
  stage,
  entered: moment,
  counts_from: moment,
  rests_on: moment - skew,
  silences: Object.fromEntries(
    Object.entries(state.silences).map(([name, silence]) => [
      name,
      silence.moved.length === 0 ? silence : { ...silence, moved: [] },
    ]),
  ),
});

function endSilences(state: StageState, event: Happening, rules: Rules): StageState {
  const { moment } = event;
  const ended: [string, Silence][] = [];
  for (const [name, matches] of rules.silences) {
    // A late event, older than one already known, must not turn the clock back.
    if (moment > (own(state.silences, name)?.since ?? -Infinity) && matches(event, state.traits))
      ended.push([name, { since: moment, event_id: event.id, moved: [] }]);
  }
  return ended.length === 0 ? state : { ...state, silences: { ...state.silences, ...Object.fromEntries(ended) } };
}

/** A score as stages look at it. `moment`: when the band was entered, epoch ms: that of decay may be before its record. */
export interface BandChange {
  readonly band: string;
  readonly previous_band: string;
  readonly moment: number;
}

/**
 * Takes a score: entering a band makes the first declared transition for it that is open to the person. One that is older than what the stage
 * rests on is late news and moves nobody.
 */
export function afterScore(state: StageState, score: BandChange, rules: Rules): Step {
  if (score.band === score.previous_band || score.moment < (state.rests_on ?? -Infinity)) return { state };
  const transition = rules.byBand.find(({ leaves, band }) => leaves(state.stage) && band === score.band);
  if (transition === undefined) return { state };
  return {
    state: enteredAt(state, transition.to, score.moment),
    move: { rule: transition.id, from: state.stage, to: transition.to, occurredAt: score.moment, evidence: {} },
  };
}

interface Due {
  readonly transition: TimeTransition;
  readonly silence: Silence;
  readonly at: number;
}

/** The next transition by time from where the person stands, if nothing happens before; of two at one instant, the first declared. */
export function nextByTime(state: StageState, rules: Rules): Due | undefined {
  let next: Due | undefined;
  for (const transition of rules.byTime) {
    const silence = own(state.silences, transition.silence);
    if (silence === undefined || !transition.leaves(state.stage) || silence.moved.includes(transition.id)) continue;
    const from = Math.max(silence.since, state.counts_from ?? -Infinity);
    const at = Math.max(from + transition.quietMs, state.entered ?? -Infinity, (state.woken ?? -Infinity) + 1);
    if (next === undefined || at < next.at) next = { transition, silence, at };
  }
  return next;
}

/** Takes a wake that names `named`: the transition due by then, or nothing when an event came between. */
export function afterWake(state: StageState, named: number, rules: Rules): Step {
  const due = nextByTime(state, rules);
  if (due === undefined || due.at > named) return { state };
  const { transition, silence, at } = due;
  const silences = { ...state.silences, [transition.silence]: { ...silence, moved: [...silence.moved, transition.id] } };
  return {
    // Only an event after the one that the silence counts from breaks it, hence + 1.
    state: { ...state, stage: transition.to, entered: at, rests_on: silence.since + 1, woken: named, silences },
    move: {
      rule: transition.id,
      from: state.stage,
      to: transition.to,
      occurredAt: at,
      evidence: { event_id: silence.event_id, since: silence.since, quiet_ms: at - silence.since },
    },
  };
}
