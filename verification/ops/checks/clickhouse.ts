import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../local/root.ts';
import { kpis, type Row } from '../../data/kpis.ts';
import { writeMadeUp, writeMadeUpRecords } from '../../data/made-up.ts';
import type { Check } from '../check.ts';

/** Counts may come as text, months in the form of the database. */
const comparable = (rows: readonly Row[]): string =>
  JSON.stringify(
    rows.map(({ month: _month, ...row }) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, Number.isNaN(Number(value ?? Number.NaN)) ? value : Number(value)]),
      ),
    ),
  );

/** The tables and views for ClickHouse can be made, and the KPIs over them are those of DuckDB. The Kafka engine itself gets no broker. */
export const clickHouse: Check = {
  name: 'clickhouse',
  needs: [{ command: 'python3', install: 'pip install chdb', answers: ['-c', 'import chdb'] }],
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hito-clickhouse-'));
    try {
      writeMadeUp(folder);
      const records = join(folder, 'records');
      mkdirSync(records);
      writeMadeUpRecords(records);
      const script = join(root, 'verification', 'data', 'clickhouse.py');
      const printed = execFileSync('python3', [script, root, records], { encoding: 'utf8', cwd: folder });
      const found = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as Record<string, readonly Row[]>;
      return [...(await kpis(folder))].flatMap(([name, rows]) => {
        const [duckdb, clickhouse] = [comparable(rows), comparable(found[name] ?? [])];
        return duckdb === clickhouse
          ? []
          : [`deploy/sql/models/kpis/${name}.sql: DuckDB says ${duckdb}, ClickHouse ${clickhouse}`];
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
