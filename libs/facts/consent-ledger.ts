import { everyMail, mostConsents, tracking, type CategoryPolicies, type Consents } from './consent.ts';

/** The last word of one source about one name: was it yes, when by its own clock, when it arrived (epoch ms). */
export type Word = readonly [source: string, yes: boolean, claimed: number, arrived: number];

/** What holds for one category or purpose, and what it rests on. */
export interface Entry {
  readonly granted: boolean;
  /** Since when, epoch ms; later than whatever it overruled, so that it is the later word in every view. */
  readonly since: number;
  readonly by: string;
  readonly unclear?: string;
  /** The person granted it by an act of their own, the last time. */
  readonly explicit?: true;
  /** At most `mostWords`, the oldest first. */
  readonly words: readonly Word[];
  /** No grant that claims this instant or an earlier one counts: the arrival of withdrawals that `words` no longer show. Epoch ms. */
  readonly floor?: number;
  /** Withdrawals had to be forgotten: no grant lifts this one. */
  readonly full?: true;
}

/** What a person has said about consents, by category or purpose. */
export type Ledger = readonly (readonly [name: string, entry: Entry])[];

/** One thing said about one name. Instants are epoch ms. */
export interface Statement {
  /** As `consentName` spells it. */
  readonly name: string;
  readonly granted: boolean;
  /** What was sent, where it was not understood and counts as no. */
  readonly unclear?: string;
  /** An act of the person (`Consent Granted`), not a site's repetition of what it stores. */
  readonly explicit?: boolean;
  /** Whose word it is: a source and its device, or `mail`. */
  readonly source: string;
  /** The same, for people. */
  readonly by: string;
  readonly claimed: number;
  readonly arrived: number;
  /** A withdrawal that another service has published already: since when it says so. */
  readonly published?: number;
}

/** Names in one ledger, and sources remembered for one name. */
const mostNames = mostConsents - 16;
const mostWords = 6;

/**
 * The ledger after one more statement; the same reference where nothing changes.
 *
 * The last word by arrival holds, and a withdrawal always does. A grant over a withdrawal has to be news: that same source has said
 * no before, or the person has just acted (`explicit`). By its claimed instant it must be later than the arrival of every withdrawal
 * from others, and later than its own source's no by that source's clock; a claim from the future counts as its arrival.
 */
export function hear(ledger: Ledger, statement: Statement, categories: CategoryPolicies = new Map()): Ledger {
  const name = categories.get(statement.name)?.names[0] ?? statement.name;
  const index = ledger.findIndex(([known]) => known === name);
  const before = ledger[index]?.[1];
  const after = statement.granted ? granted(before, statement) : withdrawn(before, statement);
  if (after === before) return ledger;
  if (index >= 0) return ledger.with(index, [name, after]);
  return bounded([...ledger, [name, after]], categories);
}

/** No later than its arrival; what is no date counts as of its arrival. */
const claimOf = (claimed: number, arrived: number): number => (Number.isNaN(claimed) ? arrived : Math.min(claimed, arrived));

function withdrawn(before: Entry | undefined, { source, by, arrived, published = 0, unclear, ...statement }: Statement): Entry {
  const claimed = claimOf(statement.claimed, arrived);
  const own = before?.words.find(([known]) => known === source);
  // By its source's clock the yes was said later: repeating that yes is no news.
  const late = own?.[1] === true && claimed < own[2];
  const kept = late
    ? { words: before?.words ?? [], floor: Math.max(before?.floor ?? arrived, arrived) }
    : remember(before, [source, false, Math.max(claimed, own?.[2] ?? claimed), Math.max(arrived, own?.[3] ?? arrived)]);
  if (before?.granted === false) return { ...before, ...kept, since: Math.max(before.since, published) };
  const since = Math.max(arrived, published, before?.since ?? arrived);
  return { granted: false, since, by, ...(unclear === undefined ? {} : { unclear }), ...kept };
}

