import type { Cause } from '#contracts';
import { printable } from '../printable.ts';
import type { AnyEntry, History } from './history.ts';
import { rounded, says } from './says.ts';

/** One thing that happened, with where it stands on the log. */
export interface Step {
  readonly at: string;
  /** collected, identified, event, score, stage, milestone, timer, deferred, sent, dropped, hit, or what became of the mail. */
  readonly what: string;
  readonly says: string;
  readonly record?: string;
  /** What else came of the same event; it did not lead to this mail. */
  readonly aside?: true;
}

/** How one candidate came about, how it was decided and, if it was sent, what became of its mail. */
export interface CandidateStory {
  readonly candidateId: string;
  /** The W3C `traceparent` of the work that made it a candidate. */
  readonly trace?: string;
  readonly messageId?: string;
  readonly title: string;
  readonly steps: readonly Step[];
}

export interface Story {
  readonly personId: string;
  /** What is known of the person now, a line each. */
  readonly person: readonly string[];
  readonly candidates: readonly CandidateStory[];
}

/** The story of a person, or of one candidate of theirs, from their records. */
export function storyOf(history: History, candidateId?: string): Story {
  const decisions = Map.groupBy(of(history, 'messages.v1'), ({ data }) => data.candidate.id);
  const told = [...decisions].filter(([id]) => candidateId === undefined || id === candidateId);
  return {
    personId: history.personId,
    person: now(history).map(printable),
    candidates: told.map(([id, entries]) => candidate(history, id, entries)),
  };
}

/** Ids of the events that the story rests on. */
export function eventsBehind(history: History, candidateId?: string): Set<string> {
  const decided = of(history, 'messages.v1').filter(({ data }) => candidateId === undefined || data.candidate.id === candidateId);
  const entries = decided.flatMap(({ data }) => chain(history, data.candidate.cause, new Set()).entries);
  return new Set(entries.filter(({ topic }) => topic === 'events.v1').map(({ data }) => data.id));
}

function of<Topic extends AnyEntry['topic']>(history: History, topic: Topic): Extract<AnyEntry, { topic: Topic }>[] {
  return history.entries.filter((entry): entry is Extract<AnyEntry, { topic: Topic }> => entry.topic === topic);
}

type Decided = Extract<AnyEntry, { topic: 'messages.v1' }>;

function candidate(history: History, candidateId: string, decisions: readonly Decided[]): CandidateStory {
  // The last one: a mail that was put back is no mail, and its candidate may have been sent again.
  const sent = decisions.findLast(({ data }) => data.decision === 'sent');
  const last = decisions.at(-1);
  const trigger = chain(history, last?.data.candidate.cause, new Set());
  return {
    candidateId,
    ...(sent !== undefined && { messageId: sent.data.id }),
    ...(last?.data.candidate.trace !== undefined && { trace: printable(last.data.candidate.trace) }),
    title: printable(`${last?.data.candidate.play ?? ''} (${last?.data.candidate.category ?? ''}): ${last?.data.decision ?? ''}`),
    steps: [
      ...trigger.steps,
      ...decisions.flatMap((entry) => [step(entry, rivalsOf(history, entry)), ...afterwards(history, entry)]),
    ],
  };
}

/** What became of the mail of a `sent` decision. */
function afterwards(history: History, { data: { id, decision } }: Decided): Step[] {
  const ofMail = [...of(history, 'hits.v1'), ...of(history, 'outcomes.v1')].filter(({ data }) => data.message_id === id);
  return decision === 'sent' ? ofMail.map((entry) => step(entry)).sort(byInstant) : [];
}

/** From the trigger back to the click, told from the click on. A record that is no longer on the log ends it. `told`: ids not to repeat. */
function chain(history: History, cause: Cause | undefined, told: Set<string>): { steps: Step[]; entries: AnyEntry[] } {
  if (cause === undefined || told.has(cause.id)) return { steps: [], entries: [] };
  told.add(cause.id);
  const entry = history.entries.find(({ data }) => data.id === cause.id);
  if (entry === undefined) return { steps: [timer(cause) ?? gone(cause)], entries: [] };
  const since = chain(history, countedFrom(history, entry), told);
  const before = chain(history, 'cause' in entry.data ? entry.data.cause : undefined, told);
  return {
    steps: [
      ...since.steps,
      ...before.steps,
      step(entry),
      ...(entry.topic === 'events.v1' ? asides(history, entry.data.id, told) : []),
    ],
    entries: [...since.entries, ...before.entries, entry],
  };
}

/** The event that time was counted from, where time alone brought it about. */
function countedFrom(history: History, { topic, data }: AnyEntry): Cause | undefined {
  if (topic === 'stages.v1' && data.cause.wake_at !== undefined)
    return data.evidence.event_id === undefined ? undefined : { id: data.evidence.event_id };
  if (topic !== 'milestones.v1' || data.cause.wake_at === undefined) return undefined;
  const first = Date.parse(data.aggregates.first_at ?? '');
  const event = of(history, 'events.v1').find(({ data: { moment } }) => Date.parse(moment) === first);
  return event && { id: event.data.id };
}

