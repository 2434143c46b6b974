import { z } from 'zod';
import type { Contract, PersonalClass } from '#contracts';

/** What we write of JSON Schema (draft 2020-12). */
export interface JsonSchema {
  readonly $schema?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly format?: string;
  readonly description?: string;
  readonly 'x-personal'?: PersonalClass;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly [keyword: string]: unknown;
}

/**
 * The JSON Schema of a contract's records as they lie on the topic. Unknown fields are allowed everywhere, because a later release
 * may add optional ones.
 */
export const recordSchema = ({ schema }: Contract): JsonSchema => jsonSchemaOf(schema);

/** A zod schema of input as JSON Schema, without the parts that say nothing to a reader. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const made = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      // A `format: uuid` says the same, and every whole number of JavaScript lies in this range.
      if (jsonSchema.format === 'uuid') delete jsonSchema.pattern;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      delete jsonSchema.propertyNames;
    },
  });
  return JSON.parse(JSON.stringify(made)) as JsonSchema;
}

/** A field at any depth: `candidate.play`, `parts[].rule`, `consents.*.granted`. */
export interface Field {
  readonly path: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
}

/** Every field of a schema in its order, the outer before its inner ones. */
export function fieldsOf(schema: JsonSchema, path = ''): Field[] {
  const inner = (below: JsonSchema | boolean | undefined, mark: string): Field[] =>
    typeof below === 'object' ? fieldsOf(below, `${path}${mark}`) : [];
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, below]) => {
      const place = path === '' ? name : `${path}.${name}`;
      return [{ path: place, schema: below, required: schema.required?.includes(name) ?? false }, ...fieldsOf(below, place)];
    }),
    ...inner(schema.items, '[]'),
    ...inner(schema.additionalProperties, '.*'),
  ];
}

/** The type of a field in words: `string (date-time)`, `object`, `anything`. */
export function typeOf({ type, format, items, additionalProperties, properties }: JsonSchema): string {
  if (type === undefined) return 'anything';
  if (type === 'array') return `array of ${items === undefined ? 'anything' : typeOf(items)}`;
  if (type === 'object' && properties === undefined && additionalProperties !== undefined)
    return `map of ${typeof additionalProperties === 'object' ? typeOf(additionalProperties) : 'anything'}`;
  return format === undefined ? type : `${type} (${format})`;
}