function granted(before: Entry | undefined, { source, by, arrived, explicit = false, ...statement }: Statement): Entry {
  const claimed = claimOf(statement.claimed, arrived);
  const own = before?.words.find(([known]) => known === source);
  const stale = own?.[1] === false && claimed <= own[2];
  if (before !== undefined && (stale || own?.[1] === true) && !(explicit && !stale)) return before;
  const kept = remember(before, [source, true, claimed, arrived]);
  const act = explicit ? { explicit } : {};
  if (before === undefined) return { granted: true, since: claimed, by, ...act, ...kept };
  // A later act of the person renews the grant: their mailbox may have been silenced by another id meanwhile.
  if (before.granted) return { ...before, ...kept, ...(explicit && claimed > before.since ? { ...act, since: claimed } : {}) };
  const news = explicit || own?.[1] === false;
  const latest =
    before.words.every(([known, yes, at, came]) => yes || claimed > (known === source ? at : came)) &&
    (before.floor === undefined || claimed > before.floor);
  if (!news || !latest || before.full === true)
    return { ...before, ...kept, ...(own?.[1] === false ? { floor: Math.max(before.floor ?? own[3], own[3]) } : {}) };
  return { granted: true, since: Math.max(claimed, before.since + 1), by, ...act, ...kept };
}

/** Remembers a source's word in place of its former one. Grants are forgotten first; a forgotten withdrawal raises the floor. */
function remember(before: Entry | undefined, word: Word): Pick<Entry, 'words' | 'floor'> {
  const words = [...(before?.words ?? []).filter(([source]) => source !== word[0]), word];
  const { floor } = before ?? {};
  if (words.length <= mostWords) return { words, ...(floor === undefined ? {} : { floor }) };
  const grant = words.findIndex(([source, yes]) => yes && source !== word[0]);
  const [, yes, , arrived] = words[Math.max(grant, 0)] as Word;
  const rest = words.toSpliced(Math.max(grant, 0), 1);
  if (yes) return { words: rest, ...(floor === undefined ? {} : { floor }) };
  return { words: rest, floor: Math.max(floor ?? arrived, arrived) };
}

/**
 * Keeps the ledger within `mostNames`. Grants are forgotten first: of categories that no playbook declares, then the oldest. Where
 * only withdrawals are left, all mail is withdrawn for good before one of them is forgotten.
 */
function bounded(ledger: Ledger, categories: CategoryPolicies): Ledger {
  if (ledger.length <= mostNames) return ledger;
  const worth = (name: string): number => (name === everyMail || name === tracking ? 2 : categories.has(name) ? 1 : 0);
  const [least] = ledger.toSorted(
    ([one, a], [two, b]) => Number(b.granted) - Number(a.granted) || worth(one) - worth(two) || a.since - b.since,
  );
  if (least === undefined) return ledger;
  const [forgotten, { granted: wasGranted, since }] = least;
  const left = ledger.filter(([name]) => name !== forgotten);
  if (wasGranted) return left;
  const all = left.find(([name]) => name === everyMail)?.[1];
  const sealed: Entry = {
    words: [],
    by: 'too many withdrawals',
    ...all,
    granted: false,
    since: Math.max(since, all?.since ?? since),
    full: true,
  };
  return bounded([...left.filter(([name]) => name !== everyMail), [everyMail, sealed]], categories);
}

/** What was said under former names of categories, under their present ones. */
export function renamed(ledger: Ledger, categories: CategoryPolicies): Ledger {
  if (ledger.every(([name]) => (categories.get(name)?.names[0] ?? name) === name)) return ledger;
  const entries = new Map<string, Entry>();
  for (const [former, entry] of ledger) {
    const name = categories.get(former)?.names[0] ?? former;
    const other = entries.get(name);
    entries.set(name, other === undefined ? entry : joined(other, entry));
  }
  return [...entries];
}

/** Two entries about one category: the later one holds, a tie goes to the withdrawal; of one source the later word counts. */
function joined(a: Entry, b: Entry): Entry {
  const [earlier, later] = a.since > b.since || (a.since === b.since && !a.granted) ? [b, a] : [a, b];
  const words = [...earlier.words, ...later.words].toSorted((one, two) => one[3] - two[3] || Number(two[1]) - Number(one[1]));
  const floors = [a.floor, b.floor].filter((floor) => floor !== undefined);
  const base: Entry = { ...later, words: [], ...(floors.length === 0 ? {} : { floor: Math.max(...floors) }) };
  return words.reduce<Entry>((entry, word) => ({ ...entry, ...remember(entry, word) }), base);
}

/** What others see of a ledger. */
export const consentsOf = (ledger: Ledger): Consents =>
  Object.fromEntries(
    ledger.map(([name, { granted: is, since, by, unclear, explicit }]) => [
      name,
      {
        granted: is,
        changed_at: new Date(since).toISOString(),
        by,
        ...(is || unclear === undefined ? {} : { unclear }),
        ...(is && explicit === true ? { explicit } : {}),
      },
    ]),
  );