const timer = ({ wake_at, processor }: Cause): Step | undefined =>
  wake_at === undefined
    ? undefined
    : { at: wake_at, what: 'timer', says: `time alone: ${processor ?? 'a processor'} had named this instant` };

const gone = ({ id, topic, partition, offset }: Cause): Step => ({
  at: '',
  what: 'gone',
  says: `${topic === undefined ? `record ${id}` : `${topic} ${String(partition)}/${String(offset)}`} is no longer on the log`,
});

/** What else the event moved: scores, stages, milestones. */
function asides(history: History, eventId: string, told: ReadonlySet<string>): Step[] {
  const moved = [...of(history, 'scores.v1'), ...of(history, 'stages.v1'), ...of(history, 'milestones.v1')];
  return moved
    .filter(({ data }) => data.cause.id === eventId && !told.has(data.id))
    .map((entry) => ({ ...step(entry), aside: true }));
}

/** The first of those who competed at that instant and what was decided about them then, in the order judged. */
function rivalsOf(history: History, { data }: Decided): string[] {
  const then = of(history, 'messages.v1').filter((other) => other.data.at === data.at);
  const named = data.rivals.map((rival, i) => {
    const decided = then.find((other) => other.data.candidate.id === rival)?.data;
    if (decided === undefined) return `${String(i + 1)}. ${rival} (no decision)`;
    const { play, priority, not_after } = decided.candidate;
    const what = rival === data.candidate.id ? 'this' : `${decided.decision}: ${decided.reason}`;
    return `${String(i + 1)}. ${play}, priority ${String(priority)}, until ${not_after} (${what})`;
  });
  const others = data.rivals_count - named.length;
  return others > 0 ? [...named, `and ${String(others)} more`] : named;
}

const words: Partial<Record<AnyEntry['topic'], string>> = {
  'collected.v1': 'collected',
  'identified.v1': 'identified',
  'events.v1': 'event',
  'scores.v1': 'score',
  'stages.v1': 'stage',
  'milestones.v1': 'milestone',
  'hits.v1': 'hit',
  'profiles.v1': 'profile',
};

function step(entry: AnyEntry, rivals: readonly string[] = []): Step {
  const { topic, partition, offset, data } = entry;
  const what = topic === 'messages.v1' ? data.decision : topic === 'outcomes.v1' ? data.outcome : (words[topic] ?? topic);
  const at = topic === 'outcomes.v1' || topic === 'milestones.v1' ? data.occurred_at : data.at;
  return { at, what, says: says(entry, rivals), record: `${topic} ${String(partition)}/${String(offset)}` };
}

const byInstant = (a: Step, b: Step): number => Date.parse(a.at) - Date.parse(b.at);

type Profile = Extract<AnyEntry, { topic: 'profiles.v1' }>['data'];

function now(history: History): string[] {
  const profile = of(history, 'profiles.v1').at(-1)?.data;
  const score = of(history, 'scores.v1').at(-1)?.data;
  const stage = of(history, 'stages.v1').at(-1)?.data;
  const reached = of(history, 'milestones.v1').map(
    ({ data }) => `${data.milestone} (${data.aggregates.local_date ?? data.occurred_at.slice(0, 10)})`,
  );
  const who = [
    profile?.name,
    profile?.email ?? (profile?.email_refused === undefined ? undefined : `no address (${profile.email_refused})`),
    profile?.user_id === undefined ? undefined : `user ${profile.user_id}`,
    profile?.locale,
    profile?.zone,
  ];
  return [
    who.filter((word) => word !== undefined).join(', ') || 'no profile',
    ...(profile?.replayed === true
      ? [
          'made by a replay: mails go to the development inbox; up to the decision times are those of the history, from there on real ones',
        ]
      : []),
    ...consentLines(profile?.consents ?? {}),
    ...(score === undefined ? [] : [`score ${rounded(score.total)} (${score.band}) at ${score.at}`]),
    ...(stage === undefined ? [] : [`stage ${stage.to} since ${stage.occurred_at}`]),
    ...(reached.length === 0 ? [] : [`milestones ${reached.join(', ')}`]),
  ];
}

/** What the person granted and withdrew, a line each: since when, by whom, and what was sent where nobody understood it. */
function consentLines(consents: Profile['consents']): string[] {
  return Object.entries(consents).map(([name, { granted, changed_at, by, unclear }]) => {
    const how = unclear === undefined ? '' : `; sent as ${JSON.stringify(unclear)}, which is not understood and counts as no`;
    return `${granted ? 'granted' : 'withdrawn'}: ${name}, ${changed_at}${by === undefined ? '' : ` by ${by}`}${how}`;
  });
}
