import pg from 'pg';
import { baseVariables, readVariables } from '#platform';
import { loadFiles } from './installation-files.ts';
import type { Columns, TaskFacts } from './task-change.ts';

/** The task tables that the role of DATABASE_URL may see: the service's own, or an administrator's view of all services. */
export class TaskRows {
  private constructor(
    private readonly client: pg.Client,
    private readonly schemas: readonly string[],
    readonly prefix: string,
  ) {}

  /** Connects, hands the tables to `work` and closes them whatever comes. `command` names itself where a variable is missing. */
  static async with<R>(command: string, work: (rows: TaskRows) => Promise<R>): Promise<R> {
    loadFiles();
    const { DATABASE_URL, HITO_PREFIX } = baseVariables;
    const env = readVariables(command, { DATABASE_URL, HITO_PREFIX });
    const client = new pg.Client({ connectionString: env.DATABASE_URL, connectionTimeoutMillis: 10_000 });
    await client.connect();
    try {
      return await work(new TaskRows(client, await schemasOf(client, env.HITO_PREFIX), env.HITO_PREFIX));
    } finally {
      await client.end();
    }
  }

  /** All tasks, each with the schema that it lies in. */
  async all(): Promise<(TaskFacts & { readonly schema: string })[]> {
    const found = await Promise.all(
      this.schemas.map(async (schema) => {
        const { rows } = await this.client.query<TaskFacts>(
          `select processor, partition, stopped, paused, skips,
             (select coalesce(json_object_agg(c.topic, c.next_offset), '{}') from ${table(schema, 'cursor')} c
               where c.processor = t.processor and c.partition = t.partition) as cursors
           from ${table(schema, 'task')} t order by processor, partition`,
        );
        return rows.map((row) => ({ ...row, schema }));
      }),
    );
    return found.flat();
  }

  /** False where the task has been stopped, paused or resumed since it was read: then nothing is changed. */
  async change(task: TaskFacts & { readonly schema: string }, set: Columns): Promise<boolean> {
    const columns = Object.entries(set).map(([column, value]) => [
      column,
      column === 'skips' ? JSON.stringify(value) : (value as unknown),
    ]);
    const { rowCount } = await this.client.query(
      `update ${table(task.schema, 'task')} set ${columns.map(([column], i) => `${String(column)} = $${String(i + 5)}`).join(', ')}
       where processor = $1 and partition = $2 and stopped is not distinct from $3 and paused is not distinct from $4`,
      [task.processor, task.partition, task.stopped, task.paused, ...columns.map(([, value]) => value)],
    );
    return rowCount === 1;
  }
}

const table = (schema: string, name: string): string => `${pg.escapeIdentifier(schema)}.${name}`;

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
