import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { fuzz } from './run.ts';
import { target } from './target.ts';
import { targets } from './targets/index.ts';

/** All targets together take half a minute; every run has another seed, which a failure prints. */
const share = 30_000 / targets.length;
const seed = Date.now() % 2 ** 31;

describe('the fuzz run', () => {
  it.each(targets.map((one) => [one.name, one] as const))('finds no input that breaks %s', async (_, one) => {
    const { problem, runs } = await fuzz(one, seed, share);
    expect(problem).toBeUndefined();
    expect(runs).toBeGreaterThan(0);
  });

  it('reports an input that breaks a target', async () => {
    const broken = target(
      'toy',
      fc.property(fc.integer({ min: 0, max: 1000 }), (n) => n < 900),
    );
    expect((await fuzz(broken, 1, 2000)).problem).toContain('900');
  });

  it('reports a broken target whose time ends before the smallest input is found', async () => {
    const slow = target(
      'slow',
      fc.asyncProperty(fc.array(fc.integer(), { minLength: 3 }), async () => {
        await sleep(40);
        return false;
      }),
    );
    expect((await fuzz(slow, 1, 100)).problem).toContain('Counterexample');
  });

  it('counts a target as broken that ends no input in its time', async () => {
    const hanging = target(
      'hanging',
      fc.asyncProperty(fc.integer(), () => sleep(200)),
    );
    expect((await fuzz(hanging, 1, 20, 40)).problem).toContain('no input ended within 40 ms');
  });

  it('makes the same inputs from the same seed', async () => {
    const broken = target(
      'toy',
      fc.property(fc.string(), fc.integer(), (text, n) => text.length < 5 || n < 900),
    );
    const [first, second, third] = [await fuzz(broken, 7, 5000), await fuzz(broken, 7, 5000), await fuzz(broken, 8, 5000)];
    const withoutStack = (finding: typeof first) => ({ ...finding, problem: finding.problem?.replaceAll(/\n\s+at .*/g, '') });
    expect(withoutStack(second)).toEqual(withoutStack(first));
    expect(third.runs).not.toBe(first.runs);
  });

  it('gives a target that is slow to begin the time for one input', async () => {
    const slow = target(
      'slow',
      fc.asyncProperty(fc.integer(), () => sleep(200)),
    );
    expect(await fuzz(slow, 1, 20)).toEqual({ name: 'slow', runs: 1 });
  });

  it('has a name of its own for every target', () => {
    expect(new Set(targets.map(({ name }) => name)).size).toBe(targets.length);
  });
});
