import pg from 'pg';
import { services } from '#contracts';

export const schemaOf = (prefix: string, service: string): string => `${prefix}_${service}`.replaceAll('-', '_');

/** One connection of the admin's for `work`, closed whatever comes. */
export async function withDatabase<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // A connection that breaks is told to the query under way; without a listener it would end the launcher.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Those of the installation's schemas that are there, with the number of their tables. */
export const schemasFound = (url: string, prefix: string): Promise<{ readonly schema: string; readonly tables: number }[]> =>
  withDatabase(url, async (client) => {
    const { rows } = await client.query<{ schema: string; tables: number }>(
      `select n.nspname as schema, count(c.oid) filter (where c.relkind in ('r', 'p'))::int as tables
         from pg_namespace n left join pg_class c on c.relnamespace = n.oid where n.nspname = any($1) group by 1 order by 1`,
      [services.map((service) => schemaOf(prefix, service))],
    );
    return rows;
  });

/** Drops schemas with what is in them, and the roles of the same names. */
export const dropSchemas = (url: string, schemas: readonly string[]): Promise<void> =>
  withDatabase(url, async (client) => {
    const { rows } = await client.query<{ role: string }>('select rolname as role from pg_roles where rolname = any($1)', [
      schemas,
    ]);
    for (const schema of schemas) await client.query(`drop schema if exists ${pg.escapeIdentifier(schema)} cascade`);
    for (const { role } of rows) {
      await client.query(`drop owned by ${pg.escapeIdentifier(role)}`);
      await client.query(`drop role ${pg.escapeIdentifier(role)}`);
    }
  });
