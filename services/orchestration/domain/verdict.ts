import type { DataOf, messages } from '#contracts';
import { localTime } from './calendar.ts';
import { countSent } from './caps.ts';
import type { Candidate, Deferral } from './candidate.ts';
import { zoneOf, type Person } from './person.ts';
import { policyOf, type OrchestrationRules, type Play } from './rules.ts';

export type Drop = 'expired' | 'exit' | 'opt_out' | 'repeated' | 'too_many' | 'play_removed';

/** Who competed at one instant: the ids of the first ones in the order judged, and how many there were. */
export interface Rivals {
  readonly first: readonly string[];
  readonly count: number;
}
/** So many rivals are named in a decision: fifty times fifty of them would be a megabyte a day for one person. */
export const rivalsNamed = 5;
export const noRivals: Rivals = { first: [], count: 0 };

/** What is decided about one candidate; `rivals` are those it competed with at this instant, itself among them. */
export type Verdict =
  | { readonly decision: 'sent'; readonly candidate: Candidate; readonly rivals: Rivals }
  | {
      readonly decision: 'deferred';
      readonly candidate: Candidate;
      readonly reason: Deferral;
      readonly nextTry: number;
      readonly rivals: Rivals;
    }
  | { readonly decision: 'dropped'; readonly candidate: Candidate; readonly reason: Drop };

/** A decision as it is published, without what the runtime adds. */
export type MessageData = Omit<DataOf<typeof messages>, 'id' | 'person_id' | 'at' | 'cause'>;

export const drop = (candidate: Candidate, reason: Drop): Verdict => ({ decision: 'dropped', candidate, reason });

/** A candidate after a deferral. */
export const deferredOf = ({ candidate, reason, nextTry }: Extract<Verdict, { decision: 'deferred' }>): Candidate => ({
  ...candidate,
  nextTry,
  deferred: reason,
});

const iso = (at: number): string => new Date(at).toISOString();

/** The numbers that all verdicts of one instant were judged by: as they stood before the first of them. */
export function numbersOf(person: Person, at: number, rules: OrchestrationRules): MessageData['numbers'] {
  const zone = zoneOf(person, rules);
  const counts = countSent(person.sent ?? [], rules.calendar(zone, at));
  return {
    zone,
    local: localTime(zone, at),
    window_from: rules.window.from,
    window_to: rules.window.to,
    sent_today: counts.today,
    daily_cap: rules.dailyCap,
    behaviour_this_month: counts.behaviourThisMonth,
    monthly_cap: rules.monthlyCap,
  };
}

const competed = ({ first, count }: Rivals): Pick<MessageData, 'rivals' | 'rivals_count'> => ({
  rivals: [...first],
  rivals_count: count,
});

function outcomeOf(
  verdict: Verdict,
  rules: OrchestrationRules,
): Pick<MessageData, 'decision' | 'reason' | 'rivals' | 'rivals_count'> & Partial<MessageData> {
  const { candidate, decision } = verdict;
  switch (decision) {
    case 'sent':
      return {
        decision,
        reason: 'due',
        ...competed(verdict.rivals),
        template: (rules.plays.get(candidate.play) as Play).template,
        variables: candidate.variables,
      };
    case 'deferred':
      return { decision, reason: verdict.reason, ...competed(verdict.rivals), next_try: iso(verdict.nextTry) };
    case 'dropped':
      return {
        decision,
        reason: verdict.reason,
        ...competed(noRivals),
        ...(candidate.deferred === undefined ? {} : { last_reason: candidate.deferred }),
      };
  }
}

/** A verdict in the words of the contract. */
export function messageOf(
  verdict: Verdict,
  numbers: MessageData['numbers'],
  person: Person,
  rules: OrchestrationRules,
): MessageData {
  const { candidate } = verdict;
  const { legal, consent } = policyOf(rules, candidate.category);
  return {
    ...outcomeOf(verdict, rules),
    candidate: {
      id: candidate.id,
      play: candidate.play,
      category: candidate.category,
      legal,
      consent,
      behaviour: candidate.behaviour,
      priority: candidate.priority,
      occurred_at: iso(candidate.occurredAt),
      not_after: iso(candidate.notAfter),
      cause: { id: candidate.trigger.id, topic: candidate.trigger.topic },
      trigger: { topic: candidate.trigger.topic, name: candidate.trigger.name },
      ...(candidate.trace !== undefined && { trace: candidate.trace }),
    },
    numbers,
    rule: { id: candidate.play, version: rules.version },
    replayed: person.replayed ?? false,
  };
}
