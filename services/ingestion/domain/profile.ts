import type { DataOf, identified, outcomes, profiles } from '#contracts';
import { mergeConsents, type Consents } from '#facts';
import { emailOf, localeOf, nameOf, zoneOf } from './facts.ts';
import { isObject, type Json } from './fields.ts';

type Call = DataOf<typeof identified>;
type Outcome = DataOf<typeof outcomes>;

/** What others learn about a person. */
export type Profile = Omit<DataOf<typeof profiles>, 'id' | 'person_id' | 'at' | 'cause'>;

/** A person as their calls describe them. */
export interface Person {
  readonly user_id?: string;
  readonly traits: Json;
  /** When the newest identify happened: an older one only fills gaps. */
  readonly traits_at?: string;
  /** Zone and locale of the device, for people whose traits name none. */
  readonly device: { readonly zone?: string; readonly locale?: string };
  readonly consents: Consents;
  /** True for ever once a replay has touched the person. */
  readonly replayed: boolean;
}

/** The person after one of their calls; the same reference when it says nothing new. */
export function heard(person: Person | undefined, call: Call): Person {
  const before: Person = person ?? { traits: {}, device: {}, consents: {}, replayed: false };
  const identify = call.type === 'identify';
  const user_id = call.user_id ?? before.user_id;
  const from = device(before, call.context ?? {}, identify);
  const replayed = before.replayed || call.replayed === true;
  if (!identify && person?.user_id === user_id && person?.device === from && person.replayed === replayed) return person;
  const after: Person = {
    ...before,
    ...(user_id === undefined ? {} : { user_id }),
    ...(identify ? identifiedAs(before, call) : {}),
    device: from,
    replayed,
  };
  return person !== undefined && same(person, after) ? person : after;
}

/** Whether others would learn something: a newer identify that repeats the older one is remembered, not told. */
export const tellsMore = (before: Person | undefined, after: Person): boolean =>
  before === undefined || (before !== after && !same({ ...before, traits_at: '' }, { ...after, traits_at: '' }));

/** The person after feedback about a mail: what they withdrew. */
export function withdrawn(person: Person | undefined, outcome: Outcome): Person | undefined {
  if (outcome.outcome !== 'unsubscribed' || outcome.consents === undefined) return person;
  const before: Person = person ?? { traits: {}, device: {}, consents: {}, replayed: false };
  const consents = mergeConsents(before.consents, outcome.consents);
  return same(consents, before.consents) ? person : { ...before, consents };
}

/** What is published of a person. */
export function profileOf({ user_id, traits, device: from, consents, replayed }: Person): Profile {
  const name = nameOf(traits);
  const locale = localeOf(traits['locale'], traits['language'], from.locale);
  const zone = zoneOf(traits['timezone'], traits['zone'], from.zone);
  return {
    ...(user_id === undefined ? {} : { user_id }),
    ...emailOf(traits),
    ...(name === undefined ? {} : { name }),
    ...(locale === undefined ? {} : { locale }),
    ...(zone === undefined ? {} : { zone }),
    traits: { ...traits },
    consents,
    replayed,
  };
}

function identifiedAs(before: Person, call: Call): Pick<Person, 'traits' | 'consents'> & { traits_at: string } {
  const late = before.traits_at !== undefined && call.occurred_at < before.traits_at;
  const said = call.traits ?? {};
  const traits = late ? { ...said, ...before.traits } : { ...before.traits, ...said };
  return {
    traits: Object.fromEntries(Object.entries(traits).filter(([, value]) => value !== null)),
    traits_at: late ? (before.traits_at ?? call.occurred_at) : call.occurred_at,
    consents: late ? before.consents : mergeConsents(before.consents, stated(before, said['consents'], call.occurred_at)),
  };
}

/**
 * Consents that an identify changes. A site repeats what it stores with every identify, so only a word other than its last one
 * is a change: the same "yes" again does not undo what the person withdrew by mail since.
 */
function stated(before: Person, now: unknown, changed_at: string): Consents {
  const last = isObject(before.traits['consents']) ? before.traits['consents'] : {};
  if (!isObject(now)) return {};
  const changes = Object.entries(now).filter(([category, granted]) => typeof granted === 'boolean' && last[category] !== granted);
  return Object.fromEntries(changes.map(([category, granted]) => [category, { granted: granted === true, changed_at }]));
}

/** An identify tells the zone and locale of now; of other calls only the first that names one counts. */
function device(before: Person, context: Json, identify: boolean): Person['device'] {
  const { zone: knownZone, locale: knownLocale } = before.device;
  const zone = identify || knownZone === undefined ? (zoneOf(context['timezone']) ?? knownZone) : knownZone;
  const locale = identify || knownLocale === undefined ? (localeOf(context['locale']) ?? knownLocale) : knownLocale;
  if (zone === knownZone && locale === knownLocale) return before.device;
  return { ...(zone === undefined ? {} : { zone }), ...(locale === undefined ? {} : { locale }) };
}

/** Both sides are plain JSON whose fields are written in one order. */
const same = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b);
