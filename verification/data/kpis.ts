import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { root } from '../../local/root.ts';

/** The topics that the KPIs are computed from, as `hito export` takes them. */
export const kpiTopics = ['outcomes', 'stages', 'events', 'profiles'] as const;

export type Row = Readonly<Record<string, unknown>>;

/** The models of `deploy/sql` in the order in which they are made: the topics, then the KPIs by name. */
export function models(): { readonly name: string; readonly sql: string }[] {
  return ['topics', 'kpis'].flatMap((part) => {
    const folder = join(root, 'deploy', 'sql', 'models', part);
    return readdirSync(folder)
      .toSorted()
      .map((file) => ({ name: basename(file, '.sql'), sql: readFileSync(join(folder, file), 'utf8') }));
  });
}

/** Runs the KPIs in DuckDB over the tables in `folder/exports`. Gives the rows of each, by the name of its model. */
export async function kpis(folder: string): Promise<ReadonlyMap<string, readonly Row[]>> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  try {
    await connection.run(`set timezone = 'UTC'; set file_search_path = '${folder.replaceAll("'", "''")}'`);
    const found = new Map<string, readonly Row[]>();
    for (const { name, sql } of models()) {
      await connection.run(`create view ${name} as\n${sql}`);
      if (!name.startsWith('kpi_')) continue;
      const numbers = await connection.runAndReadAll(`select * from ${name} order by all`);
      found.set(name, numbers.getRowObjectsJS().map(plain));
    }
    return found;
  } finally {
    connection.closeSync();
  }
}

/** Counts come as integers of 64 or 128 bits, shares as decimals. */
const plain = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value === null || ['string', 'boolean'].includes(typeof value) || value instanceof Date ? value : Number(value),
    ]),
  );
