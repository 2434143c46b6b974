import type { DataOf, collected } from '#contracts';
import { claimedInstant } from '#facts';
import { saying, withdrawal, withdrawnIn } from './withdrawals.ts';

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
  /** What calls withdrew for which there was no room, as one call; it goes out first. */
  readonly withdrawn?: Call;
  /**
   * When it was last seen, epoch ms in stream time; of one that is bound, to a tenth of its lifetime, so that not every call is
   * a write. 0: kept from before ids had a lifetime, and dated by its first wake.
   */
  readonly seen_at: number;
}

export interface Waiting {
  readonly call: Call;
  /** Of its JSON, in bytes. */
  readonly length: number;
}

/** The part of the playbook that identity follows. */
export interface IdentityRules {
  /** How long an anonymous id is remembered after it was last seen, ms. */
  readonly lifetimeMs: number;
}

/** Rules of an installation that names none. */
export const usualRules: IdentityRules = { lifetimeMs: 180 * 86_400_000 };

/** The type of the call by which `identity` offers a person the other name of an alias. No SDK has it: the edge knows no such word. */
export const mergeOffer = 'merge-offer';

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

/** Bounds of one anonymous id: calls that wait, their bytes of JSON together, and how many are released at one instant. */
export const limits = { waiting: 1000, waitingLength: 524_288, portion: 200 } as const;

const nobody: Identity = { waiting: [], seen_at: 0 };

/**
 * Takes one accepted call at stream time `at`. A call with a user id goes to that user's person, and if it has an anonymous id
 * too, binds that and releases what waited for it, after itself, so that who the person is comes first. A call without one goes
 * to the user its anonymous id is bound to, or waits.
 */
export function take(before: Identity | undefined, data: Collected, at: number, rules = usualRules): Outcome {
  const { id: _id, at: _at, ...call } = data;
  const tally = { accepted: 1, ...(clamped(data) ? { clamped: 1 } : {}), ...unreadable(data) };
  const { user_id: user, anonymous_id: anonymous } = call;
  const state = before === undefined ? undefined : seen(before, at, rules);
  if (call.type === 'alias' && user !== undefined) return alias(state, call, user, at, tally);
  if (user === undefined) return anonymousCall(state, call, at, tally);
  const first = { user_id: user, call };
  return anonymous === undefined ? { state: before, known: [first], tally } : bind(state, first, at, tally);
}

/** The next portion of what waited, or the end of an id that was not seen for its lifetime, at stream time `at`. */
export function wake(state: Identity, at: number, rules = usualRules): Outcome {
  if (state.seen_at === 0) return { state: { ...state, seen_at: at }, known: [], tally: {} };
  if (state.release !== undefined && at >= state.release.next_at) return portion(state, state.release.user_id, at, [], {});
  if (state.release !== undefined || at < state.seen_at + rules.lifetimeMs) return { state, known: [], tally: {} };
  const waited = state.waiting.length;
  const lost = waited > 0 ? { waiting: -waited, waiting_expired: waited } : {};
  return { state: undefined, known: [], tally: { anonymous_expired: 1, ...lost } };
}

/** The next instant at which time alone changes something: at once for a state that was never dated. */
export const nextWake = (state: Identity, rules = usualRules): number =>
  state.release?.next_at ?? (state.seen_at === 0 ? 1 : state.seen_at + rules.lifetimeMs);

/** The same reference while it was seen not long ago. */
function seen(state: Identity, at: number, { lifetimeMs }: IdentityRules): Identity {
  return at - state.seen_at < lifetimeMs / 10 ? state : { ...state, seen_at: at };
}

/**
 * Binds the previous id where that is free and was seen as an anonymous id; an alias to itself, or to the same user again, changes nothing.
 * A merge of two users is counted and left. What was never seen here may be a user of their own, who then refuses: that must not have moved
 * calls to another person which a site sends under the same text as an anonymous id.
 */
