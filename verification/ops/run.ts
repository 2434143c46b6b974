import { missing, onPath } from '../tools.ts';
import type { Check } from './check.ts';

export type Result =
  | { readonly as: 'passed' }
  | { readonly as: 'failed'; readonly problems: readonly string[] }
  | { readonly as: 'skipped'; readonly missing: readonly string[] };

/** Runs one check, or says which of its tools this machine lacks. */
export async function runCheck(check: Check, has: (command: string) => boolean = onPath): Promise<Result> {
  const lacks = missing(check.needs, has);
  if (lacks.length > 0) return { as: 'skipped', missing: lacks };
  try {
    const problems = await check.run();
    return problems.length === 0 ? { as: 'passed' } : { as: 'failed', problems };
  } catch (error) {
    return { as: 'failed', problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
  }
}
