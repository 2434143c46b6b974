import type { Contract } from '#contracts';
import { recordSchema, type JsonSchema } from './json-schema.ts';

/** A schema of Avro 1.12. */
export type Avro = string | readonly Avro[] | { readonly [key: string]: unknown };

/**
 * The Avro schema of a contract's records. Optional fields are a union with null. What may hold anything (traits, properties,
 * variables) is a string of JSON, marked `"x-json": true`: Avro has no type for it. Instants stay ISO 8601 text.
 */
export const avroOf = (contract: Contract): Avro => typed(recordSchema(contract), pascal(contract.name));

function typed(schema: JsonSchema, name: string): Avro {
  const { type, properties, items, additionalProperties } = schema;
  if (properties !== undefined) return record(schema, name);
  if (type === 'array' && items !== undefined) return { type: 'array', items: typed(items, `${name}Item`) };
  if (type === 'object' && isKnown(additionalProperties))
    return { type: 'map', values: typed(additionalProperties, `${name}Value`) };
  return (type === undefined ? undefined : plain[type]) ?? { type: 'string', 'x-json': true };
}

const plain: Readonly<Record<string, string | undefined>> = {
  string: 'string',
  boolean: 'boolean',
  integer: 'long',
  number: 'double',
};

const isKnown = (below: JsonSchema | boolean | undefined): below is JsonSchema =>
  typeof below === 'object' && Object.keys(below).length > 0;

function record({ properties = {}, required = [] }: JsonSchema, name: string): Avro {
  return {
    type: 'record',
    name,
    ...(name.endsWith('V1') && { namespace: 'hito' }),
    fields: Object.entries(properties).map(([field, schema]) => {
      const type = typed(schema, `${name}${pascal(field)}`);
      const about = { doc: schema.description, 'x-personal': schema['x-personal'] };
      return required.includes(field)
        ? { name: field, type, ...about }
        : { name: field, type: ['null', type], default: null, ...about };
    }),
  };
}

const pascal = (name: string): string =>
  name
    .split(/[._-]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
