import { collected, identified, personId } from '#contracts';
import { emit, processor, type Decision } from '#stream';
import { withdrawalIn } from './domain/withdrawals.ts';
import { sourcesWorker } from './sources/name.ts';
import { limits, nextWake, take, wake, type Identity, type IdentityRules, type Outcome } from './domain/identity.ts';

/**
 * Finds the person of every accepted call: what is anonymous waits until its person is known. From here on the key is the
 * person. An anonymous id that is not seen for its lifetime is forgotten.
 */
export const identity = processor({
  service: 'ingestion',
  name: 'identity',
  version: 3,
  upgrades: {
    1: (state: Omit<Identity, 'seen_at'>): Identity => ({ ...state, seen_at: 0 }),
    // What waits lies in rows of its own from the next change of the state on.
    2: (state: Identity): Identity => state,
  },
  list: 'waiting',
  inputs: [
    {
      contract: collected,
      kind: 'source',
      dedupe: (call) => `${call.source}/${call.message_id}`,
      salvage: (call) => withdrawalIn(call),
      placedBy: [sourcesWorker],
    },
  ],
  outputs: [{ contract: identified, rekeyed: true }],
  // The oldest waiting calls are dropped long before this.
  maxStateBytes: 2 * limits.waitingLength,

  decide(state: Identity | undefined, message, rules: IdentityRules | undefined): Decision<Identity> {
    if (message.kind === 'record') return decision(take(state, message.data, message.at, rules));
    return state === undefined ? { state } : decision(wake(state, message.at, rules));
  },

  wakeAt: nextWake,
});

const decision = ({ state, known, tally }: Outcome): Decision<Identity> => ({
  state,
  emit: known.map(({ user_id, call }) => emit(identified, { ...call, user_id }, personId(user_id))),
  tally,
});
