import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { expression } from './expression.ts';

const of = (text: string, record: Readonly<Record<string, unknown>>, target: Parameters<typeof expression>[1] = 'anything') =>
  expression(text, target)(record);

describe('an expression over a record', () => {
  test.each([
    ["'track'", {}, 'track'],
    ['record.value.user', { value: { user: 7 } }, 7],
    ["record.topic + '/' + string(record.offset)", { topic: 'clicks', offset: 9 }, 'clicks/9'],
    ['record.value.?user', { value: {} }, undefined],
    ["record.value.?user.?id.orValue('none')", { value: { user: {} } }, 'none'],
    ["has(record.value.kind) ? record.value.kind : 'other'", { value: {} }, 'other'],
    ['[record.value.a, record.value.?b, 3]', { value: { a: 1 } }, [1, 3]],
    ['{"a": record.value.a, "b": record.value.?b}', { value: { a: [1] } }, { a: [1] }],
    ['record.value.items.map(item, {"sku": item.id})', { value: { items: [{ id: 'x' }] } }, [{ sku: 'x' }]],
    ["timestamp('2026-01-31T10:00:00+01:00')", {}, '2026-01-31T09:00:00.000Z'],
    ["record.headers['ce_type']", { headers: { ce_type: 'order' } }, 'order'],
    ['record.value.seconds * 1000', { value: { seconds: 1.5 } }, 1500],
    ['record.value', { value: { ['__proto__']: 1, b: null } }, { ['__proto__']: 1, b: null }],
  ])('%s gives what it says', (text, record, value) => {
    expect(of(text, record)).toEqual({ value });
  });

  test.each([
    ['record.value.user', { value: {} }, 'missing'],
    ['record.value.user.id', { value: { user: null } }, 'missing'],
    ['record.value.user.id', { value: { user: 'ana' } }, 'type'],
    ['record.value.toString', { value: {} }, 'missing'],
    ['record.value.a * 10', { value: { a: 1e308 } }, 'arithmetic'],
    ['record.value', { value: Array.from({ length: 100_001 }, () => 0) }, 'cost'],
  ])('%s comes to no answer and says why', (text, record, failed) => {
    expect(of(text, record)).toEqual({ failed });
  });

  test.each([
    ['recrod.value.user', 'text', 'Unknown variable: recrod'],
    ['record.value.a == ', 'text', 'at character'],
    ['[1, 2]', 'text', 'must give a text or a number, not a list'],
    ['true', 'time', 'must give an instant, not a bool'],
    ["'a'", 'map', 'must give a map, not a text'],
    ['{record.key: 1}', 'map', 'the keys of a map are texts'],
    ["duration('1h')", 'anything', 'must give JSON, not a span'],
    ['record.value.a.matches(record.value.b)', 'anything', 'matches needs a pattern in quotes'],
    ["record.value.a.matches('(?=a)')", 'anything', 'not a pattern of RE2'],
    ['now()', 'time', 'no function now'],
    ['!'.repeat(900) + 'true', 'anything', 'too deep'],
  ] as const)('%s for a %s is refused with its place', (text, target, problem) => {
    expect(() => expression(text, target)).toThrow(problem);
  });

  test('any record of JSON gets an answer without a throw, in bounded work', () => {
    const read = expression('{"all": record.value, "first": record.value.items[0].?name, "key": record.?key}', 'map');
    fc.assert(
      fc.property(fc.jsonValue(), fc.option(fc.string(), { nil: undefined }), (value, key) => {
        const answer = read({ value, ...(key === undefined ? {} : { key }) });
        expect('value' in answer || 'failed' in answer).toBe(true);
      }),
    );
    let deep: unknown = 1;
    for (let n = 0; n < 5_000; n++) deep = [deep];
    expect(expression('record.value', 'anything')({ value: deep })).toEqual({ failed: 'type' });
  });
});
