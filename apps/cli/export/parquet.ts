import { gzipSync } from 'node:zlib';
import { ByteWriter, ParquetWriter, schemaFromColumnData, type BasicType } from 'hyparquet-writer';
import type { ColumnType } from '#reference';
import { jsonText, type Format, type Out } from './format.ts';

/** A group of rows is written when it has as many rows or as much text: that is what an export holds in memory. */
const groupRows = 20_000;
const groupBytes = 8 * 1024 * 1024;

/** JSON is text here, as not every reader of Parquet knows its logical type. Instants have milliseconds. */
const types: Readonly<Record<ColumnType, BasicType>> = {
  text: 'STRING',
  integer: 'INT64',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  instant: 'TIMESTAMP',
  json: 'STRING',
};

const values: Readonly<Record<ColumnType, (cell: unknown) => unknown>> = {
  text: (cell) => cell,
  integer: (cell) => BigInt(cell as number),
  number: (cell) => cell,
  boolean: (cell) => cell,
  instant: (cell) => new Date(cell as string),
  json: jsonText,
};

/** Hands the bytes on after each group. */
class Handing extends ByteWriter {
  constructor(private readonly out: Out) {
    super();
  }

  flush(): void {
    this.out(this.getBytes().slice());
    this.index = 0;
  }

  override finish(): void {
    this.flush();
  }
}

/** Apache Parquet, each page packed by zlib's gzip. Every column may be null, so that a later release's file has the same schema. */
export const parquet: Format = (columns, out) => {
  const named = (data: readonly unknown[][]) =>
    columns.map(({ name, type }, n) => ({ name, type: types[type], data: data[n] ?? [], offsetIndex: false }));
  const empty = (): unknown[][] => columns.map(() => []);
  const schema = schemaFromColumnData({ columnData: named(empty()) });
  const writer = new ParquetWriter({
    writer: new Handing(out),
    schema,
    codec: 'GZIP',
    compressors: { GZIP: (page) => gzipSync(page) },
    createdBy: 'hito export',
  });
  let group = empty();
  let [rows, bytes] = [0, 0];
  const flush = (): void => {
    if (rows > 0) void writer.write({ columnData: named(group), rowGroupSize: rows });
    group = empty();
    [rows, bytes] = [0, 0];
  };
  return {
    add: (cells) => {
      for (const [n, { type }] of columns.entries()) {
        const cell = cells[n] ?? null;
        const value = cell === null ? null : values[type](cell);
        group[n]?.push(value);
        bytes += typeof value === 'string' ? value.length : 8;
      }
      rows += 1;
      if (rows >= groupRows || bytes >= groupBytes) flush();
    },
    end: () => {
      flush();
      void writer.finish();
    },
  };
};
