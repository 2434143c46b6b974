import pg from 'pg';
import { baseVariables, readVariables } from '#platform';
import { Refusal } from './explain.ts';
import { loadFiles } from './installation-files.ts';
import { printable } from './printable.ts';

/** `confirmed` accepts what an alarm about log and database told; a row of failures leaves those checks on. */
const changes = {
  resume: "stopped = null, attempts = 0, confirmed = stopped not like '% messages in a row threw%'",
  skip: 'stopped = null, attempts = 0, skip_record = true',
} as const;

/**
 * Lets a stopped task go on; its owner looks at its row and sees it. DATABASE_URL is the service's, or an administrator's: then the
 * processor is looked for in the schemas of all services.
 */
export async function changeTask(verb: keyof typeof changes, processor: string, partition: number): Promise<void> {
  if (!Number.isInteger(partition) || partition < 0)
    throw new Refusal('The partition is a whole number, as `hito status` shows it.');
  loadFiles();
  const { DATABASE_URL, HITO_PREFIX } = baseVariables;
  const env = readVariables(`hito task ${verb}`, { DATABASE_URL, HITO_PREFIX });
  const client = new pg.Client({ connectionString: env.DATABASE_URL, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    process.stdout.write(`${await changeIn(client, env.HITO_PREFIX, verb, processor, partition)}\n`);
  } finally {
    await client.end();
  }
}

async function changeIn(
  client: pg.Client,
  prefix: string,
  verb: keyof typeof changes,
  processor: string,
  partition: number,
): Promise<string> {
  const known = new Set<string>();
  for (const schema of await schemasOf(client, prefix)) {
    const table = `${pg.escapeIdentifier(schema)}.task`;
    const { rows } = await client.query<{ stopped: string | null }>(
      `select stopped from ${table} where processor = $1 and partition = $2`,
      [processor, partition],
    );
    const row = rows[0];
    if (row === undefined) {
      const others = await client.query<{ processor: string }>(`select distinct processor from ${table}`);
      for (const other of others.rows) known.add(other.processor);
      continue;
    }
    const task = `Task ${processor} of partition ${String(partition)}`;
    if (row.stopped === null) return `${task} is not stopped; nothing was changed.`;
    await client.query(`update ${table} set ${changes[verb]} where processor = $1 and partition = $2 and stopped is not null`, [
      processor,
      partition,
    ]);
    return `${task} goes on${verb === 'skip' ? ' without that record' : ''}. It had stopped: ${printable(row.stopped)}`;
  }
  const there =
    known.size === 0
      ? 'There are no tasks that the role of DATABASE_URL may see'
      : `There are tasks of ${[...known].sort().join(', ')}`;
  throw new Refusal(`There is no task ${processor} of partition ${String(partition)}. ${there}.`);
}

/** The schemas with a task table that this role may change: its own, else those of the installation. */
async function schemasOf(client: pg.Client, prefix: string): Promise<string[]> {
  const { rows } = await client.query<{ schema: string }>(
    `select n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relname = 'task' and c.relkind in ('r', 'p') and (n.nspname = current_schema() or starts_with(n.nspname, $1))
        and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'update')
      order by n.nspname = current_schema() desc, n.nspname`,
    [`${prefix.replaceAll('-', '_')}_`],
  );
  return rows.map((row) => row.schema);
}
