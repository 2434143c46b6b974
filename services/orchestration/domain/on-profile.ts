import type { DataOf, profiles } from '#contracts';
import { mailRefusal, mergeConsents, type Consents } from '#facts';
import type { Candidate } from './candidate.ts';
import { enter, unchanged, type Step } from './desk.ts';
import { zoneOf, type Person } from './person.ts';
import { policyOf, type OrchestrationRules } from './rules.ts';
import { drop } from './verdict.ts';

type Profile = DataOf<typeof profiles>;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const isEmpty = (object: object): boolean => Object.keys(object).length === 0;

/** The newest profile is the whole profile, but for consents (the later change wins) and the replay's mark (for ever). */
function merge(
  { zone: _zone, addressed: _addressed, traits: _traits, ...kept }: Person,
  profile: Profile,
  rules: OrchestrationRules,
): Person {
  const traits = rules.keep(profile.traits);
  const consents = mergeConsents(kept.consents ?? {}, profile.consents);
  return {
    ...kept,
    ...(profile.zone === undefined ? {} : { zone: profile.zone }),
    ...(profile.email === undefined ? {} : { addressed: true }),
    ...(isEmpty(traits) ? {} : { traits }),
    ...(isEmpty(consents) ? {} : { consents }),
    ...(profile.replayed ? { replayed: true } : {}),
  };
}

const known = ({ zone, addressed, traits, consents, replayed }: Person): unknown => [zone, addressed, traits, consents, replayed];

/** Drops what the person no longer wants. */
function withdrawOptedOut(step: Step, at: number, rules: OrchestrationRules): Step {
  const { consents = {}, open } = step.person;
  const unwanted = open.filter(({ category }) => mailRefusal(consents, policyOf(rules, category)) === 'opt_out');
  return enter(
    step,
    unwanted.map((candidate) => drop(candidate, 'opt_out')),
    at,
    rules,
  );
}

/** Consents changed elsewhere (an unsubscribe): at once, not at the next try. */
export function onConsents(person: Person, changed: Consents, at: number, rules: OrchestrationRules): Step {
  const consents = mergeConsents(person.consents ?? {}, changed);
  return same(consents, person.consents ?? {})
    ? unchanged(person)
    : withdrawOptedOut(unchanged({ ...person, consents }), at, rules);
}

/**
 * Takes a profile. Who moved to another zone, has an address or has opted in at last, is judged anew by a wake at this very instant,
 * so that each next try is one of the new zone.
 */
export function onProfile(before: Person, profile: Profile, at: number, rules: OrchestrationRules): Step {
  const person = merge(before, profile, rules);
  if (same(known(person), known(before))) return unchanged(before);
  const moved = zoneOf(person, rules) !== zoneOf(before, rules);
  const anew = ({ deferred, category }: Candidate): boolean => {
    if (deferred === 'no_address') return person.addressed === true;
    if (deferred === 'no_consent') return mailRefusal(person.consents ?? {}, policyOf(rules, category)) === undefined;
    return deferred !== undefined && moved;
  };
  const open = person.open.map((candidate) =>
    anew(candidate) ? { ...candidate, nextTry: Math.min(candidate.nextTry, at) } : candidate,
  );
  return withdrawOptedOut(unchanged({ ...person, open }), at, rules);
}
