import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { contracts, events } from '#contracts';
import { surelyFits } from './compiled-check.ts';

const id = '0b0e4a3c-5d0f-5e0a-8f00-1234567890ab';
const event = {
  id,
  person_id: id,
  at: '2026-03-01T00:00:00.000Z',
  cause: { id: 'outsider', topic: 'identified.v1', partition: 3, offset: 9 },
  event: 'Order Completed',
  moment: '2026-03-01T00:00:00Z',
  moment_source: 'claimed',
  source: 'web',
  message_id: 'm-1',
  properties: { revenue: 12.5, items: [null, { a: 1 }] },
};

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.constantFrom(id, id.toUpperCase(), event.at, '2026-13-41T99:00:00Z', 'track', '😀'.repeat(60), 'x'.repeat(101)),
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.constantFrom(null, true, 0, 1, -1, 1.5, 1e21, 2 ** 53, [], {}),
  fc.array(text, { maxLength: 2 }),
  fc.dictionary(fc.constantFrom('id', 'topic', 'offset', 'x'), fc.oneof(text, fc.constantFrom(1, 1.5)), { maxKeys: 3 }),
);

describe('the compiled check', () => {
  test('accepts what is written every day: else it would be of no use', () => {
    expect(surelyFits(events.schema, event)).toBe(true);
  });

  test.each(contracts.map((contract) => [contract.name, contract.schema] as const))(
    '%s: accepts nothing that zod does not accept and give back as it is',
    (_, schema) => {
      const { shape } = schema as unknown as z.ZodObject;
      const names = Object.keys(shape ?? {});
      let accepted = 0;
      fc.assert(
        fc.property(
          fc.dictionary(fc.constantFrom(...names, 'unknown', '__proto__'), value, { maxKeys: names.length + 1 }),
          fc.subarray([...names, 'unknown']),
          fc.boolean(),
          (others, changed, valid) => {
            const base = valid ? { ...event } : {};
            const data: unknown = {
              ...base,
              ...Object.fromEntries(changed.map((name) => [name, others[name]])),
              ...(valid ? {} : others),
            };
            const json: unknown = JSON.parse(JSON.stringify(data));
            if (!surelyFits(schema, json)) return;
            accepted++;
            const result = schema.safeParse(json);
            expect(result.error).toBeUndefined();
            expect(result.data).toEqual(json);
          },
        ),
        { numRuns: 400 },
      );
      if (schema === (events.schema as unknown)) expect(accepted).toBeGreaterThan(10);
    },
  );

  test.each<[string, z.ZodType, unknown, boolean]>([
    ['a length is counted as zod counts it', z.object({ a: z.string().max(2) }), { a: '😀😀' }, false],
    ['a number that is too large for whole numbers', z.object({ a: z.int() }), { a: 2 ** 60 }, false],
    ['a key too many', z.object({ a: z.string() }), { a: '', b: 1 }, false],
    ['an optional one left out', z.object({ a: z.string().optional() }), {}, true],
    ['a check that is code', z.object({ a: z.string().refine((a) => a !== 'b') }), { a: 'b' }, false],
    ['a change that is code', z.object({ a: z.string().transform(Number) }), { a: '1' }, false],
    ['a text that is changed', z.object({ a: z.string().trim() }), { a: ' b' }, false],
    ['a default', z.object({ a: z.string().default('b') }), { a: 'c' }, false],
    ['a number made of a text', z.object({ a: z.coerce.number() }), { a: '1' }, false],
  ])('%s', (_, schema, data, fits) => {
    expect(surelyFits(schema, data)).toBe(fits);
  });
});
