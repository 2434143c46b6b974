import { Ajv, type AnySchemaObject } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { json } from '../formats/format.ts';
import type { Reader, Referenced } from './reader.ts';

/** Reads JSON that fits its schema. Drafts 2020-12, 2019-09 and 7; what names an older one is read as 7. Formats are not checked. */
export function jsonSchemaReader(text: string, references: readonly Referenced[]): Reader {
  const schema = schemaOf(text);
  const Kind = /2020-12/.test(draftOf(schema)) ? Ajv2020 : /2019-09/.test(draftOf(schema)) ? Ajv2019 : Ajv;
  const ajv = new Kind({ strict: false, validateFormats: false, logger: false });
  for (const reference of references) ajv.addSchema(withoutDraft(schemaOf(reference.text)), reference.name);
  const fits = ajv.compile(withoutDraft(schema));
  return (payload) => {
    const value = json(payload);
    if (fits(value)) return value;
    const [error] = fits.errors ?? [];
    throw new TypeError(`${error?.instancePath || 'the value'} ${error?.message ?? 'does not fit'}`);
  };
}

const schemaOf = (text: string): AnySchemaObject | boolean => JSON.parse(text) as AnySchemaObject | boolean;
const draftOf = (schema: AnySchemaObject | boolean): string => (typeof schema === 'object' ? String(schema.$schema) : '');
const withoutDraft = (schema: AnySchemaObject | boolean): AnySchemaObject | boolean => {
  if (typeof schema !== 'object') return schema;
  const { $schema: _, ...rest } = schema;
  return rest;
};
