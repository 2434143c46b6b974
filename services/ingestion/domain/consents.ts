import { derivedId, namespace, type DataOf, type identified, type outcomes } from '#contracts';
import { consentName, cut, everyMail, isMap, isPlainNo, saidBy, type Statement } from '#facts';
import { isConsentField, isGrantAct, isNothing, isWithdrawalAct } from './consent-fields.ts';

type Call = DataOf<typeof identified>;
/** One word about one name, before it is known whose it is. */
export type Word = Pick<Statement, 'name' | 'granted' | 'unclear' | 'explicit'>;
/** What of a call may speak of consents. */
export type Speech = Pick<Call, 'type' | 'event' | 'traits' | 'context' | 'properties' | 'rest'>;

/** So many names with a yes and so many with a no are heard of one call; a profile has room for fewer. */
const mostWords = 100;
/** How deep maps of names are looked into. */
const deepest = 3;

/** What a call says about consents, as docs/how-to/consent.md has it. `at`: its arrival, epoch ms. */
export function statementsOf(call: Call, at: number): readonly Statement[] {
  const words = wordsOf(call);
  if (words.length === 0) return words as [];
  const heard = [false, true].flatMap((yes) => namedOnce(words.filter(({ granted }) => granted === yes)).slice(0, mostWords));
  const said = { ...authorOf(call), claimed: Date.parse(call.occurred_at), arrived: at };
  return heard.map((word) => ({ ...word, ...said }));
}

/**
 * What a person withdrew by a mail, as its feedback tells; `at`: when that arrived, epoch ms. The moment of the click may be later than
 * that by the clock of a task that is behind: a grant made between the two does not lift it.
 */
export const statementsOfMail = ({ consents = {} }: DataOf<typeof outcomes>, at: number): readonly Statement[] =>
  Object.entries(consents).flatMap(([name, { granted, changed_at }]) => {
    const published = Date.parse(changed_at) || at;
    const arrived = Math.max(at, published);
    return granted ? [] : [{ name, granted, source: 'mail', by: 'mail', claimed: arrived, arrived, published }];
  });

/** How much of a call about consents was not understood. What is said of a name counts as no; a grant of nothing grants nothing. */
export const unclearIn = (call: Call, statements: readonly Statement[]): number =>
  statements.filter(({ unclear }) => unclear !== undefined).length +
  (isGrantAct(call) && !statements.some(({ explicit }) => explicit) ? 1 : 0);

/** A list that says the same of one name many times leaves room for the others. */
const namedOnce = (words: readonly Word[]): readonly Word[] => {
  const byName = new Map<string, Word>();
  for (const word of words) if (!byName.has(word.name) || word.explicit === true) byName.set(word.name, word);
  return [...byName.values()];
};

/** All that a call says, in the order of its places. Where only a slip puts a consent, a clear no is heard and nothing else. */
export function wordsOf(call: Speech): readonly Word[] {
  const { type, traits, context, rest } = call;
  const words: Word[] = [];
  if (traits !== undefined) {
    if (type === 'identify') words.push(...fromTraits(traits));
    else if (type !== 'group') words.push(...clearNoes(fromTraits(traits))); // a group's traits are nobody's own
  }
  if (context !== undefined) {
    if (isMap(context['traits'])) words.push(...fromTraits(context['traits']));
    words.push(...fromSegment(context['consent']), ...fromRudderStack(context['consentManagement']));
    words.push(...clearNoes(fromTraits(context)));
  }
  if (rest !== undefined) words.push(...clearNoes(fromTraits(rest)));
  words.push(...fromEvent(call));
  return words;
}

const clearNoes = (words: readonly Word[]): readonly Word[] =>
  words.filter(({ granted, unclear }) => !granted && unclear === undefined);

/** Whose word it is: each device repeats what it has stored, so each has a word of its own. */
function authorOf({ source, anonymous_id: device, replayed }: Call): Pick<Statement, 'source' | 'by'> {
  const by = replayed === true ? 'import' : known.has(source) ? source : `site ${cut(source, 40)}`;
  return { by, source: device === undefined ? by : `${by} ${fingerprint(device)}` };
}

/** Write keys of these names speak for themselves. */
const known: ReadonlySet<string> = new Set(['import', 'operator']);