function alias(state: Identity | undefined, call: Call, user: string, at: number, tally: Tally): Outcome {
  const { previous_id: previous } = call;
  const first = { user_id: user, call };
  if (previous === user) return { state, known: [first], tally };
  if (state?.user_id !== undefined && state.user_id !== user)
    return { state, known: [first], tally: { ...tally, alias_refused: 1 } };
  if (state === undefined && previous !== undefined) return { state, known: [first, merge(previous, call)], tally };
  const bound = bind(state, first, at, tally);
  return previous === undefined || state?.user_id === user ? bound : { ...bound, known: [...bound.known, merge(previous, call)] };
}

/**
 * Asks the person of the previous id, who may be known under it as a user of their own: only they can tell, for they are found by
 * another key.
 */
const merge = (previous: string, call: Call): Known => ({ user_id: previous, call: { ...call, type: mergeOffer } });

function anonymousCall(state: Identity = nobody, call: Call, at: number, tally: Tally): Outcome {
  if (state.user_id !== undefined) return { state, known: [{ user_id: state.user_id, call }], tally };
  const waiting = [...state.waiting, { call, length: Buffer.byteLength(JSON.stringify(call)) }];
  let length = waiting.reduce((sum, w) => sum + w.length, 0);
  let dropped = 0;
  while (waiting.length - dropped > limits.waiting || length > limits.waitingLength) {
    length -= waiting[dropped]?.length ?? 0;
    dropped += 1;
  }
  const counted = dropped > 0 ? { ...tally, waiting_dropped: dropped } : tally;
  const withdrawn = withdrawalOf([...kept(state), ...waiting.slice(0, dropped).map((w) => w.call)]);
  return {
    state: { ...state, waiting: waiting.slice(dropped), ...(withdrawn === undefined ? {} : { withdrawn }), seen_at: at },
    known: [],
    tally: { ...counted, waiting: 1 - dropped },
  };
}

/** What waits is the first user's whose it became, even if another is bound before all of it is out. */
function bind(state: Identity = nobody, first: Known, at: number, tally: Tally): Outcome {
  const bound = state.user_id === first.user_id && state.withdrawn === undefined ? state : boundTo(first.user_id, state, at);
  if (bound.release !== undefined) return { state: bound, known: [first], tally };
  const later = bound.waiting.slice(limits.portion - 2).map(({ call }) => call);
  const withdrawn = withdrawalOf([...kept(state), ...later]);
  const known = withdrawn === undefined ? [first] : [first, { user_id: first.user_id, call: withdrawn }];
  return bound.waiting.length === 0 ? { state: bound, known, tally } : portion(bound, first.user_id, at, known, tally);
}

/** What was withdrawn goes out with the binding. */
const boundTo = (user_id: string, { withdrawn: _, ...state }: Identity, at: number): Identity => ({
  ...state,
  user_id,
  seen_at: at,
});

const kept = ({ withdrawn }: Identity): readonly Call[] => (withdrawn === undefined ? [] : [withdrawn]);

/**
 * What calls withdraw that are given up, or that go out in a later portion, as one call: nothing that happened before is answered by
 * a mail in the meantime. Dated by the last of them.
 */
function withdrawalOf(calls: readonly Call[]): Call | undefined {
  const last = calls.findLast((call) => withdrawnIn(call).length > 0);
  if (last === undefined) return undefined;
  const { source, message_id, anonymous_id, occurred_at, moment_source, replayed } = last;
  return {
    source,
    message_id,
    type: withdrawal,
    ...(anonymous_id === undefined ? {} : { anonymous_id }),
    context: saying(withdrawnIn(...calls)),
    occurred_at,
    ...(moment_source === undefined ? {} : { moment_source }),
    ...(replayed === undefined ? {} : { replayed }),
  };
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

/** Times that nobody can read, by source. */
const unreadable = ({ source, unreadable: names = [] }: Collected): Tally =>
  Object.fromEntries(names.map((name) => [`unreadable.${source}.${name}`, 1]));

/** Whether a call named a time that cannot be true, so that its arrival counts. */
const clamped = ({ moment_source, timestamp, original_timestamp }: Collected): boolean =>
  moment_source === 'arrival' && claimedInstant(timestamp ?? original_timestamp) !== undefined;
