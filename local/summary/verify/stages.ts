import { iso, sum, type Check } from './case.ts';
import { equal, same } from './problem.ts';

/** Everyone went through the stages as the file says, and stands where it says. */
export const stageChecks: readonly Check[] = [
  ({ people, expectation, evidence }) =>
    expectation.rules.stages === undefined
      ? []
      : same(
          'stage transitions',
          [...people].flatMap(([person, { moves }]) => moves.map(({ from, to, at }) => `${person} ${from}→${to} ${iso(at)}`)),
          evidence.topics.transitions.map(({ person, from, to, at }) => `${person} ${from}→${to} ${iso(at)}`),
        ),

  ({ people, expectation, evidence }) =>
    expectation.rules.stages === undefined
      ? []
      : same(
          'stages now',
          [...people].map(([person, { stage }]) => `${person} ${String(stage)}`),
          [...evidence.tables.stages].map(([person, stage]) => `${person} ${stage}`),
        ),

  ({ summary }) => equal('people in stages = people', summary.persons, sum(summary.stages)),
];
