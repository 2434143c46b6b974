import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { condition } from './condition.ts';

describe('numbers, whole or not, compare and calculate with either kind of literal', () => {
  test.each([
    ['properties.revenue > 10', 29.33, true],
    ['properties.revenue > 10', 30, true],
    ['properties.revenue > 10.0', 30, true],
    ['properties.revenue > 10', 10, false],
    ['properties.revenue >= 29.33', 29.33, true],
    ['properties.revenue == 30', 30, true],
    ['properties.revenue == 30.0', 30, true],
    ['properties.revenue != 30', 30, false],
    ['properties.revenue in [20, 30]', 30, true],
    ['properties.revenue * 2 > 50', 30, true],
    ['2 * properties.revenue == 60', 30, true],
    ['2 * properties.revenue == 60.0', 30, true],
    ['size("ab") * properties.revenue == 60', 30, true],
    ['properties.revenue * 2 == 25.0 * 2', 25, true],
    ['size("ab") == 2.0 && properties.revenue > 1', 25, true],
    ['properties.revenue + 1 > 30.5', 29.75, true],
    ['properties.revenue / 4 == 7.5', 30, true],
    ['properties.revenue % 10 == 0', 30, true],
    ['-properties.revenue < 0', 30, true],
    ['10 < properties.revenue && properties.revenue < 40', 30, true],
  ])('%s with %p is %p', (text, revenue, expected) => {
    expect(condition(text)({ properties: { revenue } })).toBe(expected);
  });

  test.each([
    ['properties.revenue > 50', '60.00', true],
    ['properties.revenue > 50', ' 49.99 ', false],
    ['properties.revenue == 120', '120', true],
    ['properties.revenue != 120', '120.00', false],
    ['properties.revenue in [20, 120]', '120', true],
    ['properties.revenue * 2 == 240', '120', true],
    ['properties.revenue - properties.revenue == 0', '120', true],
    ['properties.revenue + 1 == 121', '120', true],
    ['-properties.revenue < 0', '120', true],
    ['properties.revenue > properties.shipping', '120', true],
    ['int(properties.revenue) == 120', '120.50', true],
    ['properties.revenue == "120"', '120', true],
  ])('%s with the text %p is %p, as a sum would read it', (text, revenue, expected) => {
    expect(condition(text)({ properties: { revenue, shipping: '20' } })).toBe(expected);
  });

  test('comparing with a whole literal says what JavaScript says', () => {
    const oneOf = (text: string) => ({ text, holds: condition(text) });
    const compare = {
      '<': oneOf('properties.a < 7'),
      '<=': oneOf('properties.a <= 7'),
      '>': oneOf('properties.a > 7'),
      '==': oneOf('properties.a == 7'),
    };
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 5, max: 9 }), fc.double({ noNaN: true, noDefaultInfinity: true })), (a) => {
        expect(Object.values(compare).map(({ holds }) => holds({ properties: { a } }))).toEqual([a < 7, a <= 7, a > 7, a === 7]);
      }),
    );
  });
});

describe('what is missing, or of another type, is false', () => {
  test.each([
    ['properties.coupon == "SPRING"', {}],
    ['properties.coupon != "SPRING"', {}],
    ['properties.revenue > 10', { revenue: 'thirty' }],
    ['properties.revenue > 10', { revenue: '1,299.00' }],
    ['properties.revenue > 10', { revenue: null }],
    ['properties.address.city == "Lugo"', { address: 'Lugo' }],
    ['traits.plan == "pro"', { plan: 'pro' }],
    ['properties.coupon || false', { coupon: 'SPRING' }],
    ['properties.toString == "x"', {}],
    ['has(properties.constructor)', {}],
  ])('%s of %p', (text, properties) => {
    expect(condition(text)({ properties })).toBe(false);
  });

  test('unless the condition asks whether it is there', () => {
    expect(condition('!has(properties.coupon)')({ properties: {} })).toBe(true);
    expect(condition('properties.?coupon.orValue("none") == "none"')({})).toBe(true);
    expect(condition('properties.gone == 1 || traits.plan == "pro"')({ properties: {}, traits: { plan: 'pro' } })).toBe(true);
  });

  test('no JSON makes a condition throw', () => {
    const holds = condition('properties.a.b[0] > 3 || properties.list.exists(x, x.n == traits.a) || size(properties.s) * 2 > 4');
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('a', 'list', 's'), fc.jsonValue()),
        (facts) => typeof holds({ properties: facts, traits: facts }) === 'boolean',
      ),
    );
  });
});

describe('what is no condition is refused, with its place', () => {
  test.each([
    ['properties.a >', 'Unexpected token: EOF, at character 15: properties.a >⟨here⟩'],
    ['event.revenue > 3', 'Unknown variable: event, at character 1: ⟨here⟩event.revenue > 3'],
    ['traits.a == 1 && foo', 'Unknown variable: foo, at character 18: traits.a == 1 && ⟨here⟩foo'],
    ['1 + 1', 'must say true or false, not int, at character 1: ⟨here⟩1 + 1'],
    ['"a" > 1', '> compares with the text "a"; write a number without quotes (50)'],
  ])('%s', (text, message) => {
    expect(() => condition(text)).toThrow(message);
  });

  test('a condition over traits alone may not look at an event', () => {
    expect(() => condition('properties.a == 1', 'traits')).toThrow('Unknown variable: properties');
  });
});

describe('a condition that asks beforehand whether its fields are there', () => {
  const number = fc.constantFrom('properties.a', 'properties.b', 'traits.a', 'properties.c.a', '1', '2');
  const operand = fc.oneof(
    number,
    fc.tuple(number, fc.constantFrom('+', '*'), number).map(([a, sign, b]) => `(${a} ${sign} ${b})`),
    number.map((a) => `-${a}`),
  );
  const comparison = fc.oneof(
    fc.tuple(operand, fc.constantFrom('==', '!=', '<', '>='), operand).map(([a, sign, b]) => `${a} ${sign} ${b}`),
    number.map((a) => `${a} in [1, 2]`),
    number.filter((a) => a.includes('.')).map((a) => `has(${a})`),
    fc.constant('properties.?a.orValue(1) == 1'),
    fc.constant('[1, 2].exists(x, x == properties.a)'),
  );
  const { text } = fc.letrec<{ text: string }>((tie) => ({
    text: fc.oneof(
      { maxDepth: 3 },
      comparison,
      fc.tuple(tie('text'), fc.constantFrom('&&', '||', '=='), tie('text')).map(([a, sign, b]) => `(${a}) ${sign} (${b})`),
      tie('text').map((a) => `!(${a})`),
      fc.tuple(tie('text'), tie('text'), tie('text')).map(([a, b, c]) => `(${a}) ? (${b}) : (${c})`),
    ),
  }));
  const fields = fc.record(
    { a: fc.integer({ min: 0, max: 2 }), b: fc.constantFrom(1, '1', null), c: fc.constantFrom({ a: 1 }, {}, 1) },
    { requiredKeys: [] },
  );

  test('says what it says where they are asked for when they are read', () => {
    let holding = 0;
    fc.assert(
      fc.property(text, fields, fields, (text, properties, traits) => {
        // Behind a choice nothing is asked for beforehand.
        const lazily = condition(`true ? (${text}) : false`);
        const expected = lazily({ properties, traits });
        if (expected) holding++;
        expect(condition(text)({ properties, traits })).toBe(expected);
      }),
      { numRuns: 500 },
    );
    expect(holding).toBeGreaterThan(50);
  });
});
