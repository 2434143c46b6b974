import { mailRefusal } from '#facts';
import { insideWindow, nextOpening, type LocalDay } from './calendar.ts';
import { byPrecedence, type Candidate } from './candidate.ts';
import { countSent, type Counts } from './caps.ts';
import { zoneOf, type Person } from './person.ts';
import { policyOf, type OrchestrationRules } from './rules.ts';
import { drop, noRivals, rivalsNamed, type Rivals, type Verdict } from './verdict.ts';

/** The two caps, as the playbook sets them. */
type Caps = Pick<OrchestrationRules, 'dailyCap' | 'monthlyCap'>;

/**
 * What holds a candidate back at an instant, and until when. Where several things do, the one that holds it longest is named: it is
 * the true reason, and there is one decision instead of one for each.
 */
function heldBack(
  candidate: Candidate,
  at: number,
  day: LocalDay,
  sent: Counts,
  caps: Caps,
): { reason: 'milestone_monthly_cap' | 'daily' | 'window'; nextTry: number } | undefined {
  if (candidate.behaviour && sent.behaviourThisMonth >= caps.monthlyCap)
    return { reason: 'milestone_monthly_cap', nextTry: day.nextMonthOpens };
  if (sent.today >= caps.dailyCap) return { reason: 'daily', nextTry: day.tomorrowOpens };
  if (!insideWindow(day, at)) return { reason: 'window', nextTry: nextOpening(day, at) };
  return undefined;
}

/** Rivals of one instant, judged in their order: who is sent takes his place under the caps before the next one is looked at. */
function compete(rivals: readonly Candidate[], at: number, day: LocalDay, before: Counts, caps: Caps): readonly Verdict[] {
  const judged = rivals.toSorted(byPrecedence);
  const competed: Rivals = { first: judged.slice(0, rivalsNamed).map(({ id }) => id), count: judged.length };
  let sent = before;
  return judged.map((candidate): Verdict => {
    const held = heldBack(candidate, at, day, sent, caps);
    if (held !== undefined) return { decision: 'deferred', candidate, ...held, rivals: competed };
    sent = { today: sent.today + 1, behaviourThisMonth: sent.behaviourThisMonth + (candidate.behaviour ? 1 : 0) };
    return { decision: 'sent', candidate, rivals: competed };
  });
}

/**
 * What settles a candidate without a competition: its time is over, the person has opted out, has not opted in, has no address, or
 * the mail is legal. A person without an address, or without the grant that an opt-in category asks for, may give it later (the
 * platform often learns it a moment after, and an anonymous start is usual): the candidate waits for it, at no cost, for as long as
 * it may be sent at all.
 */
function alone(candidate: Candidate, person: Person, at: number, rules: OrchestrationRules): Verdict | undefined {
  if (candidate.notAfter <= at) return drop(candidate, 'expired');
  const policy = policyOf(rules, candidate.category);
  const refusal = mailRefusal(person.consents ?? {}, policy);
  if (refusal === 'opt_out') return drop(candidate, 'opt_out');
  const missing = refusal ?? (person.addressed === true ? undefined : 'no_address');
  if (missing !== undefined)
    return { decision: 'deferred', candidate, reason: missing, nextTry: candidate.notAfter, rivals: noRivals };
  return policy.legal ? { decision: 'sent', candidate, rivals: noRivals } : undefined;
}

/** Judges candidates whose next try has come; one verdict for each. */
export function judge(due: readonly Candidate[], person: Person, at: number, rules: OrchestrationRules): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  const rivals: Candidate[] = [];
  for (const candidate of due) {
    const verdict = alone(candidate, person, at, rules);
    if (verdict === undefined) rivals.push(candidate);
    else verdicts.push(verdict);
  }
  if (rivals.length === 0) return verdicts;
  const day = rules.calendar(zoneOf(person, rules), at);
  return [...verdicts, ...compete(rivals, at, day, countSent(person.sent ?? [], day), rules)];
}
