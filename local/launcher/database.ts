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

/** Those of the roles that are there. */
export const rolesFound = (url: string, roles: readonly string[]): Promise<string[]> =>
  withDatabase(url, async (client) => {
    const { rows } = await client.query<{ role: string }>('select rolname as role from pg_roles where rolname = any($1)', [
      roles,
    ]);
    return rows.map(({ role }) => role);
  });

/** The processors that have worked in these schemas: their consumer groups are the installation's. */
export const processorsIn = (url: string, schemas: readonly string[]): Promise<string[]> =>
  withDatabase(url, async (client) => {
    const processors = new Set<string>();
    for (const schema of schemas) {
      const table = `${pg.escapeIdentifier(schema)}.task`;
      const { rows: found } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [table]);
      if (found[0]?.there !== true) continue;
      const { rows } = await client.query<{ processor: string }>(`select distinct processor from ${table}`);
      for (const { processor } of rows) processors.add(processor);
    }
    return [...processors];
  });

/** What of a database is to go. */
export interface Doomed {
  /** With all that is in them. */
  readonly schemas: readonly string[];
  /** All that is in them, but not they themselves. */
  readonly emptied: readonly string[];
  readonly roles: readonly string[];
}

export async function dropFromDatabase(url: string, { schemas, emptied, roles }: Doomed): Promise<void> {
  const found = await rolesFound(url, roles);
  await withDatabase(url, async (client) => {
    for (const schema of [...schemas, ...emptied])
      await client.query(`drop schema if exists ${pg.escapeIdentifier(schema)} cascade`);
    for (const schema of emptied) await client.query(`create schema ${pg.escapeIdentifier(schema)}`);
    for (const role of found) {
      await client.query(`drop owned by ${pg.escapeIdentifier(role)}`);
      await client.query(`drop role ${pg.escapeIdentifier(role)}`);
    }
  });
}
