import { hits, messages, outcomes, profiles, type DataOf } from '#contracts';
import { everyMail, mailRefusal, mayTrack, mergeConsents, newlyWithdrawn, own, undeclared } from '#facts';
import { parseAddress } from '#facts';
import { emit, processor, type Decision, type Emission, type RecordMessage } from '#stream';
import type { Effect } from './domain/effect.ts';
import { mailTally } from './domain/mail-tally.ts';
import { nobody, remember, type Mailed, type Person } from './domain/person.ts';
import { judge } from './domain/verdict.ts';
import { dayOf, mailboxOf } from './domain/mailbox.ts';
import { wordsOf } from './domain/word.ts';
import type { AddressHash } from './mails/address-hash.ts';
import { applyEffects } from './mails/apply.ts';
import type { DeliveryRules } from './rules.ts';

type Answer = Decision<Person, Effect>;

/**
 * Turns `sent` decisions into rows of the table of mails (the `sender` transmits them), stops what is pending when a consent is
 * withdrawn, and turns hits into outcomes with a verdict.
 */
export const delivery = processor<
  Person,
  DeliveryRules,
  Effect,
  typeof profiles | typeof messages | typeof hits | typeof outcomes
>({
  service: 'delivery',
  name: 'delivery',
  version: 2,
  upgrades: { 1: (state: Person) => state },
  inputs: [
    { contract: profiles, kind: 'ordered' },
    { contract: messages, kind: 'ordered' },
    // Before hits: of what has come, the news that a mail was taken goes first.
    { contract: outcomes, kind: 'feedback' },
    { contract: hits, kind: 'external', dedupe: (hit) => (hit as DataOf<typeof hits>).id },
  ],
  outputs: [{ contract: outcomes }],
  decide(state, message, rules) {
    if (message.kind === 'wake') return { state };
    const person = state ?? nobody;
    switch (message.topic) {
      case 'profiles.v1':
        return profile(person, message, rules);
      case 'messages.v1':
        return message.data.decision === 'sent' ? sent(person, message, rules) : { state };
      case 'outcomes.v1':
        return { state: state && heard(state, message) };
      case 'hits.v1':
        return hit(state, message, rules);
    }
  },
});

/** The same with its tables: rows of mail, and what was said for mailboxes, which `hash` names. */
export const deliveryOver = (hash: AddressHash): typeof delivery => ({
  ...delivery,
  apply: (sql, partition, effects) => applyEffects(sql, partition, effects, hash),
});

function profile(person: Person, { key, at, data }: RecordMessage<typeof profiles>, rules: DeliveryRules): Answer {
  const consents = mergeConsents(person.consents, data.consents);
  const state: Person = {
    email: addressOf(data.email),
    name: data.name,
    locale: data.locale,
    zone: data.zone,
    consents,
    replayed: person.replayed || data.replayed,
    mails: person.mails,
  };
  return {
    state,
    effects: [
      ...newlyWithdrawn(person.consents, consents).map((category) => suppress(key, category, rules)),
      ...(person.mails.length > 0 && moved(person.email, state.email) ? [{ kind: 'readdress', personId: key } as const] : []),
      ...wordsOf(person, state, at),
    ],
  };
}

/** Another mailbox, or none any more; another spelling of its address is none. */
const moved = (before: string | undefined, after: string | undefined): boolean =>
  before !== after && (before === undefined || after === undefined || mailboxOf(before) !== mailboxOf(after));

/** Read here as well: a profile written by an older version may hold what is no address. */
function addressOf(email: string | undefined): string | undefined {
  const read = email === undefined ? undefined : parseAddress(email);
  return read?.ok === true ? read.address : undefined;
}

function sent(person: Person, { key, id, at, data, trace }: RecordMessage<typeof messages>, rules: DeliveryRules): Answer {
  const { play, category, not_after: notAfter } = data.candidate;
  const policy = rules.categories.get(category) ?? undeclared(category, data.candidate);
  const refused = mailRefusal(person.consents, policy) !== undefined;
  const suppressed = person.email === undefined ? 'no_address' : refused ? 'consent' : undefined;
  const mail: Effect = {
    kind: 'mail',
    id,
    personId: key,
    play,
    category,
    legal: policy.legal,
    consent: policy.consent,
    template: data.template ?? play,
    variables: data.variables ?? {},
    locale: person.locale ?? rules.defaults.locale,
    zone: person.zone ?? rules.defaults.zone,
    email: person.email ?? '',
    name: person.name,
    replayed: person.replayed || data.replayed,
    notAfter: Date.parse(notAfter),
    decidedAt: at,
    suppressed,
    candidate: trace === undefined ? data.candidate : { ...data.candidate, trace },
    day: dayOf(data.numbers, at),
  };
  const about = { message_id: id, play, category, occurred_at: new Date(at).toISOString() };
  return {
    state: remember(person, { id, play, template: mail.template, category, decidedAt: at }),
    effects: [mail],
    tally:
      suppressed === undefined
        ? { 'mails.pending': 1 }
        : { 'mails.suppressed': 1, [`suppressed.${suppressed}`]: 1, [mailTally('outcomes', 'suppressed', mail)]: 1 },
    emit: suppressed === undefined ? [] : [emit(outcomes, { ...about, outcome: 'suppressed', reason: suppressed })],
  };
}

