import { describe, expect, test } from '@jest/globals';
import { needs as containers } from './containers/docker.ts';
import { missing, onPath } from './tools.ts';

describe('the tools of checks and trials', () => {
  test('finds programs by the PATH only', () => {
    expect(onPath('sh', '/nowhere:/bin')).toBe(true);
    expect(onPath('sh', '/nowhere')).toBe(false);
    expect(onPath('sh', '')).toBe(false);
  });

  test('are missing where a part of the program does not answer, or too old', () => {
    const sh = { command: 'sh', install: 'a newer one' };
    expect(missing([sh])).toEqual([]);
    expect(missing([{ ...sh, answers: ['-c', 'exit 1'] }])).toEqual(['sh -c exit 1 (a newer one)']);
    expect(missing([{ ...sh, answers: ['-c', 'echo v3.1'], says: /^v4/u }])).toHaveLength(1);
    expect(missing([{ ...sh, answers: ['-c', 'echo v4.1'], says: /^v4/u }])).toEqual([]);
  });

  test('name a program that is not there once', () => {
    expect(missing(containers, () => false)).toEqual(['docker (https://docs.docker.com/engine/install)']);
  });

  test.each([
    ['2.23.3', false],
    ['v2.9.0', false],
    ['1.29.2', false],
    ['2.24.0', true],
    ['v2.40.3', true],
    ['5.6.0', true],
    ['12.0.1', true],
    ['dev', true],
  ])('take Compose %s: %s', (version, will) => {
    expect(containers.at(-1)?.says?.test(version)).toBe(will);
  });
});
