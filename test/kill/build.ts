import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../local/root.ts';

/** A promise taken out of the compiled program: `find` must stand in `file` (below dist/) exactly once. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Copies the build into `dir` and applies the patches to the copy: no switch in the program, and a new build meanwhile does not matter. */
export function copyBuild(dir: string, patches: readonly Patch[]): void {
  mkdirSync(dir, { recursive: true });
  cpSync(join(root, 'dist'), join(dir, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(dir, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  for (const patch of patches) applyPatch(dir, patch);
}

/** Throws where the patch does not fit exactly once: the program has changed, and the test would no longer test anything. */
export function applyPatch(dir: string, { file, find, replace }: Patch): void {
  const path = join(dir, 'dist', file);
  const [before, ...after] = readFileSync(path, 'utf8').split(find);
  if (after.length !== 1)
    throw new Error(
      `"${find}" stands ${String(after.length)} times in dist/${file}, not once: the patch no longer fits the program. Renew it in test/kill/scenarios.ts.`,
    );
  writeFileSync(path, `${String(before)}${replace}${String(after[0])}`);
}
