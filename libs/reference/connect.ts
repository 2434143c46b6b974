import type { Contract } from '#contracts';
import { columnsOf, type Column, type ColumnType } from './columns.ts';

/** A schema of Kafka Connect, as its JsonConverter reads it from `schema.content`. */
export type ConnectSchema =
  | { readonly type: string; readonly optional: true }
  | {
      readonly type: 'struct';
      readonly optional: true;
      readonly fields: readonly (ConnectSchema & { readonly field: string })[];
    };

const types: Readonly<Record<Exclude<ColumnType, 'json'>, string>> = {
  text: 'string',
  integer: 'int64',
  number: 'double',
  boolean: 'boolean',
  // The records hold ISO 8601; Connect's own timestamps are numbers.
  instant: 'string',
};

/**
 * The schema of a topic's records for sinks. Lists, maps and fields that may hold anything (class `free`) are left out: not every sink
 * takes the first, and the others may be secret or name a person.
 */
export const connectSchema = (contract: Contract): ConnectSchema => struct(sinkColumns(contract), 1);

/** The columns that a sink gets, after its inner fields are made flat. */
export const sinkColumns = (contract: Contract): readonly Column[] =>
  columnsOf(contract).filter(({ type, personal, path }) => path[0] === 'value' && type !== 'json' && personal !== 'free');

/** The fields at one depth; those that begin alike are a struct. */
function struct(columns: readonly Column[], depth: number): ConnectSchema {
  const fields = [...Map.groupBy(columns, ({ path }) => path[depth] ?? '')].map(([field, theirs]) => {
    const [only] = theirs;
    const type = only === undefined || only.type === 'json' ? 'string' : types[only.type];
    const isLeaf = theirs.length === 1 && only?.path.length === depth + 1;
    return { field, ...(isLeaf ? { type, optional: true as const } : struct(theirs, depth + 1)) };
  });
  return { type: 'struct', optional: true, fields };
}

/** What each sink is set by, beside the part that all have. A secret comes from the worker's environment (EnvVarConfigProvider). */
const sinks: Readonly<Record<string, (table: string) => Readonly<Record<string, string>>>> = {
  clickhouse: (table) => ({
    'connector.class': 'com.clickhouse.kafka.connect.ClickHouseSinkConnector',
    hostname: 'clickhouse.example',
    port: '8443',
    ssl: 'true',
    database: 'hito',
    username: '${env:CLICKHOUSE_USER}',
    password: '${env:CLICKHOUSE_PASSWORD}',
    topic2TableMap: `hito.${table}.v1=${table}`,
    clickhouseSettings: 'date_time_input_format=best_effort',
  }),
  bigquery: () => ({
    'connector.class': 'com.wepay.kafka.connect.bigquery.BigQuerySinkConnector',
    project: 'your-project',
    defaultDataset: 'hito',
    keySource: 'APPLICATION_DEFAULT',
    autoCreateTables: 'true',
    sanitizeTopics: 'true',
  }),
  's3-parquet': (table) => ({
    'connector.class': 'io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector',
    'aws.s3.bucket.name': 'your-bucket',
    'aws.s3.region': 'eu-central-1',
    'file.name.template': `hito/${table}/{{partition}}-{{start_offset}}.parquet`,
    'format.output.type': 'parquet',
    'format.output.fields': 'value',
    'format.output.envelope': 'false',
    'file.compression.type': 'none',
  }),
  'gcs-parquet': (table) => ({
    'connector.class': 'io.aiven.kafka.connect.gcs.GcsSinkConnector',
    'gcs.bucket.name': 'your-bucket',
    'gcs.credentials.default': 'true',
    'file.name.template': `hito/${table}/{{partition}}-{{start_offset}}.parquet`,
    'format.output.type': 'parquet',
    'format.output.fields': 'value',
    'format.output.envelope': 'false',
    'file.compression.type': 'none',
  }),
  postgres: (table) => ({
    'connector.class': 'io.aiven.connect.jdbc.JdbcSinkConnector',
    'connection.url': 'jdbc:postgresql://postgres.example:5432/analytics',
    'connection.user': '${env:POSTGRES_USER}',
    'connection.password': '${env:POSTGRES_PASSWORD}',
    'table.name.format': `hito_${table}`,
    'insert.mode': 'upsert',
    'pk.mode': 'record_value',
    'pk.fields': 'id',
    'auto.create': 'true',
    'auto.evolve': 'true',
  }),
};

/** A configuration per sink for a topic, by the name of the sink, as `POST /connectors` of Kafka Connect takes it. */
export function connectSinks(contract: Contract): ReadonlyMap<string, unknown> {
  const table = contract.name.replace(/\.v\d+$/, '');
  return new Map(
    Object.entries(sinks).map(([sink, own]) => [
      sink,
      {
        name: `hito-${table}-${sink}`,
        config: {
          topics: `hito.${contract.name}`,
          'tasks.max': '1',
          ...own(table),
          'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
          'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
          'value.converter.schemas.enable': 'true',
          'value.converter.schema.content': JSON.stringify(connectSchema(contract)),
          // Watermarks and clocks are no records.
          transforms: 'records,flat',
          'transforms.records.type': 'org.apache.kafka.connect.transforms.Filter',
          'transforms.records.predicate': 'control',
          'transforms.flat.type': 'org.apache.kafka.connect.transforms.Flatten$Value',
          'transforms.flat.delimiter': '_',
          predicates: 'control',
          'predicates.control.type': 'org.apache.kafka.connect.transforms.predicates.HasHeaderKey',
          'predicates.control.name': 'hito-control',
          'errors.tolerance': 'none',
        },
      },
    ]),
  );
}
