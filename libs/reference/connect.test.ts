import { describe, expect, test } from '@jest/globals';
import { outcomes } from '#contracts';
import { connectSchema, connectSinks, sinkColumns, type ConnectSchema } from './connect.ts';

/** The names that `Flatten` of Kafka Connect makes with `_`. */
const flat = (schema: ConnectSchema, above = ''): string[] =>
  'fields' in schema
    ? schema.fields.flatMap((one) => flat(one, above === '' ? one.field : `${above}_${one.field}`))
    : [`${above} ${schema.type}`];

describe('a sink of Kafka Connect', () => {
  test('gets the columns of the topic, without what may hold anything', () => {
    const types = { text: 'string', instant: 'string', integer: 'int64', number: 'double', boolean: 'boolean', json: '' };
    expect(flat(connectSchema(outcomes))).toEqual(sinkColumns(outcomes).map(({ name, type }) => `${name} ${types[type]}`));
    expect(flat(connectSchema(outcomes)).join()).not.toMatch(/variables|consents /);
  });

  test.each([...connectSinks(outcomes)])('%s leaves control records out and holds no secret', (_, made) => {
    const { config } = made as { config: Record<string, string> };
    expect(config).toMatchObject({ topics: 'hito.outcomes.v1', 'predicates.control.name': 'hito-control' });
    for (const [name, value] of Object.entries(config))
      if (/password|secret|user/.test(name)) expect(value).toMatch(/^\$\{env:[A-Z_]+\}$/);
  });
});
