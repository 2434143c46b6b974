import fc from 'fast-check';
import type { Target } from './target.ts';

/** What a target's run came to: how many inputs it saw, and the smallest input that broke it, where one did. */
export interface Finding {
  readonly name: string;
  readonly runs: number;
  /** Absent where nothing was found. */
  readonly problem?: string;
}

/** Runs one target for `ms` milliseconds from a seed; the same seed makes the same inputs. */
export async function fuzz(target: Target, seed: number, ms: number): Promise<Finding> {
  const found = await fc.check(target.property as fc.IAsyncProperty<never>, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: ms,
    endOnFailure: false,
  });
  const { numRuns: runs } = found;
  return found.failed && !found.interrupted
    ? { name: target.name, runs, problem: fc.defaultReportMessage(found) ?? 'failed' }
    : { name: target.name, runs };
}
