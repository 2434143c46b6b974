import { judge } from './arbiter.ts';
import { byPrecedence, type Candidate } from './candidate.ts';
import { enter, unchanged, type Step } from './desk.ts';
import { admits, admitted, released } from './entry.ts';
import type { Happening } from './input.ts';
import { hasSeen, markSeen, openLimit } from './person.ts';
import type { Person } from './person.ts';
import { policyOf, type OrchestrationRules, type Play } from './rules.ts';
import { candidatesOf, exitedPlays } from './triggers.ts';
import { drop } from './verdict.ts';

/** A new candidate joins the open ones, unless its play has taken the person in too short a time ago. It is judged by a wake of its own instant; at once if legal or too late already. */
function add(step: Step, candidate: Candidate, at: number, rules: OrchestrationRules): Step {
  if (hasSeen(step.person, candidate.id)) return step;
  const play = rules.plays.get(candidate.play) as Play;
  const late = candidate.notAfter <= at;
  if (!late && !admits(step.person, play, at))
    return enter(
      { ...step, person: markSeen(step.person, candidate.id), added: step.added + 1 },
      [drop(candidate, 'repeated')],
      at,
      rules,
    );
  const before = late ? step.person : admitted(step.person, play, at, rules.plays);
  const person = markSeen(
    { ...before, open: [...before.open, candidate].toSorted(byPrecedence), judged_by: rules.judging },
    candidate.id,
  );
  const joined: Step = { ...step, person, added: step.added + 1 };
  if (policyOf(rules, candidate.category).legal || late) return enter(joined, judge([candidate], person, at, rules), at, rules);
  const last = person.open.length > openLimit ? person.open.at(-1) : undefined;
  return last === undefined ? joined : enter(joined, [drop(last, 'too_many')], at, rules);
}

/** A mail that is on its way may be put back: then it must not be sent for a reason that is gone. */
function markExited(person: Person, exited: readonly Play[]): Person {
  const sent = person.sent?.map((mail) =>
    mail.exited !== true && exited.some(({ id }) => id === mail.play) ? { ...mail, exited: true as const } : mail,
  );
  return sent === undefined || sent.every((mail, n) => mail === person.sent?.[n]) ? person : { ...person, sent };
}

/** Takes an event, a score, a stage or a milestone: what it withdraws leaves before what it starts comes. */
export function onHappening(person: Person, message: Happening, rules: OrchestrationRules): Step {
  const idle = person.open.length === 0 && person.sent === undefined && person.entered === undefined;
  const exited = idle ? [] : exitedPlays(message, person, rules);
  const withdrawn = exited.length === 0 ? [] : person.open.filter(({ play }) => exited.some(({ id }) => id === play));
  const left = enter(
    unchanged(released(markExited(person, exited), exited)),
    withdrawn.map((candidate) => drop(candidate, 'exit')),
    message.at,
    rules,
  );
  return candidatesOf(message, person, rules).reduce((step, candidate) => add(step, candidate, message.at, rules), left);
}
