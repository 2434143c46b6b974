import { matchNameFrom } from '#playbook';
import type { Rules } from './rules.ts';

/** How long it has been quiet: the last event of a kind, and what its silence has brought about so far. */
export interface Silence {
  /** The event's own instant, epoch ms. */
  readonly since: number;
  readonly event_id: string;
  /** Ids of the transitions made in this silence, since the stage was last entered by anything but time: each is made once, or two of them would chase a person for ever. */
  readonly moved: readonly string[];
}

/** Where a person stands. Instants are epoch ms. */
export interface StageState {
  readonly stage: string;
  /** When this stage was entered; absent in the initial one. Time alone never ends a stage before that. */
  readonly entered?: number;
  /** When a stage was last entered by anything but time: no silence is counted from before that. */
  readonly counts_from?: number;
  /** What the stage rests on: an event older than this is late news and moves nobody. */
  readonly rests_on?: number;
  /** The last instant named by a wake; a later one is named next time, since a wake's id is made from it. */
  readonly woken?: number;
  readonly silences: Readonly<Record<string, Silence>>;
  readonly traits?: Readonly<Record<string, unknown>>;
}

/** States of version 1 knew silences by the spelling of their conditions. */
export const named = ({ silences, ...state }: StageState): StageState => ({
  ...state,
  silences: Object.fromEntries(Object.entries(silences).map(([name, silence]) => [matchNameFrom(name), silence])),
});

/** A person nothing is known of yet. */
export const begin = ({ initial }: Rules): StageState => ({ stage: initial, silences: {} });

/** Remembers those traits that a condition looks at; the same state where none of them changed. */
export function rememberTraits(state: StageState, traits: Readonly<Record<string, unknown>>, rules: Rules): StageState {
  const kept = rules.keep(traits);
  return JSON.stringify(kept) === JSON.stringify(state.traits ?? {}) ? state : { ...state, traits: kept };
}
