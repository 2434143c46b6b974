import { localTime } from '../oracle/local-time.ts';
import { iso, sum, type Check } from './case.ts';
import { equal, none, same } from './problem.ts';

/** Whatever should have become a candidate became one, and each ended once. */
export const candidateChecks: readonly Check[] = [
  ({ people, plays, evidence: { topics, tables } }) => {
    const found = new Map([...topics.decisions, ...tables.open].map((one) => [one.candidate, one]));
    return same(
      'one candidate for each milestone with a play and each entry into a stage with one',
      [...people].flatMap(([person, { candidates }]) =>
        candidates.map(({ play, trigger, occurredAt }) => `${person} ${play} for ${trigger} ${iso(occurredAt)}`),
      ),
      [...found.values()]
        .filter(({ play }) => plays.get(play)?.triggers !== undefined || !plays.has(play))
        .map(({ person, play, trigger, occurredAt }) => `${person} ${play} for ${trigger} ${iso(occurredAt)}`),
    );
  },

  ({ summary: { decisions, mails } }) =>
    equal(
      'candidates = sent − put back + dropped + open',
      decisions.sent - (mails.put_back ?? 0) + sum(decisions.dropped) + decisions.deferred_open,
      decisions.candidates,
    ),

  ({ evidence: { topics, tables } }) => {
    const known = new Set([...topics.decisions, ...tables.open].map(({ candidate }) => candidate));
    const putBack = new Set(tables.mails.filter(({ state }) => state === 'put_back').map(({ id }) => id));
    const final = topics.decisions.filter(({ id, decision }) => decision !== 'deferred' && !putBack.has(id));
    const ended = [...final, ...tables.open].map(({ candidate }) => candidate);
    return same('candidates that ended once or are open', [...known].map(candidateIs), ended.map(candidateIs));
  },

  ({ people, expectation, evidence }) => {
    const anniversaries = new Set(expectation.rules.milestones.filter(({ kind }) => kind === 'anniversary').map(({ id }) => id));
    const wrong = evidence.topics.decisions
      .filter(({ decision, trigger }) => decision === 'sent' && anniversaries.has(trigger))
      .filter(({ person, trigger, occurredAt, date }) => {
        const { milestones = [], zone = 'UTC' } = people.get(person) ?? {};
        const right = milestones.filter(({ milestone }) => milestone === trigger).map((reached) => reached.date);
        return date === undefined || !right.includes(date) || localTime(zone, occurredAt).date !== date;
      })
      .map(({ id, person, date }) => `message ${id} to ${person} for ${String(date)}`);
    return none('local dates of anniversary mails', 'those of the file', wrong);
  },
];

const candidateIs = (id: string): string => `candidate ${id}`;
