import { own } from './dictionary.ts';

/** The consent to every mail but the legal, and to measuring opens and clicks. No category may have these names. */
export const everyMail = 'all';
export const tracking = 'tracking';

/** What a person last said about one category or purpose. `changed_at` orders two views of it: the later one is right. */
export interface Consent {
  readonly granted: boolean;
  /** ISO 8601. */
  readonly changed_at: string;
  /** Who passed it on: `mail`, `import`, `operator`, or `site` and the source's name. */
  readonly by?: string | undefined;
  /** What was sent, where nobody could understand it: it counts as no. */
  readonly unclear?: string | undefined;
  /** Granted by an act of the person (`Consent Granted`), not by what a site repeats. */
  readonly explicit?: boolean | undefined;
}
export type Consents = Readonly<Record<string, Consent>>;

/** opt_in: only who has granted it; opt_out: who has not withdrawn it. */
export type ConsentMode = 'opt_in' | 'opt_out';

/** What a category of mails asks for. */
export interface CategoryPolicy {
  /** Its name and its former ones: a word about any of them is a word about it. */
  readonly names: readonly string[];
  readonly consent: ConsentMode;
  /** Mail that the law or a contract asks for: no consent is needed, and nothing is measured. */
  readonly legal: boolean;
  readonly tracking: ConsentMode;
}

/** The policies of a playbook, by present and former names of categories. */
export type CategoryPolicies = ReadonlyMap<string, CategoryPolicy>;

interface CategoryRule {
  readonly id: string;
  readonly consent?: ConsentMode | undefined;
  readonly legal: boolean;
  readonly tracking?: ConsentMode | undefined;
  readonly renamed_from: readonly string[];
}

/**
 * Reads the `categories` of a playbook. What it leaves open asks for a grant. A name with dashes is also known without them, for code
 * that writes `productNews` means `product-news`.
 */
export function categoryPolicies(categories: readonly CategoryRule[]): CategoryPolicies {
  const policies = new Map<string, CategoryPolicy>();
  const taken = new Set(categories.flatMap(({ id, renamed_from }) => [id, ...renamed_from]));
  for (const { id, consent = 'opt_in', legal, tracking: measured = 'opt_in', renamed_from } of categories) {
    const declared = [id, ...renamed_from];
    const together = declared.map((name) => name.replaceAll('-', '')).filter((name) => !taken.has(name));
    const policy: CategoryPolicy = { names: [...declared, ...new Set(together)], consent, legal, tracking: measured };
    for (const name of policy.names) policies.set(name, policy);
  }
  return policies;
}

/** The policy of a category that the playbook does not know: as its decision named it; whatever is open asks for a grant. */
export const undeclared = (category: string, { consent = '', legal = false } = {}): CategoryPolicy => ({
  names: [category],
  consent: consent === 'opt_out' ? 'opt_out' : 'opt_in',
  legal,
  tracking: 'opt_in',
});

/** Whether `a` is the later word of two about one name; a tie goes to the withdrawal. */
const isLater = (a: Consent, b: Consent): boolean => {
  const later = Date.parse(a.changed_at) - Date.parse(b.changed_at);
  return later > 0 || (later === 0 && !a.granted && b.granted);
};

/** The last word about any of these names. */
function lastWord(consents: Consents, names: readonly string[]): Consent | undefined {
  let last: Consent | undefined;
  for (const name of names) {
    const word = own(consents, name);
    if (word !== undefined && (last === undefined || isLater(word, last))) last = word;
  }
  return last;
}

/**
 * Why a mail of this category may not be sent to a person with these consents; undefined where it may. `opt_out`: the category or
 * all mail was withdrawn. `no_consent`: the category is opt-in and nobody has granted it; a grant of `all` does not stand in.
 */
export function mailRefusal(consents: Consents, policy: CategoryPolicy): 'opt_out' | 'no_consent' | undefined {
  if (policy.legal) return undefined;
  const word = lastWord(consents, policy.names);
  if (word?.granted === false || lastWord(consents, [everyMail])?.granted === false) return 'opt_out';
  return policy.consent === 'opt_in' && word === undefined ? 'no_consent' : undefined;
}

/** Whether opens and clicks of a mail may be measured: a pixel, rewritten links, and what comes back by them. */
export function mayTrack(consents: Consents, { legal, tracking: mode }: CategoryPolicy): boolean {
  if (legal) return false;
  const word = lastWord(consents, [tracking]);
  return word === undefined ? mode === 'opt_out' : word.granted;
}

/** What was granted or unsaid before and is withdrawn now. */
export const newlyWithdrawn = (before: Consents, after: Consents): string[] =>
  Object.entries(after).flatMap(([name, { granted }]) => (granted || own(before, name)?.granted === false ? [] : [name]));

/** So many names one person's consents may have. */
export const mostConsents = 64;

/** Merges two views of a person's consents, name by name: the later word wins, a tie goes to the withdrawal. */
export function mergeConsents(a: Consents, b: Consents): Consents {
  const merged = new Map(Object.entries(a));
  for (const [name, theirs] of Object.entries(b)) {
    const ours = merged.get(name);
    if (ours === undefined || isLater(theirs, ours)) merged.set(name, theirs);
  }
  return Object.fromEntries(bounded(merged));
}

/**
 * Keeps a view within `mostConsents` names. The oldest grants are forgotten first. Where only withdrawals are left, all mail is
 * withdrawn before the oldest of them is forgotten, so that none loses its effect.
 */
function bounded(words: ReadonlyMap<string, Consent>): ReadonlyMap<string, Consent> {
  if (words.size <= mostConsents) return words;
  const kept = [...words].toSorted(
    ([one, a], [two, b]) =>
      Number(isReserved(two)) - Number(isReserved(one)) ||
      Number(a.granted) - Number(b.granted) ||
      Date.parse(b.changed_at) - Date.parse(a.changed_at) ||
      (one < two ? -1 : 1),
  );
  const forgotten = kept.splice(mostConsents - 1).filter(([name]) => name !== everyMail);
  const lost = forgotten.find(([, { granted }]) => !granted)?.[1];
  const all = words.get(everyMail);
  const bound = new Map(kept);
  if (lost !== undefined && all?.granted !== false) bound.set(everyMail, { ...lost, by: 'too many withdrawals' });
  else if (lost === undefined && forgotten[0] !== undefined) bound.set(...forgotten[0]);
  return bound;
}

const isReserved = (name: string): boolean => name === everyMail || name === tracking;