/** What the sender says of a mail: hits count from the real moment at which it was taken. */
function heard(person: Person, { data }: RecordMessage<typeof outcomes>): Person {
  const mail = data.outcome === 'accepted' ? person.mails.find(({ id }) => id === data.message_id) : undefined;
  if (mail === undefined) return person;
  return replaced(person, mail, { ...mail, acceptedAt: Date.parse(data.occurred_at) });
}

const replaced = (person: Person, mail: Mailed, by: Mailed): Person => ({
  ...person,
  mails: person.mails.map((one) => (one === mail ? by : one)),
});

function hit(state: Person | undefined, message: RecordMessage<typeof hits>, rules: DeliveryRules): Answer {
  const { data } = message;
  const person = state ?? nobody;
  const mail = person.mails.find((m) => m.id === data.message_id);
  // The link is signed: an opt-out counts however old its mail is.
  if (data.kind === 'unsubscribe') return unsubscribe(person, message, mail, rules);
  if (data.kind !== 'open' && data.kind !== 'click') return { state, tally: { 'hits.unknown_kind': 1 } };
  if (mail === undefined) return { state, tally: { 'hits.unknown_message': 1 } };
  const policy = rules.categories.get(mail.category) ?? undeclared(mail.category);
  if (!mayTrack(person.consents, policy)) return { state, tally: { 'hits.untracked': 1 } };
  // A mail in doubt was taken at a moment nobody knows, after its decision.
  const verdict = judge({ userAgent: data.user_agent, afterMs: Date.parse(data.at) - (mail.acceptedAt ?? mail.decidedAt) });
  const outcome = data.kind === 'open' ? 'opened' : 'clicked';
  const reported = mail[outcome] ?? [];
  if (reported.includes(verdict)) return { state, tally: { 'hits.repeated': 1 } };
  const noted: Mailed = { ...mail, [outcome]: [...reported, verdict] };
  return {
    state: replaced(person, mail, noted),
    tally: { [mailTally(outcome, verdict, mail)]: 1 },
    emit: [outcomeOf(data, mail, { outcome, verdict })],
  };
}

/**
 * What the person withdraws counts from the moment of the hit, and never as older than what this service has heard before it: a
 * grant that a clock dated ahead does not outlive it.
 */
function unsubscribe(
  person: Person,
  { key, at, data }: RecordMessage<typeof hits>,
  mail: Mailed | undefined,
  rules: DeliveryRules,
): Answer {
  const category = data.category ?? mail?.category ?? everyMail;
  const names = namesOf(category, rules);
  const heard = names.map((name) => Date.parse(own(person.consents, name)?.changed_at ?? data.at)).filter((ms) => ms > at);
  const changed_at = new Date(Math.max(at, Date.parse(data.at), ...heard)).toISOString();
  const change = { [category]: { granted: false, changed_at, by: 'mail' } };
  const known = mailRefusal(person.consents, { ...undeclared(category, { consent: 'opt_out' }), names }) === 'opt_out';
  return {
    state: { ...person, consents: mergeConsents(person.consents, change) },
    effects: [
      suppress(key, category, rules),
      { kind: 'word', email: person.email, messageId: data.message_id, category, granted: false, at: Date.parse(changed_at) },
    ],
    // A client's repetition is told, as its instant may be the later one, and counted once.
    tally: known ? { 'hits.repeated': 1 } : { unsubscribes: 1 },
    emit: [outcomeOf(data, mail, { outcome: 'unsubscribed', consents: change })],
  };
}

/** `play` and `category` are empty where the mail is older than what is remembered. */
const outcomeOf = (
  data: DataOf<typeof hits>,
  mail: Mailed | undefined,
  what: { outcome: string; verdict?: string; consents?: Person['consents'] },
): Emission =>
  emit(outcomes, {
    message_id: data.message_id,
    play: mail?.play ?? '',
    category: mail?.category ?? data.category ?? '',
    occurred_at: data.at,
    ...what,
  });

/** All names under which mails of this category may lie in the table. */
const namesOf = (category: string, { categories }: DeliveryRules): readonly string[] =>
  categories.get(category)?.names ?? [category];

const suppress = (personId: string, category: string, rules: DeliveryRules): Effect => ({
  kind: 'suppress',
  personId,
  categories: namesOf(category, rules),
  reason: 'consent',
});
