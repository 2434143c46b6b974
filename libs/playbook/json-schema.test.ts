import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { playbookJsonSchema } from './json-schema.ts';

test('the schema beside the example playbook, which editors complete from, is the one that checks it', () => {
  const written: unknown = JSON.parse(readFileSync('examples/shop/playbook.schema.json', 'utf8'));
  const advice =
    'examples/shop/playbook.schema.json is stale: run `npx node --conditions=source libs/playbook/json-schema.write.ts`';
  expect({ advice, schema: written }).toEqual({ advice, schema: playbookJsonSchema() });
});

test('what has a default may be left out; every other key of a play may not', () => {
  const schema = playbookJsonSchema() as { properties: { plays: { items: { required: string[] } } }; required: string[] };
  expect(schema.required).toEqual(['name', 'defaults', 'sending', 'scoring', 'stages']);
  expect(schema.properties.plays.items.required).toEqual(['id', 'on', 'category', 'priority', 'not_after', 'template']);
});
