import { expect, test } from '@jest/globals';
import { run } from './run.ts';
import { short } from './scenarios.ts';
import { strikeTable } from './table.ts';

/** The short form of `npm run test:kill`: part of the history, two processes per service, 5 kills and 2 freezes. */
test(
  'killed and frozen, the platform accounts for every person, milestone, decision and mail',
  async () => {
    const seed = Date.now() % 1_000_000;
    const { strikes, problems } = await run(short(seed));
    expect({ seed, problems, strikes: problems.length === 0 ? '' : strikeTable(strikes) }).toEqual({
      seed,
      problems: [],
      strikes: '',
    });
    expect(strikes.filter(({ fault }) => fault.kind === 'kill')).toHaveLength(5);
    expect(strikes.filter(({ fault }) => fault.kind === 'stop')).toHaveLength(2);
  },
  15 * 60_000,
);
