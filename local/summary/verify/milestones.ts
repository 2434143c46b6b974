import { iso, sum, type Check } from './case.ts';
import { equal, same } from './problem.ts';

/** Every milestone that the file gives was reached, when and by whom it says, and no other; topic and table agree. */
export const milestoneChecks: readonly Check[] = [
  ({ people, expectation, evidence }) =>
    expectation.rules.milestones.flatMap(({ id }) =>
      same(
        `milestone ${id}`,
        [...people].flatMap(([person, { milestones }]) =>
          milestones
            .filter(({ milestone }) => milestone === id)
            .map(({ occurrence, at, date }) => told(person, String(occurrence), at, date)),
        ),
        evidence.topics.milestones
          .filter(({ milestone }) => milestone === id)
          .map(({ person, occurrence, at, date }) => told(person, occurrence, at, date)),
      ),
    ),

  ({ evidence: { topics, tables } }) =>
    same(
      'milestones in the table = milestones on the topic',
      topics.milestones.map(({ person, milestone, occurrence }) => `${person} ${milestone} ${occurrence}`),
      [...tables.reached].flatMap(([person, reached]) =>
        Object.entries(reached).flatMap(([id, times]) =>
          Array.from({ length: times }, (_, n) => `${person} ${id} ${String(n + 1)}`),
        ),
      ),
    ),

  ({ summary, evidence }) => equal('milestones counted', evidence.topics.milestones.length, sum(summary.milestones)),
];

const told = (person: string, occurrence: string, at: number, date: string | undefined): string =>
  `${person} occurrence ${occurrence} at ${iso(at)}${date === undefined ? '' : ` for ${date}`}`;
