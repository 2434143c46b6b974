import type { Contract } from '#contracts';
import { columnsOf, type Column, type ColumnType } from './columns.ts';

const types: Readonly<Record<ColumnType, string>> = {
  text: 'Nullable(String)',
  integer: 'Nullable(Int64)',
  number: 'Nullable(Float64)',
  boolean: 'Nullable(Bool)',
  instant: "Nullable(DateTime64(3, 'UTC'))",
  json: 'Nullable(String)',
};

/**
 * SQL that lets ClickHouse read topics: for each a table of Kafka's records, a table of rows, and what fills the second from the first.
 * Fields that may hold anything (class `free`) are left out: what a platform sent may be a secret or name a person.
 */
export const clickHouseTables = (contracts: readonly Contract[]): string =>
  [
    '-- Made from libs/contracts by `npm run docs:reference`. How to use it: docs/how-to/data.md',
    '-- Set broker and prefix (hito) to yours. A second consumer group gets all records once more.',
    'create database if not exists hito;',
    ...contracts.flatMap(tables),
    '',
  ].join('\n');

function tables(contract: Contract): string[] {
  const name = contract.name.replace(/\.v\d+$/, '');
  const compacted = contract.cleanup === 'compact';
  const columns = columnsOf(contract).filter(({ personal, path }) => personal !== 'free' && path[0] !== 'deleted');
  return [
    '',
    `-- ${contract.name}: ${contract.about?.meaning ?? ''}`,
    `create table if not exists hito.${name}_queue (raw String) engine = Kafka settings kafka_broker_list = 'kafka:9092',`,
    `  kafka_topic_list = 'hito.${contract.name}', kafka_group_name = 'clickhouse.hito', kafka_format = 'JSONAsString';`,
    `create table if not exists hito.${name} (`,
    columns.map((column) => `  ${quoted(column.name)} ${typeOf(column, compacted)}`).join(',\n'),
    compacted
      ? `) engine = ReplacingMergeTree(hito_offset) order by hito_key;`
      : `) engine = ReplacingMergeTree order by (person_id, id);`,
    `create materialized view if not exists hito.${name}_fill to hito.${name} as select`,
    columns.map((column) => `  ${valueOf(column, compacted)} as ${quoted(column.name)}`).join(',\n'),
    // Watermarks and clocks are no records.
    `from hito.${name}_queue where not has(_headers.name, 'hito-control');`,
  ];
}

/** What a table is sorted by may not be null. */
const typeOf = ({ name, type }: Column, compacted: boolean): string =>
  (compacted ? ['hito_key', 'hito_offset'] : ['id', 'person_id']).includes(name)
    ? types[type].replace(/^Nullable\((.*)\)$/, '$1')
    : types[type];

const quoted = (name: string): string => `\`${name}\``;

function valueOf(column: Column, compacted: boolean): string {
  const { type } = column;
  const [root = '', ...path] = column.path;
  if (root !== 'value') return root === 'key' ? '_key' : `toInt64(_${root})`;
  const place = path.map((step) => `'${step}'`).join(', ');
  if (type === 'json') return `nullIf(JSONExtractRaw(raw, ${place}), '')`;
  if (type === 'instant') return `parseDateTime64BestEffortOrNull(JSONExtractString(raw, ${place}), 3, 'UTC')`;
  return `JSONExtract(raw, ${place}, '${typeOf(column, compacted)}')`;
}
