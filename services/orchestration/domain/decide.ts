import type { DataOf, outcomes } from '#contracts';
import { judge } from './arbiter.ts';
import { enter, unchanged, type Step } from './desk.ts';
import type { Input } from './input.ts';
import { onHappening } from './on-happening.ts';
import { onConsents, onProfile } from './on-profile.ts';
import { onPutBack } from './on-put-back.ts';
import { nobody, type Person } from './person.ts';
import { reread } from './reread.ts';
import type { OrchestrationRules } from './rules.ts';
import { messageOf, numbersOf, type MessageData } from './verdict.ts';

export interface Answer {
  readonly state: Person | undefined;
  /** Decisions to be published, in the order taken. */
  readonly decisions: readonly MessageData[];
  /** candidates, decision.sent, decision.deferred, decision.dropped.<reason>, and open: those neither sent nor dropped. */
  readonly tally: Readonly<Record<string, number>>;
}

function take(person: Person, message: Input, rules: OrchestrationRules): Step {
  if (message.kind === 'wake') {
    const due = person.open.filter(({ nextTry, notAfter }) => Math.min(nextTry, notAfter) <= message.at);
    return enter(unchanged(person), judge(due, person, message.at, rules), message.at, rules);
  }
  switch (message.topic) {
    case 'profiles.v1':
      return onProfile(person, message.data, message.at, rules);
    case 'outcomes.v1':
      return onOutcome(person, message.data, message.at, rules);
    default:
      return onHappening(person, message, rules);
  }
}

/** Caps count decisions, not what became of their mails: that happens in real time, and a replay must decide the same. */
function onOutcome(person: Person, data: DataOf<typeof outcomes>, at: number, rules: OrchestrationRules): Step {
  if (data.outcome === 'unsubscribed') return onConsents(person, data.consents ?? {}, at, rules);
  // The one exception: a mail that never left. Only people who share a mailbox have any.
  return data.outcome === 'put_back' ? onPutBack(person, data, at, rules) : unchanged(person);
}

function tallyOf({ verdicts, added, putBack }: Step): Readonly<Record<string, number>> {
  const tally = new Map<string, number>();
  const count = (name: string, by: number): void => {
    tally.set(name, (tally.get(name) ?? 0) + by);
  };
  if (added > 0) {
    count('candidates', added);
    count('open', added);
  }
  if (putBack > 0) count('open', putBack);
  for (const verdict of verdicts) {
    count(verdict.decision === 'dropped' ? `decision.dropped.${verdict.reason}` : `decision.${verdict.decision}`, 1);
    if (verdict.decision !== 'deferred') count('open', -1);
  }
  return Object.fromEntries(tally);
}

/** One person's next state and the decisions that a message brings about. The same state reference means that nothing changed. */
export function decide(state: Person | undefined, message: Input, rules: OrchestrationRules): Answer {
  const before = state ?? nobody;
  const read = reread(before, message.at, rules);
  const taken = take(read.person, message, rules);
  const step: Step = { ...taken, verdicts: [...read.verdicts, ...taken.verdicts] };
  if (step.person === before) return { state, decisions: [], tally: {} };
  return answered(
    message.kind === 'wake' ? { ...step, person: { ...step.person, woken: message.named } } : step,
    before,
    message.at,
    rules,
  );
}

function answered(step: Step, before: Person, at: number, rules: OrchestrationRules): Answer {
  if (step.verdicts.length === 0) return { state: step.person, decisions: [], tally: tallyOf(step) };
  const { sent: _after, ...now } = step.person;
  const numbers = numbersOf(before.sent === undefined ? now : { ...now, sent: before.sent }, at, rules);
  return {
    state: step.person,
    decisions: step.verdicts.map((verdict) => messageOf(verdict, numbers, step.person, rules)),
    tally: tallyOf(step),
  };
}

/** The next instant at which a candidate is tried or its time is over; at once where the rules by which they are judged have changed. */
export function wakeAt(
  { open, judged_by, woken = -Infinity }: Person,
  { judging }: Pick<OrchestrationRules, 'judging'>,
): number | undefined {
  if (open.length > 0 && judged_by !== judging) return Math.max(woken, ...open.map(({ since }) => since)) + 1;
  let next: number | undefined;
  for (const { nextTry, notAfter } of open) {
    const at = Math.min(nextTry, notAfter);
    if (next === undefined || at < next) next = at;
  }
  return next;
}
