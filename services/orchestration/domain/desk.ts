import { rememberSent } from './caps.ts';
import { zoneOf, type Person } from './person.ts';
import { policyOf, type OrchestrationRules } from './rules.ts';
import { deferredOf, type Verdict } from './verdict.ts';

/** A person, and what has been decided about them so far in answer to one message. */
export interface Step {
  readonly person: Person;
  readonly verdicts: readonly Verdict[];
  /** Candidates that are new. */
  readonly added: number;
  /** Candidates that were sent and are open again. */
  readonly putBack: number;
}

export const unchanged = (person: Person): Step => ({ person, verdicts: [], added: 0, putBack: 0 });

/** Writes verdicts into the person: ended candidates leave, deferred ones wait, what was sent counts under the caps. */
export function enter(step: Step, verdicts: readonly Verdict[], at: number, rules: OrchestrationRules): Step {
  if (verdicts.length === 0) return step;
  const decided = new Map(verdicts.map((verdict) => [verdict.candidate.id, verdict]));
  const open = step.person.open.flatMap((candidate) => {
    const verdict = decided.get(candidate.id);
    if (verdict === undefined) return [candidate];
    return verdict.decision === 'deferred' ? [deferredOf(verdict)] : [];
  });
  const mails = verdicts.filter(({ decision, candidate }) => decision === 'sent' && !policyOf(rules, candidate.category).legal);
  let person: Person = { ...step.person, open };
  for (const { candidate } of mails) {
    const { date } = rules.calendar(zoneOf(person, rules), at);
    const { id, play, behaviour } = candidate;
    person = { ...person, sent: rememberSent(person.sent ?? [], { at, date, behaviour, candidate: id, play }) };
  }
  return { ...step, person, verdicts: [...step.verdicts, ...verdicts] };
}
