import { describe, expect, test } from '@jest/globals';
import { contracts, outcomes, profiles } from '#contracts';
import { cellsOf, columnsOf, type RecordParts } from './columns.ts';
import { fieldsOf, recordSchema } from './json-schema.ts';

const parts: RecordParts = { partition: 1, offset: 2, key: 'k', deleted: false, headers: {}, value: {} };

describe("a topic's columns", () => {
  test.each(contracts.map((one) => [one.name, one] as const))('%s: each has a name of its own that databases take', (_, one) => {
    const names = columnsOf(one).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    // BigQuery reserves names that begin with an underscore and a word of its own, and compares names without case.
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
  });

  test.each(contracts.filter(({ name }) => !name.includes('dead-letters')).map((one) => [one.name, one] as const))(
    '%s: every field lies in a column',
    (_, one) => {
      const paths = columnsOf(one).map(({ path }) => path.slice(1).join('.'));
      for (const { path, schema } of fieldsOf(recordSchema(one))) {
        const plain = path.replace(/(\[\]|\.\*).*$/, '');
        if (schema.properties === undefined || plain !== path) expect(paths).toContain(plain);
      }
    },
  );

  test('inner fields are columns, lists and maps are JSON, instants are known', () => {
    const types = Object.fromEntries(columnsOf(outcomes).map(({ name, type }) => [name, type]));
    expect(types).toMatchObject({
      hito_partition: 'integer',
      cause_id: 'text',
      occurred_at: 'instant',
      attempt: 'integer',
      consents: 'json',
      put_back_candidate_legal: 'boolean',
      put_back_variables: 'json',
    });
    expect(columnsOf(profiles).map(({ name }) => name)).toContain('hito_deleted');
    expect(columnsOf(outcomes).map(({ name }) => name)).not.toContain('hito_deleted');
  });

  test('a cell is the value at its path, and null where there is none', () => {
    const columns = columnsOf(outcomes);
    const cells = cellsOf(columns, { ...parts, value: { id: 'x', cause: { id: 'c' }, put_back: 'odd' } });
    const row = Object.fromEntries(columns.map(({ name }, n) => [name, cells[n]]));
    expect(row).toMatchObject({ hito_partition: 1, hito_offset: 2, hito_key: 'k', id: 'x', cause_id: 'c', cause_topic: null });
    expect(row['put_back_candidate_id']).toBeNull();
  });

  test.each(Object.getOwnPropertyNames(Object.prototype))(
    'a field named like one of Object.prototype is no value: %s',
    (name) => {
      const column = { name: 'x', type: 'text', path: ['value', name], personal: 'none', meaning: '' } as const;
      expect(cellsOf([column], parts)).toEqual([null]);
    },
  );
});
