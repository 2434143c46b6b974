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
];
