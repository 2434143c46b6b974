import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fuzz } from './run.ts';
import { target } from './target.ts';
import { targets } from './targets/index.ts';

/** All targets together take half a minute; every run has another seed, which a failure prints. */
const share = 30_000 / targets.length;
const seed = Date.now() % 2 ** 31;

describe('the fuzz run', () => {
  it.each(targets.map((one) => [one.name, one] as const))(
    'finds no input that breaks %s',
    async (_, one) => {
      const { problem, runs } = await fuzz(one, seed, share);
      expect(problem).toBeUndefined();
      expect(runs).toBeGreaterThan(0);
    },
    share + 60_000,
  );

  it('reports an input that breaks a target', async () => {
    const broken = target(
      'toy',
      fc.property(fc.integer({ min: 0, max: 1000 }), (n) => n < 900),
    );
    expect((await fuzz(broken, 1, 2000)).problem).toContain('900');
  });

  it('has a name of its own for every target', () => {
    expect(new Set(targets.map(({ name }) => name)).size).toBe(targets.length);
  });
});
