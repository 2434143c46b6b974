import fc from 'fast-check';
import type { Target } from './target.ts';

/** What a target's run came to: how many inputs it saw, and the smallest input that broke it, where one did. */
export interface Finding {
  readonly name: string;
  readonly runs: number;
  /** Absent where nothing was found. */
  readonly problem?: string;
}

/**
 * Runs one target for `ms` milliseconds from a seed; the same seed makes the same inputs. An input that breaks the target counts also
 * when the time ends before its smallest form is found. A target that finishes no input in its time is given `patienceMs` for one;
 * after that it counts as broken.
 */
export async function fuzz(target: Target, seed: number, ms: number, patienceMs = 60_000): Promise<Finding> {
  const during = (interruptAfterTimeLimit: number, numRuns: number): Promise<fc.RunDetails<unknown>> =>
    fc.check(target.property as fc.IAsyncProperty<unknown>, { seed, numRuns, interruptAfterTimeLimit, endOnFailure: false });
  const timed = await during(ms, Number.MAX_SAFE_INTEGER);
  const found = timed.numRuns === 0 && timed.counterexample === null ? await during(patienceMs, 1) : timed;
  const { numRuns: runs } = found;
  if (found.counterexample !== null) return { name: target.name, runs, problem: reported(found) };
  return runs === 0
    ? { name: target.name, runs, problem: `no input ended within ${String(patienceMs)} ms` }
    : { name: target.name, runs };
}

/** The smallest input found and its cause; fast-check's own report names only the interruption of a run that was cut short. */
function reported(found: fc.RunDetails<unknown>): string {
  const thrown = found.errorInstance instanceof Error ? `\n${found.errorInstance.stack ?? ''}` : '';
  return `${fc.defaultReportMessage({ ...found, interrupted: false } as typeof found) ?? 'failed'}${thrown}`;
}
