import type { Mutant } from '../mutant.ts';

/** Promises about a playbook: what cannot run is refused before a service starts, what fails at run time is counted. */
export const playbook: readonly Mutant[] = [
  {
    promise: 'a threshold that no sum can reach as written is refused with its line',
    file: 'libs/playbook/references.ts',
    find: '  ...sumThresholds(file),\n',
    replace: '',
    test: 'libs/playbook/load.test.ts',
  },
  {
    promise: 'validate compiles the rules of each service',
    file: 'apps/cli/check-playbook.ts',
    find: '      compile(playbook);\n',
    replace: '',
    test: 'apps/cli/check-playbook.test.ts',
  },
  ...['scoring/scoring', 'stages/stages', 'milestones/milestones'].map((file) => ({
    promise: `a condition that fails is counted (${file})`,
    file: `services/${file}.processor.ts`,
    find: 'rules.failures.counted(() => decided(',
    replace: '((decide: () => ReturnType<typeof decided>) => decide())(() => decided(',
    test: 'test/condition-failures.test.ts',
    name: 'by its rule',
  })),
  {
    promise: 'what a decision counts does not leak into the next',
    file: 'libs/playbook/conditions/failures.ts',
    find: '    this.counts.clear();\n',
    replace: '',
    test: 'test/condition-failures.test.ts',
    name: 'its own input alone',
  },
];
