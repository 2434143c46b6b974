import type { DataOf, messages, Rival } from '#contracts';

type Told = Pick<DataOf<typeof messages>, 'rivals' | 'numbers'>;

const before = (a: Rival, b: Rival): boolean => {
  if (a.priority !== b.priority) return a.priority > b.priority;
  if (a.not_after !== b.not_after) return Date.parse(a.not_after) < Date.parse(b.not_after);
  return a.play === b.play ? a.candidate_id < b.candidate_id : a.play < b.play;
};

/** What each rival of a decision must have got (`sent`, or why it was deferred), from nothing but what the decision tells. */
export function recompute({ rivals, numbers }: Told): ReadonlyMap<string, string> {
  const waiting = [...rivals];
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
    verdicts.set(first.candidate_id, reason);
    if (reason === 'sent') {
      today += 1;
      if (first.behaviour) month += 1;
    }
  }
  return verdicts;
}
