import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { mutants } from './mutants.ts';

test('every mutant takes out a line that stands exactly once, and names a test that is there', () => {
  const stale = mutants.filter(
    ({ file, find, test: suite }) =>
      !existsSync(suite) || !existsSync(file) || readFileSync(file, 'utf8').split(find).length !== 2,
  );
  expect(stale.map(({ promise, file }) => `${promise}: ${file}`)).toEqual([]);
});
