import type { DataOf, messages } from '#contracts';

type Told = Pick<DataOf<typeof messages>, 'candidate' | 'decision' | 'reason' | 'rivals' | 'rivals_count' | 'numbers'>;
type Rival = Told['candidate'];

const before = (a: Rival, b: Rival): boolean => {
  if (a.priority !== b.priority) return a.priority > b.priority;
  if (a.not_after !== b.not_after) return Date.parse(a.not_after) < Date.parse(b.not_after);
  return a.play === b.play ? a.id < b.id : a.play < b.play;
};

/** The decisions that had rivals, by the competition that they are of; `of` tells competitions of different people or instants apart. */
export function competitions<D extends Told>(decisions: readonly D[], of: (decision: D) => string): readonly (readonly D[])[] {
  const competed = decisions.filter(({ rivals_count }) => rivals_count > 0);
  return [...Map.groupBy(competed, (decision) => `${of(decision)} ${decision.rivals.join(' ')}`).values()];
}

/** What each decision of a competition must have been (`sent`, or why it was deferred), from nothing but what the decisions tell. */
export function recompute(decisions: readonly Told[]): ReadonlyMap<string, string> {
  const [told] = decisions;
  if (told === undefined) return new Map();
  const { numbers } = told;
  const waiting = decisions.map(({ candidate }) => candidate);
  const verdicts = new Map<string, string>();
  const clock = numbers.local.slice(11, 16);
  let { sent_today: today, behaviour_this_month: month } = numbers;
  while (waiting.length > 0) {
    const first = waiting.reduce((best, rival) => (before(rival, best) ? rival : best));
    waiting.splice(waiting.indexOf(first), 1);
    const open = clock >= numbers.window_from! && clock < numbers.window_to!;
    const reason =
      first.behaviour && month >= numbers.monthly_cap
        ? 'milestone_monthly_cap'
        : today >= numbers.daily_cap
          ? 'daily'
          : open
            ? 'sent'
            : 'window';
    verdicts.set(first.id, reason);
    if (reason === 'sent') {
      today += 1;
      if (first.behaviour) month += 1;
    }
  }
  return verdicts;
}
