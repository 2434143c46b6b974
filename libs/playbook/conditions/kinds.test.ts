import { describe, expect, test } from '@jest/globals';
import { condition } from './condition.ts';

describe('a condition that cannot be meant is refused, with its place and what to write', () => {
  test.each([
    [
      'properties.revenue >= "fifty"',
      '>= compares with the text "fifty"; write a number without quotes (50), a date ("2026-01-31") or duration("36h"), at character 23',
    ],
    ['"50" < properties.revenue', '< compares with the text "50"; write a number without quotes (50)'],
    ['properties.vip > true', 'true has no order; expected a number, a date or a length of time, at character 18'],
    ['properties.a < null', 'null has no order'],
    ['properties.plan in ["pro", 1]', '["pro", 1] mixes text and number; write all of its elements in one kind, at character 20'],
    ['properties.plan in "pro"', 'in needs a list, such as ["ES", "PT"], not "pro"'],
    ['properties.a - "1" == 2', '- needs numbers; "1" is none'],
    ['properties.a * "x" > 2', '* needs numbers; "x" is none'],
    ['properties.a + true == 2', '+ needs numbers; true is none'],
    ['size(properties.a) == "3"', 'they are never equal'],
    ['properties.a.trim() > 3', 'neither comes first'],
    ['properties.revenue', 'must say true or false; write properties.revenue == true, at character 1'],
    ['properties.a ? properties.b : properties.c', 'must say true or false'],
    ['!properties.a.trim()', 'properties.a.trim() is neither true nor false'],
    ['size(properties.a) || true', 'size(properties.a) is neither true nor false'],
    ['{"a": 1} == properties', 'a map is not supported'],
    ['type(properties.a) == string', 'no function type with 1 arguments; expected one of has, size'],
    ['cel.bind(a, 1, a == 1)', 'Unknown variable: cel'],
    ['properties.a.split(",").size() > 1', 'no function split with 1 arguments; expected one of matches'],
    ['properties.a == 1u', '1u is not supported'],
    ['properties.a == b"x"', 'b"x" is not supported'],
    ['properties.a == 9007199254740993', 'a whole number beyond 2^53 is not supported'],
    ['properties.a.matches(properties.b)', 'matches needs a pattern in quotes: nothing from an event may be one'],
    ['properties.a.matches("(?=x)")', 'not a pattern of RE2: invalid or unsupported Perl syntax'],
    ['properties.a.matches("a{1000}b{1000}")', 'too large a pattern (2002 steps; at most 1000)'],
    ['has(properties)', 'has needs a field: has(properties.coupon)'],
    ['has(optional.x)', 'Unknown variable: optional'],
  ])('%s', (text, message) => {
    expect(() => condition(text)).toThrow(message);
  });
});

describe('a condition that can be meant is taken', () => {
  test.each([
    'properties.day >= "2026-01-31"',
    'properties.month >= "2026-01"',
    'timestamp(properties.at) > timestamp("2026-01-31T00:00:00Z")',
    'timestamp(properties.a) - timestamp(properties.b) > duration("36h")',
    'properties.plan in ["pro", "team"]',
    'properties.items.exists(item, item.price * item.quantity > 100)',
    'size(properties.items.filter(item, item.price > 10)) >= 2',
    'properties.items.map(item, item.price).exists(price, price > 10)',
    'properties.first + properties.last == "ab"',
    'traits.vip && !traits.blocked',
    'properties.?coupon.orValue("none") != "none"',
    'properties.email.matches("(?i)@shop\\\\.example$")',
  ])('%s', (text) => {
    expect(() => condition(text)).not.toThrow();
  });
});
