import { chmodSync, chownSync, cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gone, signalTo } from '../../local/process/end.ts';
import { identityOf } from '../../local/process/identity.ts';
import type { Server } from '../../local/infrastructure/infrastructure.types.ts';
import { postgresOwner } from '../../local/infrastructure/postgres/owner.ts';
import { postgresServer } from '../../local/infrastructure/postgres/postgres.ts';
import { backUp } from './backup.ts';

/** A Postgres of the drill, in a folder of its own. */
export class Database {
  readonly cluster: string;

  private constructor(
    private readonly server: Server,
    readonly url: string,
    readonly port: number,
    private readonly data: string,
  ) {
    this.cluster = join(data, 'data');
  }

  /** `from`: the copy of a cluster to begin with, and the folder of the keys that it was made with. */
  static async start(
    dir: string,
    data: string,
    port: number,
    from?: { readonly copy: string; readonly dir: string },
  ): Promise<Database> {
    if (from !== undefined) {
      mkdirSync(data, { recursive: true });
      putBack(from.copy, data);
      cpSync(join(from.dir, 'keys'), join(dir, 'keys'), { recursive: true });
    }
    const server = await postgresServer({ dir, data, port });
    return new Database(server, server.url, port, data);
  }

  backUp(into: string): Promise<void> {
    return backUp(this.url, this.cluster, into);
  }

  /** As a machine that is lost: nothing is written any more. */
  async lose(): Promise<void> {
    const identity = identityOf(this.server.pid);
    if (identity === undefined) return;
    signalTo(identity, 'SIGKILL');
    await gone(identity, 20_000);
  }

  /** Takes a copy in the place of what is lost. */
  async restore(copy: string): Promise<void> {
    putBack(copy, this.data);
    await this.server.start();
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

function putBack(copy: string, data: string): void {
  const cluster = join(data, 'data');
  rmSync(cluster, { recursive: true, force: true });
  cpSync(copy, cluster, { recursive: true, preserveTimestamps: true });
  chmodSync(cluster, 0o700);
  const owner = postgresOwner();
  if (owner === undefined) return;
  for (const path of ['', ...readdirSync(cluster, { recursive: true, encoding: 'utf8' })])
    chownSync(join(cluster, path), owner.uid, owner.gid);
}
