import { collected, identified, personId } from '#contracts';
import { emit, processor, type Decision } from '#stream';
import { nextRelease, releaseMore, take, type Identity, type Outcome } from './domain/identity.ts';

/**
 * Finds the person of every accepted call: what is anonymous waits until its person is known. From here on the key is the
 * person.
 */
export const identity = processor({
  service: 'ingestion',
  name: 'identity',
  version: 1,
  inputs: [{ contract: collected, kind: 'source', dedupe: (call) => `${call.source}/${call.message_id}` }],
  outputs: [{ contract: identified, rekeyed: true }],

  decide(state: Identity | undefined, message): Decision<Identity> {
    if (message.kind === 'record') return decision(take(state, message.data, message.at));
    return state === undefined ? { state } : decision(releaseMore(state, message.at));
  },

  wakeAt: nextRelease,
});

const decision = ({ state, known, tally }: Outcome): Decision<Identity> => ({
  state,
  emit: known.map(({ user_id, call }) => emit(identified, { ...call, user_id }, personId(user_id))),
  tally,
});
