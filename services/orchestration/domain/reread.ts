import { byPrecedence, type Candidate } from './candidate.ts';
import { enter, unchanged, type Step } from './desk.ts';
import type { Person } from './person.ts';
import type { OrchestrationRules, Play } from './rules.ts';
import { drop } from './verdict.ts';

/** A candidate as its play's rule is now. */
export const ruledBy = (candidate: Candidate, { category, priority, notAfterMs }: Play): Candidate => ({
  ...candidate,
  category,
  priority,
  notAfter: candidate.occurredAt + notAfterMs,
});

/**
 * A changed playbook counts at once: what was deferred by an older one is judged by the new one at a wake of its own, or at the person's next
 * record. A play that is gone takes its candidates with it.
 */
export function reread(person: Person, at: number, rules: OrchestrationRules): Step {
  if (person.open.length === 0 || person.judged_by === rules.judging) return unchanged(person);
  const open = person.open.map((candidate) => {
    const play = rules.plays.get(candidate.play);
    if (play === undefined) return candidate;
    const nextTry =
      candidate.deferred === undefined || candidate.deferred === 'no_address'
        ? candidate.nextTry
        : Math.min(candidate.nextTry, at);
    return { ...ruledBy(candidate, play), nextTry };
  });
  open.sort(byPrecedence);
  const removed = open.filter(({ play }) => !rules.plays.has(play));
  return enter(
    unchanged({ ...person, open, judged_by: rules.judging }),
    removed.map((candidate) => drop(candidate, 'play_removed')),
    at,
    rules,
  );
}