/** Tells the devices of one person apart, and keeps no id. */
const fingerprint = (device: string): string => cut(derivedId(device, namespace), 8);

function fromTraits(traits: Readonly<Record<string, unknown>>): readonly Word[] {
  return Object.entries(traits).flatMap(([name, value]): readonly Word[] => {
    if (!isConsentField(name, value) || isNothing(value)) return [];
    return name.toLowerCase() === 'unsubscribed' ? [unsubscribed(value)] : fromMap(value);
  });
}

/** Only a plain no takes a withdrawal back. `true`, `"unsubscribed"`, `"denied"` withdraw all mail; what nobody understands does too. */
function unsubscribed(value: unknown): Word {
  if (isPlainNo(value)) return { name: everyMail, granted: true };
  const { unclear } = saidBy(value);
  return { name: everyMail, granted: false, ...(unclear === undefined ? {} : { unclear }) };
}

/**
 * Names with a yes or a no each. A bare yes or no (also as `{ granted: … }`) is about all mail; what is neither counts as no to all
 * mail. Where a name has a map of names, its clear noes are heard as well.
 */
function fromMap(value: unknown, depth = 0): readonly Word[] {
  if (isNothing(value)) return [];
  if (!isMap(value)) return [{ name: everyMail, ...saidBy(value) }];
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === 'granted') return [{ name: everyMail, ...saidBy(value) }];
  return entries.flatMap(([key, stated]): readonly Word[] => {
    const said = saidBy(stated);
    const name = consentName(key);
    const word = name === undefined && said.granted ? [] : [{ name: name ?? everyMail, ...said }];
    const deeper = said.unclear !== undefined && isMap(stated) && depth < deepest;
    return deeper ? [...word, ...clearNoes(fromMap(stated, depth + 1))] : word;
  });
}

/** Segment: `context.consent.categoryPreferences`. */
const fromSegment = (consent: unknown): readonly Word[] => fromMap(isMap(consent) ? consent['categoryPreferences'] : consent);

/** RudderStack: `context.consentManagement` with `allowedConsentIds` and `deniedConsentIds`. */
function fromRudderStack(management: unknown): readonly Word[] {
  if (!isMap(management)) return fromMap(management);
  return [...grantsOf(management['allowedConsentIds']), ...withdrawalsOf(management['deniedConsentIds'])];
}

/** `Consent Granted` and `Consent Withdrawn`: acts of the person, about `category` or `categories`; a withdrawal of nothing is of all mail. */
function fromEvent(call: Speech): readonly Word[] {
  const { category, categories, granted = true } = call.properties ?? {};
  if (isGrantAct(call)) {
    const said = saidBy(granted);
    const words = [category, categories].flatMap(grantsOf);
    return words.map((word) => (word.granted ? { ...word, ...(said.granted ? { explicit: true } : said) } : word));
  }
  if (!isWithdrawalAct(call)) return [];
  const words = [category, categories].flatMap(withdrawalsOf);
  return words.length === 0 ? [{ name: everyMail, granted: false }] : words;
}

/** A name, a list of names, or a map that says yes or no to each. What has no name grants nothing. */
const grantsOf = (value: unknown): readonly Word[] =>
  isMap(value) ? fromMap(value) : listOf(value).flatMap((name) => (name === undefined ? [] : [{ name, granted: true }]));

/** A name, names in one text (`news, offers`), a list of names, or a map by names. What has no name is all mail. */
const withdrawalsOf = (value: unknown): readonly Word[] =>
  listOf(isMap(value) ? Object.keys(value) : value, everyName).map((name) => ({ name: name ?? everyMail, granted: false }));

function listOf(value: unknown, named = oneName): readonly (string | undefined)[] {
  if (isNothing(value)) return [];
  return (Array.isArray(value) ? (value as readonly unknown[]) : [value]).flatMap((name) =>
    typeof name === 'string' || typeof name === 'number' ? named(String(name)) : [undefined],
  );
}

const oneName = (text: string): readonly (string | undefined)[] => [consentName(text)];

/** The names of a text; undefined stands for all where there are too many to be heard, or none. */
function everyName(text: string): readonly (string | undefined)[] {
  const parts = text.split(/[,;|\n]/, mostWords + 1);
  const names = parts.map(consentName).filter((name) => name !== undefined);
  return parts.length > mostWords || names.length === 0 ? [undefined] : names;
}
