import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from '../local/root.ts';

const run = (program: string, args: readonly string[] = []): { readonly status: number | null; readonly printed: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist', 'verification', program), ...args], {
    cwd: root,
    env: { PATH: '/nowhere' },
    encoding: 'utf8',
  });
  return { status, printed: stdout + stderr };
};

test.each([
  ['containers/main.js', 'verify:containers', 'docker'],
  ['k8s/main.js', 'verify:k8s', 'helm'],
  ['dashboards/live.js', 'verify:dashboards', 'prometheus'],
  ['flink/main.js', 'verify:flink', 'java'],
])('%s without its tools says in one line that it is skipped', (program, name, tool) => {
  const line = new RegExp(`^SKIPPED  ${name}: NOTHING WAS TRIED, because this machine lacks ${tool} \\(.*\\n$`, 'u');
  expect(run(program)).toEqual({ status: 0, printed: expect.stringMatching(line) });
  expect(run(program, ['--all'])).toEqual({ status: 1, printed: expect.stringMatching(line) });
});
