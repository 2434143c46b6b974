import { deadLetterHeaders, type Contract, type PersonalClass } from '#contracts';
import { jsonSchemaOf, recordSchema, type JsonSchema } from './json-schema.ts';

/**
 * What a cell of a column holds. `integer` fits 64 bits, `number` is a double, `instant` is ISO 8601 in UTC, `json` is any value (lists,
 * maps, and what may hold anything).
 */
export type ColumnType = 'text' | 'integer' | 'number' | 'boolean' | 'instant' | 'json';

/** A column of a topic's table: its name, its type, and where its value lies in `RecordParts`. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly path: readonly string[];
  readonly personal: PersonalClass;
  readonly meaning: string;
}

/** A record as its columns see it. */
export interface RecordParts {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  /** True for a record without a value: it takes back what lies under its key. */
  readonly deleted: boolean;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly value: unknown;
}

/**
 * The columns of a topic's records, the same for an empty topic. First the place on the broker (`hito_partition`, `hito_offset`,
 * `hito_key`), then each field: an inner field is a column of its own (`cause.id` is `cause_id`), a list or a map is one column of JSON.
 */
export const columnsOf = (contract: Contract): readonly Column[] => [
  ...place,
  ...(contract.cleanup === 'compact' ? [deleted] : []),
  ...(isLetter(contract) ? letterColumns : columnsBelow(recordSchema(contract), ['value'], [])),
];

/** The value of each column in its order; null where the record has none. */
export const cellsOf = (columns: readonly Column[], record: RecordParts): unknown[] =>
  columns.map(({ path }) => path.reduce<unknown>(own, record) ?? null);

/** A visitor's field may be named like one of `Object.prototype`. */
const own = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

const isLetter = ({ name }: Contract): boolean => name.includes('dead-letters');

const ofPlace = (part: keyof RecordParts, type: ColumnType, personal: PersonalClass, meaning: string): Column => ({
  name: `hito_${part}`,
  type,
  path: [part],
  personal,
  meaning,
});
const place: readonly Column[] = [
  ofPlace('partition', 'integer', 'none', 'Partition of the record.'),
  ofPlace('offset', 'integer', 'none', 'Offset of the record in its partition.'),
  ofPlace('key', 'text', 'pseudonym', 'Key of the record.'),
];
const deleted = ofPlace('deleted', 'boolean', 'none', 'True for a record that takes back what lies under its key.');

const types: Readonly<Record<string, ColumnType | undefined>> = {
  string: 'text',
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
};

/** Of dead letters: the headers that Hito adds, all headers, and the value. */
const letterColumns: readonly Column[] = [
  ...columnsBelow(jsonSchemaOf(deadLetterHeaders), ['headers'], []).map((column) => ({
    ...column,
    name: column.name.replace(/^hito_/, ''),
  })),
  { name: 'headers', type: 'json', path: ['headers'], personal: 'free', meaning: 'All headers of the record.' },
  { name: 'value', type: 'text', path: ['value'], personal: 'free', meaning: 'The value of the record: JSON, or what it was.' },
];

function columnsBelow(schema: JsonSchema, root: readonly string[], above: readonly string[]): Column[] {
  return Object.entries(schema.properties ?? {}).flatMap(([field, below]) => {
    const path = [...above, field];
    if (below.properties !== undefined) return columnsBelow(below, root, path);
    return {
      name: path.join('_').replaceAll('-', '_'),
      type: below.format === 'date-time' ? 'instant' : (types[below.type ?? ''] ?? 'json'),
      path: [...root, ...path],
      personal: below['x-personal'] ?? 'free',
      meaning: below.description ?? '',
    };
  });
}
