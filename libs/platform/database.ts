import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface DatabaseOptions {
  readonly services: readonly string[];
  /** Begins the names of roles and schemas; `hito` where absent. Dashes become underscores. */
  readonly prefix?: string;
  /** By service. A new role without one gets a random one; an existing role without one keeps what it has. */
  readonly passwords?: Readonly<Record<string, string>>;
}

export interface DatabaseResult {
  /** False where the admin may not create roles or schemas: then nothing was done and `sql` is for somebody who may. */
  readonly applied: boolean;
  readonly sql: string;
  /** DATABASE_URL by service; without a password where an existing role kept its own. */
  readonly urls: Readonly<Record<string, string>>;
}

/** How a service's role and schema are called. */
export const placeOf = (prefix: string, service: string): string => `${prefix}_${service}`.replaceAll('-', '_');

interface Place {
  readonly service: string;
  /** Name of both role and schema. */
  readonly name: string;
  readonly exists: boolean;
  readonly password: string | undefined;
}

/**
 * Gives every service a role and a schema of its own, which no other service's role can read. May be repeated, also by several at
 * once: an advisory lock lets one after the other. Everything happens or nothing does.
 */
export async function applyDatabase(adminUrl: string, options: DatabaseOptions): Promise<DatabaseResult> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query('begin');
    await client.query("select pg_advisory_xact_lock(hashtext('hito database apply'))");
    const admin = await rightsOf(client);
    const places = await placesOf(client, options);
    const statements = places.flatMap((place) => statementsFor(place, admin));
    const allowed = admin.maySetUp;
    if (allowed) for (const statement of statements) await client.query(statement);
    await client.query('commit');
    return {
      applied: allowed,
      sql: `${statements.join(';\n')};\n`,
      urls: Object.fromEntries(places.map((place) => [place.service, urlOf(adminUrl, place)])),
    };
  } finally {
    await client.end();
  }
}

interface Admin {
  readonly database: string;
  readonly superuser: boolean;
  readonly maySetUp: boolean;
}

async function rightsOf(client: pg.Client): Promise<Admin> {
  const { rows } = await client.query<{ database: string; superuser: boolean; may: boolean }>(
    `select current_database() as database, rolsuper as superuser,
            rolsuper or (rolcreaterole and has_database_privilege(current_database(), 'create')) as may
       from pg_roles where rolname = current_user`,
  );
  const row = rows[0];
  return { database: row?.database ?? '', superuser: row?.superuser ?? false, maySetUp: row?.may ?? false };
}

async function placesOf(client: pg.Client, { services, prefix = 'hito', passwords = {} }: DatabaseOptions): Promise<Place[]> {
  const nameOf = (service: string): string => placeOf(prefix, service);
  const { rows } = await client.query<{ rolname: string }>('select rolname from pg_roles where rolname = any($1)', [
    services.map(nameOf),
  ]);
  const known = new Set(rows.map((row) => row.rolname));
  return services.map((service) => {
    const name = nameOf(service);
    const exists = known.has(name);
    return {
      service,
      name,
      exists,
      password: passwords[service] ?? (exists ? undefined : randomBytes(24).toString('base64url')),
    };
  });
}

function statementsFor({ name, exists, password }: Place, { database, superuser }: Admin): string[] {
  const role = pg.escapeIdentifier(name);
  return [
    ...(exists ? [] : [`create role ${role} login`]),
    ...(password === undefined ? [] : [`alter role ${role} login password ${pg.escapeLiteral(password)}`]),
    // Only a member of a role may give a schema to it; a superuser may anyway.
    ...(superuser ? [] : [`grant ${role} to current_user`]),
    `create schema if not exists ${role} authorization ${role}`,
    `alter schema ${role} owner to ${role}`,
    `revoke all on schema ${role} from public`,
    `grant connect on database ${pg.escapeIdentifier(database)} to ${role}`,
    `alter role ${role} in database ${pg.escapeIdentifier(database)} set search_path = ${role}`,
  ];
}

function urlOf(adminUrl: string, { name, password }: Place): string {
  const url = new URL(adminUrl);
  url.username = name;
  url.password = password ?? '';
  return url.href;
}
