import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SourceRule } from '#playbook';
import { formatOf, nothing, Unreadable } from './index.ts';

const read = (format: SourceRule['format'], value: string | Buffer | null, headers: Record<string, string> = {}) =>
  formatOf({ format })({ offset: 0, key: null, value: value === null ? null : Buffer.from(value), headers });
const data = { order: 7 };
const attributes = { specversion: '1.0', type: 'shop.order', source: '/shop', id: 'a-1' };

test('JSON is read as it is; a tombstone is nothing', () => {
  expect(read('json', '{"a": [1, null]}')).toEqual({ a: [1, null] });
  expect(read('json', null)).toBe(nothing);
  expect(() => read('json', '{"password": "secret"')).toThrow(/^the value is no JSON$/);
  expect(() => read('json', Buffer.from([0x22, 0xff, 0x22]))).toThrow('the value is no UTF-8');
});

test('JSON of more values than any event takes is refused before it is parsed', () => {
  const items = Array.from({ length: 60_000 }, (_, n) => n);
  const nested = `${'['.repeat(60_000)}${']'.repeat(60_000)}`;
  for (const text of [
    JSON.stringify({ items }),
    nested,
    JSON.stringify(Object.fromEntries(items.map((n) => [`k${String(n)}`, n]))),
  ]) {
    expect(() => read('json', text)).toThrow('more than 50000 values');
    for (const headers of [{ 'content-type': 'application/cloudevents+json' }, { ce_specversion: '1.0' }])
      expect(() => read('cloudevents', text, headers)).toThrow('more than 50000 values');
  }
  expect(read('json', JSON.stringify({ items: items.slice(0, 40_000) }))).toBeDefined();
});

test('both modes of CloudEvents give the same event', () => {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    ...Object.fromEntries(Object.entries(attributes).map(([name, text]) => [`ce_${name}`, text])),
  };
  const binary = read('cloudevents', JSON.stringify(data), headers);
  expect(binary).toEqual({ ...attributes, datacontenttype: 'application/json; charset=utf-8', data });
  const structured = read('cloudevents', JSON.stringify({ ...attributes, data }), {
    'content-type': 'application/cloudevents+json; charset=UTF-8',
  });
  expect(structured).toEqual({ ...attributes, data });
  expect(read('cloudevents', null, headers)).not.toHaveProperty('data');
  expect(read('cloudevents', 'a,b', { ...headers, 'content-type': 'text/csv' })).toMatchObject({ data: 'a,b' });
});

test.each([
  ['{}', {}, 'it is no CloudEvent'],
  ['[]', { 'content-type': 'application/cloudevents+json' }, 'no JSON object'],
  ['{}', { 'content-type': 'application/cloudevents+json' }, 'no specversion'],
  ['<a/>', { 'content-type': 'application/cloudevents+xml' }, 'written as application/cloudevents+xml'],
  ['{', { ce_specversion: '1.0' }, 'the value is no JSON'],
])('a CloudEvent of %s with %j is unreadable', (value, headers, reason) => {
  expect(() => read('cloudevents', value, headers)).toThrow(reason);
});

test('any bytes under any headers are read, or unreadable', () => {
  const name = fc.constantFrom('content-type', 'ce_specversion', 'ce_id', '__proto__');
  const text = fc.oneof(fc.string(), fc.constantFrom('application/cloudevents+json', 'application/json'));
  fc.assert(
    fc.property(fc.uint8Array(), fc.dictionary(name, text), fc.constantFrom('json', 'cloudevents'), (value, headers, format) => {
      try {
        read(format, Buffer.from(value), headers);
      } catch (error) {
        expect(error).toBeInstanceOf(Unreadable);
      }
    }),
  );
});
