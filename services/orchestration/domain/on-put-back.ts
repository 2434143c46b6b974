import type { DataOf, outcomes } from '#contracts';
import { mailRefusal } from '#facts';
import { byPrecedence, type Candidate } from './candidate.ts';
import { enter, unchanged, type Step } from './desk.ts';
import { hasPutBack, markPutBack, openLimit, zoneOf, type Person } from './person.ts';
import { ruledBy } from './reread.ts';
import { policyOf, type OrchestrationRules } from './rules.ts';
import { roomFor } from './variables.ts';
import { drop, noRivals, type Verdict } from './verdict.ts';

type Outcome = DataOf<typeof outcomes>;
type PutBack = NonNullable<Outcome['put_back']>;

/**
 * A mail was not sent: other ids of its mailbox have had the mailbox's share. It no longer counts under the person's own caps, and its
 * candidate waits again until the next local day or month opens. An outcome may be heard twice; the second time does nothing.
 */
export function onPutBack(person: Person, outcome: Outcome, at: number, rules: OrchestrationRules): Step {
  const { message_id: messageId, put_back: given, reason } = outcome;
  if (given === undefined || hasPutBack(person, messageId) || isOpen(person, given.candidate.id)) return unchanged(person);
  const decidedAt = Date.parse(outcome.at);
  const sent = (person.sent ?? []).filter((mail) => mail.candidate !== given.candidate.id || mail.at !== decidedAt);
  const exited = person.sent?.some((mail) => mail.candidate === given.candidate.id && mail.exited === true) ?? false;
  const day = rules.calendar(zoneOf(person, rules), decidedAt);
  const held = reason === 'mailbox_monthly' ? 'mailbox_monthly' : 'mailbox_daily';
  const nextTry = Math.max(at, held === 'mailbox_monthly' ? day.nextMonthOpens : day.tomorrowOpens);
  const play = rules.plays.get(given.candidate.play);
  const returned = candidateOf(given, decidedAt);
  const old: Candidate = { ...returned, variables: roomFor(returned.variables, person.open), nextTry, deferred: held };
  const candidate = play === undefined ? old : ruledBy(old, play);
  const open = [...person.open, candidate].toSorted(byPrecedence);
  const back: Step = {
    ...unchanged({ ...markPutBack(person, messageId), sent, open, judged_by: rules.judging }),
    putBack: 1,
  };
  const step = enter(back, [verdict(candidate)], at, rules);
  const last = step.person.open.length > openLimit ? step.person.open.at(-1) : undefined;
  return last === undefined ? step : enter(step, [drop(last, 'too_many')], at, rules);

  function verdict(one: Candidate): Verdict {
    if (play === undefined) return drop(one, 'play_removed');
    if (exited) return drop(one, 'exit');
    if (one.notAfter <= at) return drop(one, 'expired');
    if (mailRefusal(person.consents ?? {}, policyOf(rules, one.category)) === 'opt_out') return drop(one, 'opt_out');
    return { decision: 'deferred', candidate: one, reason: held, nextTry, rivals: noRivals };
  }
}

const isOpen = ({ open }: Person, id: string): boolean => open.some((candidate) => candidate.id === id);

const candidateOf = ({ candidate, variables }: PutBack, since: number): Omit<Candidate, 'nextTry'> => ({
  id: candidate.id,
  play: candidate.play,
  category: candidate.category,
  behaviour: candidate.behaviour,
  priority: candidate.priority,
  occurredAt: Date.parse(candidate.occurred_at),
  notAfter: Date.parse(candidate.not_after),
  since,
  trigger: { id: candidate.cause.id, topic: candidate.trigger.topic, name: candidate.trigger.name },
  ...(candidate.trace !== undefined && { trace: candidate.trace }),
  variables,
});
