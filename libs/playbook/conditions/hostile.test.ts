import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { condition } from './condition.ts';
import { ConditionError } from './read.ts';
import { longestSubject } from './pattern.ts';

const inherited = Object.getOwnPropertyNames(Object.prototype);

/** What a condition answers, what its listener hears, and what it takes of the processor, ms. */
function asked(text: string, facts: Parameters<ReturnType<typeof condition>>[0]) {
  const heard: string[] = [];
  const holds = condition(text, 'properties', (reason) => heard.push(reason));
  const begin = process.cpuUsage();
  const answer = holds(facts);
  return { answer, heard, ms: process.cpuUsage(begin).user / 1000 };
}

describe('no visitor makes a condition slow', () => {
  test.each(['^(a+)+$', '(a|aa)+$', '(.*a){12}', '^(([a-z])+.)+[A-Z]([a-z])+$', '(\\\\pL{100}){5}'])(
    'the pattern %s',
    (pattern) => {
      const name = `${'a'.repeat(longestSubject - 1)}!`;
      expect(asked(`properties.name.matches("${pattern}")`, { properties: { name } }).ms).toBeLessThan(500);
    },
  );

  test('a text that is too long for a pattern is no match, and the listener hears it', () => {
    const name = 'a'.repeat(longestSubject + 1);
    expect(asked('properties.name.matches("a")', { properties: { name } })).toMatchObject({ answer: false, heard: ['cost'] });
  });

  const many = Array.from({ length: 30_000 }, (_, n) => n);
  const long = 'a'.repeat(120_000);
  const sought = `${'a'.repeat(30_000)}b${'a'.repeat(30_000)}`;
  test.each([
    ['a list within itself', 'properties.l.exists(a, properties.l.exists(b, a + b == -1))', { l: many }],
    ['three times', 'properties.l.all(a, properties.l.all(b, properties.l.all(c, a + b + c >= 0)))', { l: many }],
    ['a hidden loop', 'properties.l.exists(a, !(a in properties.l))', { l: many }],
    ['lists compared for each', 'properties.l.exists(a, properties.l != properties.m)', { l: many, m: [...many] }],
    ['lists joined for each', 'properties.l.map(a, properties.l + properties.l).exists(a, a == 1)', { l: many }],
    ['a text counted for each', 'properties.l.exists(a, size(properties.s) == 1)', { l: many, s: long }],
    [
      'a text compared for each',
      'properties.l.exists(a, properties.s == properties.t)',
      { l: many, s: long, t: `${long.slice(1)}b` },
    ],
    ['a text changed for each', 'properties.l.exists(a, properties.s.upperAscii() == "A")', { l: many, s: long }],
    ['a long text sought in a long one', 'properties.s.contains(properties.t)', { s: long, t: sought }],
    ['a text that grows', `size(${Array.from({ length: 60 }, () => 'properties.s').join(' + ')}) > 1`, { s: long }],
    ['a duration of digits', 'duration(properties.s) > duration("1s")', { s: '1'.repeat(100_000) }],
    ['a timestamp of digits', 'timestamp(properties.s) > timestamp("2026-01-01T00:00:00Z")', { s: '1'.repeat(100_000) }],
    ['a number of digits', 'properties.s > 1', { s: '1'.repeat(100_000) }],
    [
      'keys walked for each',
      'properties.o.exists(a, size(properties.o) == 1)',
      { o: Object.fromEntries(many.map((n) => [`k${String(n)}`, n])) },
    ],
  ])('%s', (_, text, properties) => {
    const { answer, heard, ms } = asked(text, { properties });
    expect([answer, heard.length]).toEqual([false, 1]);
    expect(ms).toBeLessThan(300);
  });

  test('a list of a thousand items, each compared a few times, is no trouble', () => {
    const items = Array.from({ length: 1000 }, (_, n) => ({ price: n, name: `item ${String(n)}`, quantity: 1 }));
    const text = 'properties.items.exists(i, i.price * i.quantity > 998 && i.name.startsWith("item"))';
    expect(asked(text, { properties: { items } })).toMatchObject({ answer: true, heard: [] });
  });
});

describe('names that every object has are names like others', () => {
  test.each(inherited)('%s', (name) => {
    const properties = Object.fromEntries([[name, 60]]);
    expect(asked(`properties["${name}"] >= 50`, { properties })).toMatchObject({ answer: true, heard: [] });
    expect(asked(`properties["${name}"] >= 50`, { properties: {} })).toMatchObject({ answer: false, heard: ['missing'] });
    expect(asked('properties.revenue >= 50', { properties: { ...properties, revenue: 60 } })).toMatchObject({ answer: true });
    expect(asked('properties.o.revenue >= 50', { properties: { o: { ...properties, revenue: 60 } } })).toMatchObject({
      answer: true,
    });
    expect(asked(`"${name}" in properties.o`, { properties: { o: {} } })).toMatchObject({ answer: false, heard: [] });
    expect(asked('properties.a == properties.b', { properties: { a: properties, b: {} } })).toMatchObject({ answer: false });
  });
});

test('the listener hears of types that do not fit, and of fields that are missing', () => {
  const text = 'properties.a > 3';
  expect(asked(text, { properties: {} }).heard).toEqual(['missing']);
  expect(asked(text, { properties: { a: null } }).heard).toEqual(['missing']);
  expect(asked(text, { properties: { a: 'many' } }).heard).toEqual(['type']);
  expect(asked(text, { properties: { a: [4] } }).heard).toEqual(['type']);
});

