import { describe, expect, test } from '@jest/globals';
import type { Check } from './check.ts';
import { checks } from './checks/index.ts';
import { runCheck } from './run.ts';

const check = (run: Check['run'], command = 'anything'): Check => ({
  name: 'example',
  needs: [{ command, install: 'apt-get install it' }],
  run,
});

describe('a check of npm run check:ops', () => {
  test('passes if it finds no problem', async () => {
    expect(
      await runCheck(
        check(() => Promise.resolve([])),
        () => true,
      ),
    ).toEqual({ as: 'passed' });
  });

  test('fails with the problems it finds', async () => {
    const run = (): Promise<string[]> => Promise.resolve(['Dockerfile:1: pin the version']);
    expect(await runCheck(check(run), () => true)).toEqual({ as: 'failed', problems: ['Dockerfile:1: pin the version'] });
  });

  test('fails, and is not silent, if it throws', async () => {
    const result = await runCheck(
      check(() => Promise.reject(new Error('no such file: x.yaml'))),
      () => true,
    );
    expect(result).toMatchObject({ as: 'failed', problems: [expect.stringContaining('no such file: x.yaml')] });
  });

  test('is skipped, with how to install the tool, only if a tool is missing', async () => {
    const broken = check(() => Promise.reject(new Error('must not run')), 'no-such-program-anywhere');
    expect(await runCheck(broken)).toEqual({
      as: 'skipped',
      missing: ['no-such-program-anywhere (apt-get install it)'],
    });
  });

  test('has a name of its own in the list', () => {
    const names = checks.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
