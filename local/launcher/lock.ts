import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf, isAlive, type Identity } from '../process/identity.ts';
import { Problem } from './problem.ts';

export const lockFile = (dir: string): string => join(dir, 'lock');

/** Who holds the folder now; a lock whose holder is dead is nobody's. */
export function lockHolder(dir: string): Identity | undefined {
  if (!existsSync(lockFile(dir))) return undefined;
  const holder = JSON.parse(readFileSync(lockFile(dir), 'utf8')) as Identity;
  return isAlive(holder) ? holder : undefined;
}

/**
 * Takes the folder for this process; the lock dies with its holder. Throws Problem when another has it. The name appears whole or
 * not at all (a hard link), so that of two starts at once one wins.
 */
export function takeLock(dir: string): () => void {
  const own = identityOf(process.pid);
  if (own === undefined) throw new Error('This process cannot find its own start time (is `ps` missing?).');
  const draft = join(dir, `lock.${String(process.pid)}`);
  writeFileSync(draft, JSON.stringify(own));
  try {
    for (let tries = 0; tries < 10; tries += 1) {
      if (linked(draft, lockFile(dir)))
        return () => {
          rmSync(lockFile(dir), { force: true });
        };
      const holder = lockHolder(dir);
      if (holder !== undefined)
        throw new Problem(
          `Hito is running already from this folder (process ${String(holder.pid)}). End it with \`npm stop\`, or look at it: \`cat ${join(dir, 'urls')}\` shows its pages.`,
        );
      removeDead(dir);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new Problem(`${lockFile(dir)} could not be taken. Is another start going on?`);
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moved away first: should another start have taken the lock meanwhile, it is put back. */
function removeDead(dir: string): void {
  const aside = join(dir, `lock.dead.${String(process.pid)}`);
  try {
    renameSync(lockFile(dir), aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (isAlive(JSON.parse(readFileSync(aside, 'utf8')) as Identity)) linked(aside, lockFile(dir));
  rmSync(aside, { force: true });
}
