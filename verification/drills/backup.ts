import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/**
 * Copies a running cluster as a volume snapshot or a base backup does, with the WAL that it needs: Postgres' low-level backup
 * (https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP).
 */
export async function backUp(url: string, cluster: string, into: string): Promise<void> {
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("select pg_backup_start('drill', true)");
    cpSync(cluster, into, {
      recursive: true,
      preserveTimestamps: true,
      filter: (path) => lasting(path) && !/postmaster\.(pid|opts)$/.test(path),
    });
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
    writeFileSync(join(into, 'backup_label'), String(rows[0]?.labelfile));
    await client.query('select pg_switch_wal()');
    copyWal(cluster, into);
  } finally {
    await client.end();
  }
}

/** Files that Postgres makes under a name for the time being may be gone before they are copied. */
const lasting = (path: string): boolean => !/xlogtemp|pgsql_tmp|pg_internal\.init/.test(path);

/** What a standby of the log-shipping kind would have been given by now. */
export const copyWal = (from: string, to: string): void => {
  const wal = join(to, 'pg_wal');
  if (existsSync(wal)) rmSync(wal, { recursive: true });
  cpSync(join(from, 'pg_wal'), wal, { recursive: true, preserveTimestamps: true, filter: lasting });
};
