import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { contracts, deadLetterHeaders, personalClasses, services } from '#contracts';
import { asyncApi, fieldsOf, incompatibilities, jsonSchemaOf, recordSchema } from '#reference';
import { referenceDocuments, releases, samples, schemasNow } from './reference-documents.ts';

const records = contracts.filter(({ name }) => !name.includes('dead-letters'));
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

describe('the reference in docs/reference', () => {
  test.each([...referenceDocuments()])('%s is what `npm run docs:reference` makes', (path, content) => {
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  test('no schema of a contract that is gone lies there', () => {
    const made = [...referenceDocuments().keys()].filter((path) => path.startsWith('docs/reference/schemas/'));
    expect(readdirSync('docs/reference/schemas').map((file) => `docs/reference/schemas/${file}`)).toEqual(
      expect.arrayContaining(made),
    );
    expect(readdirSync('docs/reference/schemas')).toHaveLength(made.length);
  });

  test('asyncapi.json follows the schema of AsyncAPI 3.0', () => {
    const schema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0.json') as object;
    const ajv = new Ajv({ strict: false, meta: false, validateSchema: false, logger: false });
    addFormats.default(ajv);
    const check = ajv.compile(schema);
    expect(check(JSON.parse(JSON.stringify(asyncApi(contracts, version)))) ? [] : check.errors).toEqual([]);
    expect(check({ ...asyncApi(contracts, version), channels: 'none' })).toBe(false);
  });
});

describe('each contract', () => {
  test.each(contracts.map((one) => [one.name, one] as const))('%s says its meaning, owner and key', (_, { about }) => {
    expect(services).toContain(about?.owner);
    expect(about?.meaning).toMatch(/^[A-Z].+\.$/);
    expect(about?.key).toBeTruthy();
  });

  test.each([
    ...contracts.map((one) => [one.name, recordSchema(one)] as const),
    ['headers of dead letters', jsonSchemaOf(deadLetterHeaders)] as const,
  ])('%s declares meaning and class of personal data for every field', (_, schema) => {
    const undeclared = fieldsOf(schema).filter(
      ({ schema: field }) => field.description === undefined || !Object.keys(personalClasses).includes(field['x-personal'] ?? ''),
    );
    expect(undeclared.map(({ path }) => path)).toEqual([]);
  });

  test.each(records.map((one) => [one.name, one] as const))('%s has a sample that fits it', (name, { schema }) => {
    expect(schema.safeParse(samples()[name]).error?.issues ?? []).toEqual([]);
  });
});

test.each([...releases()])('every schema can still be read by who reads release %s', (_, released) => {
  expect(incompatibilities(released, schemasNow())).toEqual([]);
});
