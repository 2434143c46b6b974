import type { DecisionRecord } from '../evidence.ts';
import { localTime } from '../oracle/local-time.ts';
import { iso, type Case, type Check } from './case.ts';
import { none } from './problem.ts';

/** What was sent although it might be held back, by the clock where the person lives. */
interface Sent extends DecisionRecord {
  readonly date: string;
  readonly minute: number;
  readonly behaviour: boolean;
  /** Where it went; what never left has a mailbox of its own. */
  readonly mailbox: string;
}

function sentUnderLimits({ evidence, people, plays }: Case): Sent[] {
  const mails = new Map(evidence.tables.mails.map((mail) => [mail.id, mail]));
  return evidence.topics.decisions.flatMap((decision) => {
    const mail = mails.get(decision.id);
    if (mail?.state === 'put_back') return [];
    const zone = people.get(decision.person)?.zone;
    const play = plays.get(decision.play);
    if (decision.decision !== 'sent' || zone === undefined || play === undefined || play.legal) return [];
    const behaviour = play.behaviour.includes(decision.trigger);
    const mailbox = mail?.state === 'accepted' || mail?.state === 'in_doubt' ? mail.email.toLowerCase() : decision.person;
    return [{ ...decision, ...localTime(zone, decision.at), behaviour, mailbox }];
  });
}

const messageIs = ({ id, person, at }: DecisionRecord): string => `message ${id} to ${person} at ${iso(at)}`;

/** Those above `limit` among the mails that share a name. */
const above = (limit: number, sent: readonly Sent[], name: (one: Sent) => string): string[] =>
  [...Map.groupBy(sent, name).values()].flatMap((group) => group.slice(limit).map(messageIs));

/** Nothing was sent at a wrong hour, too often or too late. */
export const limitChecks: readonly Check[] = [
  (of) => {
    const { from, to } = of.expectation.rules.window;
    const wrong = sentUnderLimits(of).filter(({ minute }) => minute < from || minute >= to);
    return none('hours of sent decisions', "instants inside the person's sending window", wrong.map(messageIs));
  },

  (of) => {
    const { dailyCap } = of.expectation.rules;
    const wrong = above(dailyCap, sentUnderLimits(of), ({ person, date }) => `${person} ${date}`);
    const shared = above(dailyCap, sentUnderLimits(of), ({ mailbox, date }) => `${mailbox} ${date}`);
    return none('mails of a local date', `at most ${String(dailyCap)} to a person or mailbox`, [
      ...new Set([...wrong, ...shared]),
    ]);
  },

  (of) => {
    const { monthlyCap } = of.expectation.rules;
    const behaviour = sentUnderLimits(of).filter((one) => one.behaviour);
    const wrong = above(monthlyCap, behaviour, ({ person, date }) => `${person} ${date.slice(0, 7)}`);
    return none('behaviour-milestone mails of a local month', `at most ${String(monthlyCap)} to a person`, wrong);
  },

  ({ evidence, plays }) => {
    const wrong = evidence.topics.decisions.filter(({ decision, play, at, occurredAt }) => {
      const limit = plays.get(play)?.notAfterMs;
      return decision === 'sent' && limit !== undefined && (at < occurredAt || at >= occurredAt + limit);
    });
    return none('age of sent decisions', 'none before its instant or past its `not_after`', wrong.map(messageIs));
  },
];
