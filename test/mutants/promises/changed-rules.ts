import type { Mutant } from '../mutant.ts';

/** What holds for people when the playbook changes under them. */
export const changedRules: readonly Mutant[] = [
  {
    promise: 'another spelling of a condition keeps what is counted by it',
    file: 'libs/playbook/conditions/event-matcher.ts',
    find: '${event} where ${canonical(where)}',
    replace: '${event} where ${where}',
    test: 'services/milestones/domain/milestones.test.ts',
    name: 'another spelling of a condition',
  },
  {
    promise: 'a stage that is gone can be left',
    file: 'services/stages/domain/rules.ts',
    find: ' || !names.has(stage)',
    replace: '',
    test: 'services/stages/domain/moves.test.ts',
    name: 'a stage that is gone',
  },
  {
    promise: 'a silence counts from the later of entry and event',
    file: 'services/stages/domain/moves.ts',
    find: 'Math.max(silence.since, state.counts_from ?? -Infinity)',
    replace: 'silence.since',
    test: 'services/stages/domain/moves.test.ts',
    name: 'begins the silence anew',
  },
  {
    promise: 'who comes back by something else may lapse again',
    file: 'services/stages/domain/moves.ts',
    find: '{ ...silence, moved: [] }',
    replace: 'silence',
    test: 'services/stages/domain/moves.test.ts',
    name: 'begins the silence anew',
  },
  {
    promise: 'a renamed band is not entered anew',
    file: 'services/scoring/domain/score.ts',
    find: 'return { ...state, band: settle(rules.bands, undefined, total) };',
    replace: 'return state;',
    test: 'services/scoring/domain/score.test.ts',
    name: 'a renamed band',
  },
  {
    promise: 'what just reaches a band does not leave it at once',
    file: 'services/scoring/domain/bands.ts',
    find: 'hysteresis ?? distance / 10',
    replace: 'hysteresis ?? 0',
    test: 'services/scoring/domain/score.test.ts',
    name: 'without a hysteresis',
  },
];
