import { execFileSync } from 'node:child_process';
import { chownSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Who runs Postgres when we are root, which it refuses: the system user `postgres`, made where there is none. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const idOf = (flag: '-u' | '-g'): number | undefined => {
  try {
    return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
};

/** Undefined unless we are root. Throws when no user can be made. */
export function postgresOwner(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (idOf('-u') === undefined) {
    try {
      execFileSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'], { stdio: 'pipe' });
    } catch (error) {
      throw new Error(
        `Postgres does not run as root and the user "postgres" could not be made (${(error as Error).message}). Start as another user, or make it: useradd --system postgres`,
      );
    }
  }
  const [uid, gid] = [idOf('-u'), idOf('-g')];
  if (uid === undefined || gid === undefined)
    throw new Error('The system user "postgres" has no uid or group. Start as a user other than root.');
  return { uid, gid };
}

/** Gives the data folder and the cluster in it to their owner and checks that the owner can get there. */
export function handOver(data: string, cluster: string, owner: Owner): void {
  for (const folder of [data, cluster]) chownSync(folder, owner.uid, owner.gid);
  for (let path = dirname(cluster); ; path = dirname(path)) {
    if (!enterable(path, owner))
      throw new Error(
        `Postgres runs as the user "postgres" here (it refuses root), who cannot enter ${path}. Allow it (chmod o+x ${path}), clone to a folder open to all (such as /srv), or start as another user.`,
      );
    if (path === dirname(path)) return;
  }
}

function enterable(path: string, { uid, gid }: Owner): boolean {
  const { mode, uid: owner, gid: group } = statSync(path);
  const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
  return (mode & bit) !== 0;
}
