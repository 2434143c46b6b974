import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { contracts } from '#contracts';
import { columnsOf, type Column, type ColumnType } from '#reference';
import { csv } from './csv.ts';
import type { Format } from './format.ts';
import { jsonl } from './jsonl.ts';
import { parquet } from './parquet.ts';

/** DuckDB reads what we write: a program of others that knows the three formats. */
let duckdb: DuckDBConnection;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hito-export-'));
  duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  await duckdb.run("set timezone = 'UTC'");
});
afterAll(() => {
  duckdb.closeSync();
  rmSync(dir, { recursive: true });
});
const rowsOf = async (sql: string): Promise<Record<string, unknown>[]> => (await duckdb.runAndReadAll(sql)).getRowObjectsJson();

const types: readonly ColumnType[] = ['text', 'integer', 'number', 'boolean', 'instant', 'json'];
const columns: readonly Column[] = types.map((type) => ({ name: type, type, path: [], personal: 'none', meaning: '' }));

function written(format: Format, of: readonly Column[], rows: readonly (readonly unknown[])[]): Buffer {
  const parts: Uint8Array[] = [];
  const table = format(of, (bytes) => parts.push(bytes));
  for (const row of rows) table.add(row);
  table.end();
  return Buffer.concat(parts);
}
/** Each file has a name of its own: DuckDB keeps what it read of a path, and may not see that another file of the same second took its place. */
let files = 0;
function fileOf(name: string, format: Format, of: readonly Column[], rows: readonly (readonly unknown[])[]): string {
  const file = join(dir, `${++files}-${name}`);
  writeFileSync(file, written(format, of, rows));
  return file;
}

/** Texts of what people write and what breaks tables: formulas, quotes, ends of lines, any Unicode; NUL is no text for CSV readers. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', "'", '"', ',', '＝', ';', 'a', '1', ' ', '(', '\u2028', '😀'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((sign) => sign !== '\0'),
  ),
  maxLength: 12,
});
const instant = fc
  .date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
  .map((date) => date.toISOString());
const json = fc.oneof(fc.array(text, { maxLength: 3 }), fc.dictionary(text, text, { maxKeys: 3 }));
const optional = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(one, { freq: 4 });
const row = fc.tuple(
  optional(text),
  optional(fc.maxSafeInteger()),
  optional(fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0)),
  optional(fc.boolean()),
  optional(instant),
  optional(json),
);
const table = fc.array(row, { minLength: 1, maxLength: 30 });

describe('a table that DuckDB reads is the table that was written', () => {
  test('as Parquet', async () => {
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const file = fileOf('any.parquet', parquet, columns, rows);
        const read = await rowsOf(
          `select text, "integer"::varchar as i, number, boolean, epoch_ms(instant)::varchar as at, json from '${file}'`,
        );
        expect(read).toEqual(
          rows.map(([t, i, n, b, at, j]) => ({
            text: t,
            i: i === null ? null : String(i),
            number: n,
            boolean: b,
            at: at === null ? null : String(Date.parse(at)),
            json: j === null ? null : JSON.stringify(j),
          })),
        );
      }),
      { numRuns: 60 },
    );
  });

  test('as lines of JSON', async () => {
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const lines = written(jsonl, columns, rows).toString().trimEnd().split('\n');
        expect(lines.map((line) => Object.values(JSON.parse(line) as Record<string, unknown>))).toEqual(rows);
        const file = fileOf('any.jsonl', jsonl, columns, rows);
        const read = await rowsOf(
          `select text from read_json('${file}', format = 'newline_delimited', columns = {text: 'VARCHAR'})`,
        );
        expect(read.map(({ text: t }) => t)).toEqual(rows.map(([t]) => t));
      }),
      { numRuns: 60 },
    );
  });

  test('as CSV, once one leading apostrophe is dropped', async () => {
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        // A value that is absent and a text that is empty are the same to DuckDB.
        const file = fileOf('any.csv', csv, columns, rows);
        const read = await rowsOf(
          `select regexp_replace(text, '^''', '') as t, "integer" as i, boolean as b, regexp_replace(json, '^''', '') as j
           from read_csv('${file}', header = true, all_varchar = true, delim = ',', quote = '"', escape = '"', new_line = '\\r\\n', auto_detect = false,
             columns = {${columns.map(({ name }) => `"${name}": 'VARCHAR'`).join(', ')}})`,
        );
        expect(read.map(({ t, i, b, j }) => [t ?? '', i, b, j])).toEqual(
          rows.map(([t, i, , b, , j]) => [
            t ?? '',
            i === null ? null : String(i),
            b === null ? null : String(b),
            j === null ? null : JSON.stringify(j),
          ]),
        );
      }),
      { numRuns: 60 },
    );
  });
});

test('no cell of CSV that people wrote begins like a formula', () => {
  const [first] = columns;
  fc.assert(
    fc.property(fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'), text, (sign, rest) => {
      const cell = written(csv, first === undefined ? [] : [first], [[sign + rest]])
        .toString()
        .slice('text\r\n'.length);
      expect(cell).toMatch(/^"?'/);
    }),
  );
  expect(written(csv, columns, [['-', -1, -0.5, true, '-000001-01-01T00:00:00.000Z', -3]]).toString()).toContain(
    `\r\n'-,-1,-0.5,true,'-000001-01-01T00:00:00.000Z,'-3\r\n`,
  );
});

describe('an empty topic', () => {
  const expected: Readonly<Record<ColumnType, string>> = {
    text: 'VARCHAR',
    integer: 'BIGINT',
    number: 'DOUBLE',
    boolean: 'BOOLEAN',
    instant: 'TIMESTAMP',
    json: 'VARCHAR',
  };
  test.each(contracts.map((one) => [one.name, one] as const))('%s has all columns, with their types', async (name, one) => {
    const of = columnsOf(one);
    const file = fileOf(`${name}.parquet`, parquet, of, []);
    const read = await rowsOf(`describe select * from '${file}'`);
    expect(read.map(({ column_name, column_type }) => [column_name, String(column_type).replace(' WITH TIME ZONE', '')])).toEqual(
      of.map(({ name: column, type }) => [column, expected[type]]),
    );
    expect(written(csv, of, []).toString()).toBe(`${of.map(({ name: column }) => column).join(',')}\r\n`);
  });
});

test.each([
  ['csv', csv, 100_000],
  ['jsonl', jsonl, 100_000],
  ['parquet', parquet, 12_000_000],
])('%s holds a bounded part of a table of 60 MB', async (name, format, most) => {
  const cell = 'x'.repeat(30_000);
  let [largest, sum, parts] = [0, 0, 0];
  const one = columns.slice(0, 1);
  const made = format(one, (bytes) => {
    [largest, sum, parts] = [Math.max(largest, bytes.length), sum + bytes.length, parts + 1];
  });
  for (let n = 0; n < 2_000; n++) made.add([`${String(n)}${cell}`]);
  expect(parts).toBeGreaterThan(5);
  made.end();
  expect(largest).toBeLessThan(most);
  expect(name === 'parquet' || sum > 60_000_000).toBe(true);
  await Promise.resolve();
});
