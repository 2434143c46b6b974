import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('package.json was not found above the program. Run it from inside its clone.');
  return findRoot(parent);
}

/** The clone's folder, from the sources as well as from the build. */
export const root = findRoot(dirname(fileURLToPath(import.meta.url)));
