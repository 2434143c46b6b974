import { root } from '../../../local/root.ts';
import { problemsOf } from '../call.ts';
import type { Check } from '../check.ts';

/** The workflows have no mistake that actionlint knows. */
export const workflows: Check = {
  name: 'workflows',
  needs: [{ command: 'actionlint', install: 'go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12' }],
  run: () => problemsOf('actionlint', [], root),
};
