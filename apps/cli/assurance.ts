import { Refusal } from './explain.ts';

/** How sure the operator is: `dryRun` changes nothing; `yes` does it. */
export interface Assurance {
  readonly dryRun?: true;
  readonly yes?: true;
}

/**
 * Prints what a command does, or would do; true where it is to be done. Throws Refusal where the operator has said neither `--dry-run` nor
 * `--yes` and there is something to do.
 */
export function assured({ dryRun, yes }: Assurance, says: readonly string[], does: boolean): boolean {
  process.stdout.write(`${says.join('\n')}\n`);
  if (!does) return false;
  if (dryRun === true) {
    process.stdout.write('This was a dry run: nothing was changed.\n');
    return false;
  }
  if (yes !== true) throw new Refusal('Nothing was changed. Give --yes to do it, or --dry-run to look only.');
  return true;
}
