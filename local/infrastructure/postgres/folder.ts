import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where Postgres' data lies: in the local start's folder; beside it (`.hito-postgres`) where we are root, for then Postgres runs as
 * another user, whom the folder shuts out.
 */
export const postgresFolder = (dir: string): string => (process.getuid?.() === 0 ? `${dir}-postgres` : join(dir, 'postgres'));

/** Deletes a folder that a local start (or a test) has used, and Postgres' data with it. */
export function removeWithPostgres(dir: string): void {
  for (const folder of [dir, postgresFolder(dir)]) rmSync(folder, { recursive: true, force: true });
}

/** Makes it for its owner only; data that an older start kept elsewhere is moved there. */
export function makePostgresFolder(dir: string): string {
  const [folder, before] = [postgresFolder(dir), join(dir, 'postgres')];
  if (existsSync(before) && !existsSync(folder)) renameSync(before, folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
