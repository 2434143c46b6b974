import { events, identified, outcomes, profiles } from '#contracts';
import { emit, processor, type Decision } from '#stream';
import { eventOf } from './domain/canonical.ts';
import { emailOf } from './domain/facts.ts';
import { heard, profileOf, tellsMore, withdrawn, type Person } from './domain/profile.ts';

/**
 * Keeps what is known of a person and publishes their events. A change of the profile goes out before the event that came with
 * it.
 */
export const profile = processor<Person, unknown, never, typeof identified | typeof outcomes>({
  service: 'ingestion',
  name: 'profile',
  version: 1,
  inputs: [
    { contract: identified, kind: 'ordered' },
    { contract: outcomes, kind: 'feedback' },
  ],
  outputs: [{ contract: profiles }, { contract: events }],

  decide(before, message): Decision<Person> {
    if (message.kind === 'wake') return { state: before };
    const after = message.topic === 'identified.v1' ? heard(before, message.data) : withdrawn(before, message.data);
    const event = message.topic === 'identified.v1' ? eventOf(message.data) : undefined;
    const changed = after !== undefined && tellsMore(before, after);
    return {
      state: after,
      emit: [...(changed ? [emit(profiles, profileOf(after))] : []), ...(event === undefined ? [] : [emit(events, event)])],
      tally: {
        ...(before === undefined && after !== undefined ? { persons: 1 } : {}),
        ...(changed ? { profiles: 1, ...refusedAddress(before, after) } : {}),
        ...(event === undefined ? {} : { events: 1 }),
      },
    };
  },
});

/** Counts an address that was given and cannot be mailed to, once until another is given. */
function refusedAddress(before: Person | undefined, { traits }: Person): Record<string, number> {
  if (before?.traits['email'] === traits['email']) return {};
  const { email_refused: reason } = emailOf(traits);
  return reason === undefined ? {} : { [`address_refused.${reason}`]: 1 };
}
