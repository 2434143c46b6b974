import type { DataOf, collected } from '#contracts';
import { occurrence } from './occurrence.ts';

type Collected = DataOf<typeof collected>;

/** A call on its way to `identified`: its id and instant are given anew there. */
export type Call = Omit<Collected, 'id' | 'at'>;

/** What is known about one anonymous id. */
export interface Identity {
  /** The user it belongs to; the latest binding wins. */
  readonly user_id?: string;
  /** Calls whose person was not known when they came, oldest first. */
  readonly waiting: readonly Waiting[];
  /**
   * The user whose they became, once there is one: what is left of them goes out in portions, the next one at `next_at` (epoch
   * ms).
   */
  readonly release?: { readonly user_id: string; readonly next_at: number };
}

export interface Waiting {
  readonly call: Call;
  readonly length: number;
}

/** A call and the user whose it is. */
export interface Known {
  readonly user_id: string;
  readonly call: Call;
}

export interface Outcome {
  readonly state: Identity | undefined;
  readonly known: readonly Known[];
  readonly tally: Readonly<Record<string, number>>;
}

/** Bounds of one anonymous id: calls that wait, their characters of JSON together, and how many are released at one instant. */
export const limits = { waiting: 1000, waitingLength: 524_288, portion: 200 } as const;

const nobody: Identity = { waiting: [] };

/**
 * Takes one accepted call at stream time `at`. A call with a user id goes to that user's person, and if it has an anonymous id
 * too, binds that and releases what waited for it, after itself, so that who the person is comes first. A call without one goes
 * to the user its anonymous id is bound to, or waits.
 */
export function take(state: Identity | undefined, data: Collected, at: number): Outcome {
  const { id: _id, at: arrived, ...call } = data;
  const tally = { accepted: 1, ...(clamped(data, arrived) ? { clamped: 1 } : {}) };
  const { user_id: user, anonymous_id: anonymous } = call;
  if (call.type === 'alias') return alias(state, call, at, tally);
  if (user === undefined) return anonymousCall(state, call, tally);
  const first = { user_id: user, call };
  return anonymous === undefined ? { state, known: [first], tally } : bind(state, first, at, tally);
}

/** The next portion of what waited, at stream time `at`; before its instant nothing changes. */
export function releaseMore(state: Identity, at: number): Outcome {
  if (state.release === undefined || at < state.release.next_at) return { state, known: [], tally: {} };
  return portion(state, state.release.user_id, at, [], {});
}

export const nextRelease = (state: Identity): number | undefined => state.release?.next_at;

/**
 * Binds the previous id where that is free; an alias to itself, or to the same user again, changes nothing. A merge of two
 * users is counted and left.
 */
function alias(state: Identity | undefined, call: Call, at: number, tally: Tally): Outcome {
  const { user_id: user = '', previous_id: previous } = call;
  const first = { user_id: user, call };
  if (previous === user) return { state, known: [first], tally };
  if (state?.user_id !== undefined && state.user_id !== user)
    return { state, known: [first], tally: { ...tally, alias_refused: 1 } };
  return bind(state, first, at, tally);
}

function anonymousCall(state: Identity = nobody, call: Call, tally: Tally): Outcome {
  if (state.user_id !== undefined) return { state, known: [{ user_id: state.user_id, call }], tally };
  const waiting = [...state.waiting, { call, length: JSON.stringify(call).length }];
  let length = waiting.reduce((sum, w) => sum + w.length, 0);
  let dropped = 0;
  while (waiting.length - dropped > limits.waiting || length > limits.waitingLength) {
    length -= waiting[dropped]?.length ?? 0;
    dropped += 1;
  }
  const counted = dropped > 0 ? { ...tally, waiting_dropped: dropped } : tally;
  return { state: { ...state, waiting: waiting.slice(dropped) }, known: [], tally: { ...counted, waiting: 1 - dropped } };
}

/** What waits is the first user's whose it became, even if another is bound before all of it is out. */
function bind(state: Identity = nobody, first: Known, at: number, tally: Tally): Outcome {
  const bound = state.user_id === first.user_id ? state : { ...state, user_id: first.user_id };
  if (bound.waiting.length === 0 || bound.release !== undefined) return { state: bound, known: [first], tally };
  return portion(bound, first.user_id, at, [first], tally);
}

type Tally = Readonly<Record<string, number>>;

function portion(state: Identity, user_id: string, at: number, before: readonly Known[], tally: Tally): Outcome {
  const { release: _, ...still } = state;
  const count = Math.min(limits.portion - before.length, state.waiting.length);
  const waiting = state.waiting.slice(count);
  return {
    state: { ...still, waiting, ...(waiting.length > 0 ? { release: { user_id, next_at: at + 1 } } : {}) },
    known: [...before, ...state.waiting.slice(0, count).map(({ call }) => ({ user_id, call }))],
    tally: count > 0 ? { ...tally, waiting: -count } : tally,
  };
}

/** Only a call that claims its very arrival can have been clamped, so that most are not computed twice. */
function clamped(data: Collected, arrived: string): boolean {
  if (data.occurred_at !== arrived) return false;
  const times = { timestamp: data.timestamp, original: data.original_timestamp, sentAt: data.sent_at };
  return occurrence(times, Date.parse(arrived)).clamped;
}
