import type { DataOf, identified, outcomes, profiles } from '#contracts';
import { consentsOf, hear, renamed, type CategoryPolicies, type Ledger, type Statement } from '#facts';
import { isConsentField } from './consent-fields.ts';
import { statementsOf, statementsOfMail } from './consents.ts';
import { emailOf, localeOf, nameOf, zoneOf } from './facts.ts';
import type { Json } from './fields.ts';
import { seenWith, type Seen, type SharedBy, type SharedLimits } from './shared-ids.ts';
import { noted, type Traits } from './traits.ts';

type Call = DataOf<typeof identified>;
type Outcome = DataOf<typeof outcomes>;

/** What others learn about a person. */
export type Profile = Omit<DataOf<typeof profiles>, 'id' | 'person_id' | 'at' | 'cause'>;

/** A person as their calls describe them. */
export interface Person {
  readonly user_id?: string;
  readonly traits: Traits;
  /** Traits given up for want of room, ever. */
  readonly dropped?: number;
  /** When the newest identify happened: an older one only fills gaps. */
  readonly traits_at?: string;
  /** Zone and locale of the device, for people whose traits name none. */
  readonly device: { readonly zone?: string; readonly locale?: string };
  readonly consents: Ledger;
  /** True for ever once a replay has touched the person. */
  readonly replayed: boolean;
  /** The anonymous ids and addresses of the newest day that had some. */
  readonly seen?: Seen;
  /** When there were last too many of them. */
  readonly shared_at?: string;
}

const nobody: Person = { traits: [], device: {}, consents: [], replayed: false };
const undeclared: CategoryPolicies = new Map();

/**
 * The person after one of their calls, which arrives at stream time `at` (epoch ms); the same reference when it says nothing new.
 */
export function heard(
  person: Person | undefined,
  call: Call,
  categories = undeclared,
  at = Date.parse(call.at),
  statements = statementsOf(call, at),
): Person {
  const before = person ?? nobody;
  const identify = call.type === 'identify';
  const user_id = call.user_id ?? before.user_id;
  const from = device(before, call.context ?? {}, identify);
  const replayed = before.replayed || call.replayed === true;
  const consents = afterAll(before.consents, statements, categories);
  const unchanged = person?.user_id === user_id && person?.device === from && person.replayed === replayed;
  if (!identify && unchanged && consents === person.consents) return person;
  const after: Person = {
    ...before,
    ...(user_id === undefined ? {} : { user_id }),
    ...(identify ? identifiedAs(before, call, at) : {}),
    device: from,
    consents,
    replayed,
  };
  return person !== undefined && same(person, after) ? person : after;
}

/** The person with the anonymous id and the address of a call, at stream time `at` (epoch ms); the same reference where both are known. */
export function watched(
  person: Person,
  { anonymous_id: anonymous, traits }: Call,
  at: number,
  limits: SharedLimits,
): { readonly person: Person; readonly crossed: readonly SharedBy[] } {
  const email = traits?.['email'];
  const { seen, crossed } = seenWith(
    person.seen,
    { anonymous, address: typeof email === 'string' ? email : undefined },
    at,
    limits,
  );
  if (seen === person.seen || seen === undefined) return { person, crossed };
  return { person: { ...person, seen, ...(crossed.length > 0 ? { shared_at: new Date(at).toISOString() } : {}) }, crossed };
}

/** Whether others would learn something: what only says when it was said last is remembered, not told. */
export const tellsMore = (before: Person | undefined, after: Person): boolean =>
  before === undefined || (before !== after && !same(shown(before), shown(after)));

const shown = ({ user_id, traits, device: from, consents, replayed, shared_at }: Person): readonly unknown[] => [
  user_id,
  traits,
  from,
  consentsOf(consents),
  replayed,
  shared_at,
];

/** The person after feedback about a mail, which arrives at `at` (epoch ms): what they withdrew. */
export function withdrawn(
  person: Person | undefined,
  outcome: Outcome,
  categories = undeclared,
  at = Date.parse(outcome.at),
): Person | undefined {
  if (outcome.outcome !== 'unsubscribed' || outcome.consents === undefined) return person;
  const before = person ?? nobody;
  const consents = afterAll(before.consents, statementsOfMail(outcome, at), categories);
  return consents === before.consents ? person : { ...before, consents };
}

/** What is published of a person. */
export function profileOf({ user_id, traits: list, device: from, consents, replayed, shared_at }: Person): Profile {
  const traits: Json = Object.fromEntries(list);
  const name = nameOf(traits);
  const locale = localeOf(traits['locale'], traits['language'], from.locale);
  const zone = zoneOf(traits['timezone'], traits['zone'], from.zone);
  return {
    ...(user_id === undefined ? {} : { user_id }),
    ...emailOf(traits),
    ...(name === undefined ? {} : { name }),
    ...(locale === undefined ? {} : { locale }),
    ...(zone === undefined ? {} : { zone }),
    traits,
    consents: consentsOf(consents),
    replayed,
    ...(shared_at === undefined ? {} : { shared_at }),
  };
}

const afterAll = (ledger: Ledger, statements: readonly Statement[], categories: CategoryPolicies): Ledger =>
  statements.reduce((heardSoFar, statement) => hear(heardSoFar, statement, categories), renamed(ledger, categories));

/** A claim from the future counts as the arrival: a clock that is ahead does not silence what comes after it. */
function identifiedAs(before: Person, call: Call, at: number): Pick<Person, 'traits' | 'dropped' | 'traits_at'> {
  const arrival = new Date(at).toISOString();
  const happened = call.occurred_at < arrival ? call.occurred_at : arrival;
  const late = before.traits_at !== undefined && happened < before.traits_at;
  const said = Object.fromEntries(Object.entries(call.traits ?? {}).filter(([name, value]) => !isConsentField(name, value)));
  const { traits, dropped } = noted(before.traits, said, late);
  const sum = (before.dropped ?? 0) + dropped;
  return { traits, ...(sum === 0 ? {} : { dropped: sum }), traits_at: late ? before.traits_at : happened };
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