test('no JSON makes any of these conditions throw', () => {
  const texts = [
    'properties.a.b[0] > 3 || properties.l.exists(x, x.n == traits.a) || size(properties.s) * 2 > 4',
    'properties.a + properties.b == properties.s || traits[properties.a] == 1',
    'timestamp(properties.a) + duration(properties.b) > timestamp(properties.s)',
    'properties.l.map(x, x.a).filter(x, x > 1) + properties.l == [1] || has(properties.a.b)',
    'properties.?a.b.orValue(properties.s).contains(properties.b) || properties.s.matches("^a")',
    'double(properties.a) / int(properties.b) >= 0 && string(properties.a).startsWith("1") && bool(properties.b)',
  ].map((text) => condition(text));
  const facts = fc.dictionary(
    fc.oneof(fc.constantFrom('a', 'b', 'l', 's'), fc.constantFrom(...inherited)),
    fc.jsonValue({ maxDepth: 4 }),
  );
  fc.assert(
    fc.property(facts, facts, (properties, traits) => texts.every((holds) => typeof holds({ properties, traits }) === 'boolean')),
    { numRuns: 1000 },
  );
});

test.each([
  ['blanks around a number', `${' '.repeat(250_000)}1`],
  ['blanks alone', ' '.repeat(250_000)],
  ['digits', '1'.repeat(250_000)],
  ['separators', '1,'.repeat(125_000)],
  ['noughts', '0'.repeat(250_000)],
])('no text that is no number makes a loop slow: %s', (_, s) => {
  const l = Array.from({ length: 30_000 }, (_, n) => n);
  for (const read of [
    's == -5',
    's + 1 == -5',
    'double(properties.s) == -5.0',
    '-properties.s == 5',
    'int(properties.s) == -5',
    'a < properties.s && false',
  ]) {
    const { answer, ms } = asked(`properties.l.exists(a, ${read.replace(/^s/, 'properties.s')})`, { properties: { l, s } });
    expect(answer).toBe(false);
    expect(ms).toBeLessThan(500);
  }
});

describe('a condition that is deeper than a stack may be', () => {
  const within = (n: number): string[] => [
    `${'!'.repeat(n)}true`,
    `${'('.repeat(n)}true${')'.repeat(n)}`,
    Array.from({ length: n }, () => 'properties.a == 1').join(' || '),
    Array.from({ length: n }, () => 'properties.a == 1').join(' && '),
    `${Array.from({ length: n }, () => '1').join(' + ')} == 1`,
    `${Array.from({ length: n }, () => '"a"').join(' + ')} == "a"`,
    `properties${'.a'.repeat(n)} == 1`,
    `properties${'["a"]'.repeat(n)} == 1`,
    `${'-'.repeat(n)}properties.a == 1`,
    `${'['.repeat(n)}${']'.repeat(n)} == []`,
    `${'true ? '.repeat(n)}true${' : false'.repeat(n)}`,
    `properties.a${'.map(x, x)'.repeat(n)}.exists(x, x == 1)`,
  ];
  test.each([600, 5_000])('is refused as one, at %i levels', (n) => {
    for (const text of within(n)) expect(() => condition(text)).toThrow(ConditionError);
  });

  test('and one that is taken is evaluated on a stack with little room', () => {
    const facts = { properties: { a: 1 }, traits: {} };
    const taken = within(200).map((text) => condition(text));
    const deep = (levels: number): void => {
      if (levels > 0) deep(levels - 1);
      else for (const holds of taken) expect(typeof holds(facts)).toBe('boolean');
    };
    deep(3_000);
  });
});

describe('an instant that no calendar has', () => {
  const t = '9999-12-31T23:59:59Z';
  test.each([
    ['(timestamp(properties.t) + duration(properties.d)).getFullYear() != 2026', { t, d: '999999999h' }, 'arithmetic'],
    ['timestamp(properties.t) + duration(properties.d) > timestamp("2026-01-01T00:00:00Z")', { t, d: '1h' }, 'arithmetic'],
    [
      'timestamp(properties.t) - duration(properties.d) < timestamp("2026-01-01T00:00:00Z")',
      { t: '0001-01-01T00:00:00Z', d: '1h' },
      'arithmetic',
    ],
    ['timestamp(properties.t) != timestamp("2026-01-01T00:00:00Z")', { t: '0000-01-01T00:00:00Z' }, 'arithmetic'],
    ['timestamp(properties.t) != timestamp("2026-01-01T00:00:00Z")', { t: '2026-02-30T00:00:00Z' }, 'type'],
    ['timestamp(properties.t) != timestamp("2026-01-01T00:00:00Z")', { t: '2026-02-03T25:00:00Z' }, 'type'],
    ['timestamp(properties.t) != timestamp("2026-01-01T00:00:00Z")', { t: 'Room 12' }, 'type'],
  ])('is no answer: %s of %j', (text, properties, reason) => {
    expect(asked(text, { properties })).toMatchObject({ answer: false, heard: [reason] });
  });
});

test('lowerAscii and upperAscii change no letter beyond ASCII, as CEL has it', () => {
  expect(asked('properties.a.upperAscii() == properties.b', { properties: { a: 'straße İi', b: 'STRAßE İI' } }).answer).toBe(
    true,
  );
  expect(asked('properties.a.lowerAscii() == properties.b', { properties: { a: 'ÉCOLE İI', b: 'École İi' } }).answer).toBe(true);
});
