import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contracts } from '#contracts';
import { incompatibilities } from './compatibility.ts';
import { fieldsOf, recordSchema, type JsonSchema } from './json-schema.ts';

const records = contracts.filter(({ name }) => !name.includes('dead-letters'));

/** A field of one contract: its topic, its path, and the object schema that it stands in, in a copy that may be changed. */
interface Place {
  readonly topic: string;
  readonly path: string;
  readonly before: JsonSchema;
  readonly after: JsonSchema;
  readonly parent: { properties: Record<string, JsonSchema>; required?: string[] };
  readonly name: string;
}

/** Any field at any depth of any contract that stands in an object. */
const place: fc.Arbitrary<Place> = fc
  .constantFrom(
    ...records.flatMap((one) => {
      const before = recordSchema(one);
      return fieldsOf(before).map(({ path }) => ({ topic: one.name, before, path }));
    }),
  )
  .map(({ topic, before, path }) => {
    const after = structuredClone(before);
    const steps = path.split('.');
    const parent = steps.slice(0, -1).reduce((at, step) => inside(at, step), after) as unknown as Place['parent'];
    return { topic, path, before, after, parent, name: steps.at(-1) ?? '' };
  });

function inside(at: JsonSchema, step: string): JsonSchema {
  if (step === '*') return at.additionalProperties as JsonSchema;
  const below = at.properties?.[step.replace('[]', '')] ?? {};
  return step.endsWith('[]') ? (below.items ?? {}) : below;
}

const problems = ({ topic, before, after }: Place): string[] => incompatibilities({ [topic]: before }, { [topic]: after });
const isRequired = ({ parent, name }: Place): boolean => parent.required?.includes(name) ?? false;
const without = (names: string[] | undefined, name: string): string[] => (names ?? []).filter((one) => one !== name);

test('a schema is compatible with itself, whatever its words say', () => {
  fc.assert(
    fc.property(place, fc.string(), (at, words) => {
      at.parent.properties[at.name] = { ...at.parent.properties[at.name], description: words, 'x-personal': 'free' };
      expect(problems(at)).toEqual([]);
    }),
  );
});

test('a new optional field is compatible and a new required one is named', () => {
  fc.assert(
    fc.property(place, fc.boolean(), (at, required) => {
      at.parent.properties['brand_new'] = { type: 'string' };
      if (required) at.parent.required = [...(at.parent.required ?? []), 'brand_new'];
      const found = problems(at);
      expect(found).toHaveLength(required ? 1 : 0);
      if (required) expect(found[0]).toContain('brand_new is new and required');
    }),
  );
});

test('an optional field may go and a required one that goes is named', () => {
  fc.assert(
    fc.property(place, (at) => {
      const required = isRequired(at);
      Reflect.deleteProperty(at.parent.properties, at.name);
      at.parent.required = without(at.parent.required, at.name);
      expect(problems(at)).toEqual(required ? [`${at.topic}: ${at.path} was required and is gone`] : []);
    }),
  );
});

test('a field that becomes required or optional is named', () => {
  fc.assert(
    fc.property(place, (at) => {
      at.parent.required = isRequired(at) ? without(at.parent.required, at.name) : [...(at.parent.required ?? []), at.name];
      expect(problems(at)[0]).toContain(`${at.topic}: ${at.path} was `);
    }),
  );
});

test('a field that changes its type, format or bound is named', () => {
  fc.assert(
    fc.property(place, fc.constantFrom({ type: 'null' }, { format: 'odd' }, { maxLength: 1 }, { enum: ['a'] }), (at, change) => {
      at.parent.properties[at.name] = { ...at.parent.properties[at.name], ...(change as JsonSchema) };
      expect(problems(at)).toEqual([expect.stringContaining(`${at.topic}: ${at.path} changed its `)]);
    }),
  );
});

test('a topic that is gone is named', () => {
  expect(incompatibilities({ 'events.v1': {} }, {})).toEqual(['events.v1: the topic is gone; keep it beside its successor']);
});
