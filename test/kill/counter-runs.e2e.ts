import { rmSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { run, type Result } from './run.ts';
import { withoutFence, withoutSeq, type Scenario } from './scenarios.ts';

/** What the kills would do to a platform that lacks one of the promises: were these to pass unnoticed, kill.e2e.ts would prove nothing. */
async function judged(scenario: Scenario): Promise<Pick<Result, 'strikes'> & { readonly checks: readonly string[] }> {
  const { strikes, problems, dir } = await run(scenario);
  rmSync(dir, { recursive: true, force: true });
  return { strikes, checks: problems.map((line) => String(line.split(':')[0])) };
}

test(
  'without the fence a frozen owner that wakes writes over its successor: the counters no longer agree, or nothing goes on',
  async () => {
    const { strikes, checks } = await judged(withoutFence());
    // What the first does may wedge the replay: then the others find nothing to strike, and what was counted so far may still agree.
    expect(strikes.length).toBeGreaterThanOrEqual(1);
    expect(checks.filter((name) => name === 'counters' || name === 'the replay')).not.toEqual([]);
  },
  15 * 60_000,
);

test(
  'without the check of `hito-seq` what is published twice counts twice: orders come up that the file does not have',
  async () => {
    const { strikes, checks } = await judged(withoutSeq());
    expect(strikes.length).toBeGreaterThanOrEqual(1);
    expect(checks).toContain('orders on events');
  },
  15 * 60_000,
);
