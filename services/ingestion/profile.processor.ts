import { events, identified, outcomes, profiles, type DataOf } from '#contracts';
import { cut, type CategoryPolicies } from '#facts';
import { emit, processor, type Decision, type Emission, type RecordMessage } from '#stream';
import { eventOf } from './domain/canonical.ts';
import { statementsOf, unclearIn } from './domain/consents.ts';
import { emailOf, nameUnreadable, zoneUnreadable } from './domain/facts.ts';
import { mergeOffer } from './domain/identity.ts';
import { fromV1 } from './domain/person-v1.ts';
import { heard, profileOf, tellsMore, watched, withdrawn, type Person } from './domain/profile.ts';
import { usualLimits, type SharedLimits } from './domain/shared-ids.ts';

/** The part of the playbook that `profile` follows. */
export interface ProfileRules {
  readonly categories: CategoryPolicies;
  readonly shared: SharedLimits;
  /** The sources whose `email` counts; absent: any. */
  readonly addressFrom?: ReadonlySet<string>;
}

/** Rules of an installation that names none. */
const usualRules: ProfileRules = { categories: new Map(), shared: usualLimits };

/**
 * Keeps what is known of a person and publishes their events. A change of the profile goes out before the event that came with
 * it.
 */
export const profile = processor<Person, ProfileRules | undefined, never, typeof identified | typeof outcomes>({
  service: 'ingestion',
  name: 'profile',
  version: 3,
  // Version 3 adds what a person was seen with today.
  upgrades: { 1: fromV1, 2: (person: Person): Person => person },
  inputs: [
    { contract: identified, kind: 'ordered' },
    { contract: outcomes, kind: 'feedback' },
  ],
  outputs: [{ contract: profiles }, { contract: events }],

  decide(before, message, rules): Decision<Person> {
    if (message.kind === 'wake') return { state: before };
    if (message.topic === 'identified.v1') return called(before, message, rules);
    const after = withdrawn(before, message.data, rules?.categories, message.at);
    return { state: after, ...told(before, after) };
  },
});

function called(
  before: Person | undefined,
  { data, at }: RecordMessage<typeof identified>,
  { categories, shared, addressFrom }: ProfileRules = usualRules,
): Decision<Person> {
  if (data.type === mergeOffer) return offered(before, data);
  const statements = statementsOf(data, at);
  const foreign = isForeign(data, addressFrom);
  const said = foreign ? withoutAddress(data) : data;
  const { person: after, crossed } = watched(heard(before, said, categories, at, statements), data, at, shared);
  const event = eventOf(data);
  const { emit: profileFirst, tally } = told(before, after);
  const unclear = unclearIn(data, statements);
  const dropped = (after.dropped ?? 0) - (before?.dropped ?? 0);
  return {
    state: after,
    emit: [...profileFirst, ...(event === undefined ? [] : [emit(events, event)])],
    tally: {
      ...tally,
      ...(foreign ? { 'address_refused.source': 1 } : {}),
      ...(event === undefined ? {} : { events: 1 }),
      ...(unclear === 0 ? {} : { 'consents.unclear': unclear }),
      ...(dropped === 0 ? {} : { 'traits.dropped': dropped }),
      ...Object.fromEntries(crossed.map((what) => [`shared.${data.source}.${what}`, 1])),
      ...(nameUnreadable(data.traits ?? {}) ? { [`unreadable.${data.source}.name`]: 1 } : {}),
      ...(zoneUnreadable(data) ? { [`unreadable.${data.source}.timezone`]: 1 } : {}),
    },
  };
}

/** Whether a call names an address that is not its source's to say. What the operator's own history says counts. */
const isForeign = ({ source, traits, replayed }: DataOf<typeof identified>, from: ProfileRules['addressFrom']): boolean =>
  from !== undefined && replayed !== true && !from.has(source) && traits !== undefined && Object.hasOwn(traits, 'email');

function withoutAddress({ traits = {}, ...call }: DataOf<typeof identified>): DataOf<typeof identified> {
  const { email: _, ...others } = traits;
  return { ...call, traits: others };
}

/** Two people who are both known are not made one: the alias is refused where its old name is a person's. Else it said all at its new name. */
function offered(before: Person | undefined, { previous_id: previous = '' }: DataOf<typeof identified>): Decision<Person> {
  if (before === undefined) return { state: before };
  return {
    state: before,
    deadLetter: `alias: ${JSON.stringify(cut(previous, 100))} is a known user already; two known users are not merged`,
  };
}

/** The profile, where others would learn something by it. */
function told(
  before: Person | undefined,
  after: Person | undefined,
): { readonly emit: readonly Emission[]; readonly tally: Record<string, number> } {
  const changed = after !== undefined && tellsMore(before, after);
  return {
    emit: changed ? [emit(profiles, profileOf(after))] : [],
    tally: {
      ...(before === undefined && after !== undefined ? { persons: 1 } : {}),
      ...(changed ? { profiles: 1, ...refusedAddress(before, after) } : {}),
    },
  };
}

/** Counts an address that was given and cannot be mailed to, once until another is given. */
function refusedAddress(before: Person | undefined, { traits }: Person): Record<string, number> {
  const given = new Map(traits).get('email');
  if (new Map(before?.traits).get('email') === given) return {};
  const { email_refused: reason } = emailOf({ email: given });
  return reason === undefined ? {} : { [`address_refused.${reason}`]: 1 };
}
