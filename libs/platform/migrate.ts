import { DataSource, type MigrationInterface } from 'typeorm';

/** The database's role has no schema of its own: `hito database apply` was not run, or the URL is another role's. */
class NoSchema extends Error {}

/**
 * Brings the service's schema up to date. Processes starting at once wait for each other by an advisory lock, so each migration runs
 * once. Throws NoSchema when the role's search_path names no schema, or whatever the database says.
 */
export async function migrate(
  databaseUrl: string,
  migrations: readonly (new () => MigrationInterface)[],
): Promise<readonly string[]> {
  const source = new DataSource({
    type: 'postgres',
    url: databaseUrl,
    migrations: [...migrations],
    migrationsTableName: 'migrations',
    installExtensions: false,
    extra: { max: 2, connectionTimeoutMillis: 10_000 },
  });
  await source.initialize();
  try {
    const lock = source.createQueryRunner();
    const [row] = (await lock.query('select current_schema() as schema')) as { schema: string | null }[];
    const schema = row?.schema ?? null;
    if (schema === null)
      throw new NoSchema(
        'the role of DATABASE_URL has no schema of its own; run `hito database apply` and take the URL that it prints',
      );
    await lock.query("select pg_advisory_lock(hashtext('hito migrations'), hashtext($1))", [schema]);
    try {
      const applied = await source.runMigrations({ transaction: 'all' });
      return applied.map((migration) => migration.name);
    } finally {
      await lock.query("select pg_advisory_unlock(hashtext('hito migrations'), hashtext($1))", [schema]);
      await lock.release();
    }
  } finally {
    await source.destroy();
  }
}
