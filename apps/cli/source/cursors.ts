import pg from 'pg';
import { baseVariables, readVariables } from '#platform';
import { Refusal } from '../explain.ts';
import { loadFiles } from '../installation-files.ts';

/** A source's cursor, as its row says. */
export interface CursorRow {
  readonly source: string;
  readonly topic: string;
  readonly partition: number;
  readonly next: number;
  readonly stopped: string | null;
}

/** The cursors of the installation's sources, in ingestion's schema. DATABASE_URL is ingestion's, or an administrator's. */
export class CursorRows {
  private constructor(
    private readonly client: pg.Client,
    private readonly table: string,
  ) {}

  /** Connects, hands the table to `work` and closes it whatever comes. `command` names itself where a variable is missing. */
  static async with<R>(command: string, work: (rows: CursorRows) => Promise<R>): Promise<R> {
    loadFiles();
    const { DATABASE_URL, HITO_PREFIX } = baseVariables;
    const env = readVariables(command, { DATABASE_URL, HITO_PREFIX });
    const client = new pg.Client({ connectionString: env.DATABASE_URL, connectionTimeoutMillis: 10_000 });
    await client.connect();
    try {
      const { rows } = await client.query<{ schema: string }>(
        `select n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.relname = 'source_cursor' and (n.nspname = current_schema() or starts_with(n.nspname, $1))
            and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'update')
          order by n.nspname = current_schema() desc limit 1`,
        [`${env.HITO_PREFIX.replaceAll('-', '_')}_`],
      );
      if (rows[0] === undefined)
        throw new Refusal(
          "There are no cursors of sources that the role of DATABASE_URL may see. It has to be ingestion's, or an administrator's.",
        );
      return await work(new CursorRows(client, `${pg.escapeIdentifier(rows[0].schema)}.source_cursor`));
    } finally {
      await client.end();
    }
  }

  async all(): Promise<CursorRow[]> {
    const { rows } = await this.client.query<Omit<CursorRow, 'next'> & { next: string }>(
      `select source, topic, partition, next_offset as next, stopped from ${this.table} order by source, topic, partition`,
    );
    return rows.map((row) => ({ ...row, next: Number(row.next) }));
  }

  /** False where it is not stopped any more. */
  async resume({ source, topic, partition }: CursorRow, from: string): Promise<boolean> {
    const { rowCount } = await this.client.query(
      `update ${this.table} set resume = $4 where source = $1 and topic = $2 and partition = $3 and stopped is not null`,
      [source, topic, partition, from],
    );
    return rowCount === 1;
  }
}
