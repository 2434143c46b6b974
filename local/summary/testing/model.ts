import { parse } from 'yaml';
import type { ExpectedPerson } from '../oracle/expect.ts';
import { localTime } from '../oracle/local-time.ts';
import type { Rules } from '../oracle/playbook.ts';

/** What the rules of sending make of one candidate, at one instant. */
export interface ModelDecision {
  readonly candidate: ModelCandidate;
  readonly at: number;
  readonly decision: 'sent' | 'deferred' | 'dropped';
  readonly reason: string;
}

export interface ModelCandidate {
  readonly name: string;
  readonly play: string;
  readonly trigger: string;
  readonly occurredAt: number;
  readonly notAfter: number;
  readonly priority: number;
  readonly behaviour: boolean;
}

interface PlayText {
  readonly id: string;
  readonly priority: number;
  readonly exit?: readonly { readonly stage_left?: string }[];
}

/** What the model reads of a playbook beside the rules: priorities and exits. */
export const playsOf = (playbook: string): ReadonlyMap<string, PlayText> =>
  new Map((parse(playbook) as { plays: PlayText[] }).plays.map((play) => [play.id, play]));

const quarter = 900_000;
const dayAfter = (date: string): string => new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
const monthAfter = (date: string): string =>
  new Date(Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)), 1)).toISOString().slice(0, 10);

const instants = new Map<string, number>();

function instantOf(zone: string, date: string, minute: number): number {
  const name = `${zone} ${date} ${String(minute)}`;
  const found = instants.get(name) ?? search(zone, date, minute);
  instants.set(name, found);
  return found;
}

/** The first instant at which a zone's clock shows this date and minute, or later. */
function search(zone: string, date: string, minute: number): number {
  const utc = (Date.parse(`${date}T00:00:00Z`) + minute * 60_000) / quarter;
  let [before, found] = [utc - 96, utc + 96];
  while (found - before > 1) {
    const middle = Math.floor((before + found) / 2);
    const local = localTime(zone, middle * quarter);
    if (local.date < date || (local.date === date && local.minute < minute)) before = middle;
    else found = middle;
  }
  return found * quarter;
}

/**
 * An executable model of the rules by which candidates are sent, deferred and dropped, for one person: their candidates one after
 * the other, without streams, states or messages. Gives all decisions before `end` and what is open then.
 */
export function decisionsOf(
  person: ExpectedPerson,
  rules: Rules,
  plays: ReadonlyMap<string, PlayText>,
  end: number,
): { decisions: ModelDecision[]; open: ModelCandidate[] } {
  const arrivals = person.candidates.map(({ play, trigger, occurredAt }, n): ModelCandidate => {
    const rule = rules.plays.find(({ id }) => id === play);
    const priority = plays.get(play)?.priority ?? 0;
    return {
      name: `${trigger}-${String(n)}`,
      play,
      trigger,
      occurredAt,
      notAfter: occurredAt + (rule?.notAfterMs ?? 0),
      priority,
      behaviour: rule?.behaviour.includes(trigger) ?? false,
    };
  });
  const decisions: ModelDecision[] = [];
  let open: { candidate: ModelCandidate; nextTry: number; last?: string }[] = [];
  const sent: { date: string; behaviour: boolean }[] = [];
  const told = (candidate: ModelCandidate, at: number, decision: ModelDecision['decision'], reason: string): void => {
    decisions.push({ candidate, at, decision, reason });
    if (decision !== 'deferred') open = open.filter((one) => one.candidate !== candidate);
  };
  const judge = (at: number): void => {
    const due = open
      .filter(({ candidate, nextTry }) => Math.min(nextTry, candidate.notAfter) <= at)
      .toSorted(
        ({ candidate: a }, { candidate: b }) =>
          b.priority - a.priority || a.notAfter - b.notAfter || (a.play < b.play ? -1 : a.play > b.play ? 1 : 0),
      );
    const { date, minute } = localTime(person.zone, at);
    for (const one of due) {
      const { candidate } = one;
      const { from, to } = rules.window;
      const defer = (reason: string, day: string): void => {
        told(candidate, at, 'deferred', reason);
        one.nextTry = instantOf(person.zone, day, from);
      };
      const month = sent.filter((mail) => mail.behaviour && mail.date.startsWith(date.slice(0, 7))).length;
      if (candidate.notAfter <= at) told(candidate, at, 'dropped', 'expired');
      else if (candidate.behaviour && month >= rules.monthlyCap) defer('milestone_monthly_cap', monthAfter(date));
      else if (sent.filter((mail) => mail.date === date).length >= rules.dailyCap) defer('daily', dayAfter(date));
      else if (minute < from) defer('window', date);
      else if (minute >= to) defer('window', dayAfter(date));
      else {
        sent.push({ date, behaviour: candidate.behaviour });
        told(candidate, at, 'sent', 'due');
      }
    }
  };
  const coming = new Set([...arrivals.map(({ occurredAt }) => occurredAt), ...person.moves.map(({ at }) => at)]);
  for (;;) {
    const at = Math.min(...coming, ...open.map(({ candidate, nextTry }) => Math.min(nextTry, candidate.notAfter)));
    if (!(at < end)) return { decisions, open: open.map(({ candidate }) => candidate) };
    coming.delete(at);
    for (const { from } of person.moves.filter((move) => move.at === at))
      for (const { candidate } of open)
        if (plays.get(candidate.play)?.exit?.some(({ stage_left }) => stage_left === from) === true)
          told(candidate, at, 'dropped', 'exit');
    open.push(...arrivals.filter(({ occurredAt }) => occurredAt === at).map((candidate) => ({ candidate, nextTry: at })));
    judge(at);
  }
}
