import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { valueOf } from '../environment.ts';
import { postgresFolder } from '../infrastructure/postgres/folder.ts';
import { root } from '../root.ts';
import { Problem } from './problem.ts';

/** Layout of the folder. Raised when an older start's data cannot be carried on. */
export const version = '1';

/** Where the local start keeps everything: `.hito` in the clone, or HITO_HOME. */
export const homeFolder = (env: NodeJS.ProcessEnv = process.env): string => resolve(root, valueOf(env, 'HITO_HOME') ?? '.hito');

/** Makes the folder, or checks that it is one of ours and of this version. Throws Problem. */
export function openHome(dir: string): void {
  const file = join(dir, 'version');
  if (!existsSync(dir)) mkdirSync(dir, { recursive: true, mode: 0o700 });
  const found = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  if (found === undefined) {
    if (readdirSync(dir).some((name) => !name.startsWith('lock')))
      throw new Problem(
        `${dir} is not empty and was not made by \`npm start\` (it has no file "version"). Move it away, or name another folder by HITO_HOME.`,
      );
    writeFileSync(file, `${version}\n`);
  } else if (found !== version)
    throw new Problem(
      `${dir} was made by another version of Hito (${found}, this one needs ${version}). Start with --fresh to delete it, or use the version that made it.`,
    );
  // Mails, logs, keys and addresses of people lie here.
  chmodSync(dir, 0o700);
  for (const folder of ['keys', 'logs']) mkdirSync(join(dir, folder), { recursive: true, mode: 0o700 });
}

/** Deletes all that is in the folder but its lock and version, and Postgres' data beside it; only in one that `npm start` made. */
export function emptyHome(dir: string): void {
  if (!existsSync(dir)) return;
  if (!existsSync(join(dir, 'version')) && readdirSync(dir).some((name) => !name.startsWith('lock')))
    throw new Problem(
      `${dir} was not made by \`npm start\` (it has no file "version"), so --fresh leaves it alone. Move it away, or name another folder by HITO_HOME.`,
    );
  for (const name of readdirSync(dir))
    if (name !== 'version' && !name.startsWith('lock')) rmSync(join(dir, name), { recursive: true, force: true });
  rmSync(postgresFolder(dir), { recursive: true, force: true });
  if (existsSync(join(dir, 'version'))) writeFileSync(join(dir, 'version'), `${version}\n`);
}
