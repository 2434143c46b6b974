import { spawnSync } from 'node:child_process';
import { onPath } from './call.ts';
import type { Check, Tool } from './check.ts';

export type Result =
  | { readonly as: 'passed' }
  | { readonly as: 'failed'; readonly problems: readonly string[] }
  | { readonly as: 'skipped'; readonly missing: readonly string[] };

const works = ({ command, answers }: Tool): boolean =>
  answers === undefined || spawnSync(command, answers, { stdio: 'ignore' }).status === 0;

/** Runs one check, or says which of its tools this machine lacks. */
export async function runCheck(check: Check, has: (command: string) => boolean = onPath): Promise<Result> {
  const missing = check.needs
    .filter((tool) => !has(tool.command) || !works(tool))
    .map(({ command, install }) => `${command} (${install})`);
  if (missing.length > 0) return { as: 'skipped', missing };
  try {
    const problems = await check.run();
    return problems.length === 0 ? { as: 'passed' } : { as: 'failed', problems };
  } catch (error) {
    return { as: 'failed', problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
  }
}
