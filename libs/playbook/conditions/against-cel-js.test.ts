import { expect, test } from '@jest/globals';
import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { condition } from './condition.ts';

/** cel-js' own evaluation: what a condition means, where no text stands for a number and nothing is too much work. */
const environment = new Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: true })
  .registerVariable('properties', 'map')
  .registerVariable('traits', 'map');

function byCelJs(text: string, facts: object): boolean {
  try {
    return environment.parse(text)(facts) === true;
  } catch {
    return false;
  }
}

const field = fc.constantFrom(
  'properties.a',
  'properties.b',
  'properties.o.a',
  'properties["b"]',
  'traits.a',
  'properties.l[0]',
  'properties.l[1]',
);
const literal = fc.constantFrom('1.0', '2.5', '"x"', '"xy"', 'true');
const numeric = fc.oneof(field, fc.constantFrom('1.0', '2.5'));
const { part } = fc.letrec<{ part: string }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(field, fc.constantFrom('==', '!='), fc.oneof(field, literal)).map((words) => words.join(' ')),
    fc.tuple(numeric, fc.constantFrom('<', '<=', '>', '>='), numeric).map((words) => words.join(' ')),
    fc.tuple(field, fc.constantFrom('+', '-', '*'), fc.constantFrom('1.0', '2.5')).map((words) => `${words.join(' ')} >= 2.0`),
    fc
      .tuple(field, fc.constantFrom('["x", "xy"]', '[1.0, 2.5]', 'properties.l', 'properties.o'))
      .map((words) => words.join(' in ')),
    fc.constantFrom(
      'has(properties.a)',
      'has(properties.o.a)',
      'has(traits.o.o.a)',
      'properties.?a.orValue("x") == "x"',
      'properties.?o.a.hasValue()',
    ),
    fc
      .tuple(field, fc.constantFrom('contains("x")', 'startsWith("x")', 'endsWith("y")', 'matches("^x.?$")'))
      .map((words) => words.join('.')),
    fc
      .tuple(fc.constantFrom('all', 'exists', 'exists_one'), fc.constantFrom('i == "x"', 'i > 1.0', 'i == properties.a'))
      .map(([macro, holds]) => `properties.l.${macro}(i, ${holds})`),
    fc.constantFrom(
      'size(properties.l.filter(i, i == "x")) == 1',
      'properties.l.map(i, i).exists(i, i == 1.0)',
      'properties.a.size() == 1',
    ),
    tie('part').map((text) => `!(${text})`),
    fc.tuple(tie('part'), fc.constantFrom('&&', '||', '=='), tie('part')).map(([a, sign, b]) => `(${a}) ${sign} (${b})`),
    fc.tuple(tie('part'), tie('part'), tie('part')).map(([a, b, c]) => `(${a}) ? (${b}) : (${c})`),
  ),
}));
const scalar = fc.constantFrom<unknown>(1, 2.5, 'x', 'xy', true, null);
const facts = fc.record(
  {
    a: scalar,
    b: scalar,
    o: fc.oneof(scalar, fc.record({ a: scalar }, { requiredKeys: [] })),
    l: fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })),
  },
  { requiredKeys: [] },
);

test('a condition says what cel-js says', () => {
  let holding = 0;
  fc.assert(
    fc.property(part, facts, facts, (text, properties, traits) => {
      const expected = byCelJs(text, { properties, traits });
      if (expected) holding += 1;
      expect(condition(text)({ properties, traits })).toBe(expected);
    }),
    { numRuns: 3000 },
  );
  expect(holding).toBeGreaterThan(300);
});
