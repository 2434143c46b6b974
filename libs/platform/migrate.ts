import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { laneColumns, operatorColumns, recoveryColumns } from '#stream';

/** The role of DATABASE_URL is not the service's own: its tables would be made where they do not belong, or read by others. */
class NotItsOwnRole extends Error {}

/** Adds columns to the runtime's tables; an earlier version runs beside them and does not read them, so they are never taken away. */
const adding = (name: string, sql: string): new () => MigrationInterface =>
  class implements MigrationInterface {
    name = name;

    async up(runner: QueryRunner): Promise<void> {
      await runner.query(sql);
    }

    down(): Promise<void> {
      return Promise.resolve();
    }
  };

/** Changes of the runtime's own tables, which every service has; they come after those of the service. */
const ofRuntime = [
  adding('AddOperatorColumns1790000000000', operatorColumns),
  adding('AddRecoveryColumns1790000000001', recoveryColumns),
  adding('AddLaneColumns1790000000002', laneColumns),
];

/**
 * Brings the service's schema up to date. `place` is the name of its role's schema. Processes starting at once wait for each other by an
 * advisory lock, so each migration runs once. Throws NotItsOwnRole, with nothing made, for a superuser or where the role's schema is
 * another; or whatever the database says.
 */
export async function migrate(
  databaseUrl: string,
  migrations: readonly (new () => MigrationInterface)[],
  place: string,
): Promise<readonly string[]> {
  const source = new DataSource({
    type: 'postgres',
    url: databaseUrl,
    migrations: [...migrations, ...ofRuntime],
    migrationsTableName: 'migrations',
    installExtensions: false,
    extra: { max: 2, connectionTimeoutMillis: 10_000 },
  });
  await source.initialize();
  try {
    const lock = source.createQueryRunner();
    const [role] = (await lock.query(
      'select current_user as name, rolsuper as superuser, current_schema() as schema from pg_roles where rolname = current_user',
    )) as Role[];
    checkOwn(role, place);
    await lock.query("select pg_advisory_lock(hashtext('hito migrations'), hashtext($1))", [place]);
    try {
      const applied = await source.runMigrations({ transaction: 'all' });
      return applied.map((migration) => migration.name);
    } finally {
      await lock.query("select pg_advisory_unlock(hashtext('hito migrations'), hashtext($1))", [place]);
      await lock.release();
    }
  } finally {
    await source.destroy();
  }
}

interface Role {
  readonly name: string;
  readonly superuser: boolean;
  readonly schema: string | null;
}

function checkOwn(role: Role | undefined, place: string): void {
  if (role?.schema === place && !role.superuser) return;
  const why =
    role?.superuser === true
      ? 'is a superuser'
      : `has ${typeof role?.schema === 'string' ? `the schema "${role.schema}"` : 'no schema'}`;
  throw new NotItsOwnRole(
    `the role "${String(role?.name)}" of DATABASE_URL ${why}; this service takes a role of its own with the schema "${place}" and makes nothing elsewhere. Run \`hito database apply\` and take the URL that it prints for this service`,
  );
}
