import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { callId, collected } from '#contracts';
import { collect, maxCallLength, type Arrival } from './collect.ts';

const arrival: Arrival = { source: 'website', arrivedAt: Date.parse('2026-03-01T12:00:00.000Z') };

function accepted(item: unknown, how: Arrival = arrival) {
  const verdict = collect(item, how);
  if (!verdict.accepted) throw new Error(`refused: ${verdict.reason}`);
  expect(collected.schema.parse(verdict.value)).toEqual(verdict.value);
  return verdict;
}

function reason(item: unknown): string {
  const verdict = collect(item, arrival);
  return verdict.accepted ? 'accepted' : verdict.reason;
}

const track = { type: 'track', event: 'Signed Up', userId: 'u1', messageId: 'm1' };

test('a whole call keeps everything, each thing in its place', () => {
  const { key, value } = accepted({
    ...track,
    anonymousId: 'a1',
    properties: { plan: 'pro' },
    traits: { name: 'Ana' },
    context: { timezone: 'Europe/Madrid' },
    integrations: { All: true },
    _metadata: { nodeVersion: '24' },
    groupId: 'g1',
    writeKey: 'secret',
    timestamp: '2026-03-01T11:59:00.000Z',
    sentAt: '2026-03-01T11:59:30.000Z',
  });
  expect(key).toBe('a1');
  expect(value).toEqual({
    id: callId('website', 'm1'),
    source: 'website',
    message_id: 'm1',
    type: 'track',
    user_id: 'u1',
    anonymous_id: 'a1',
    event: 'Signed Up',
    properties: { plan: 'pro' },
    traits: { name: 'Ana' },
    context: { timezone: 'Europe/Madrid' },
    rest: { integrations: { All: true }, _metadata: { nodeVersion: '24' }, groupId: 'g1' },
    occurred_at: '2026-03-01T11:59:30.000Z',
    moment_source: 'corrected',
    timestamp: '2026-03-01T11:59:00.000Z',
    sent_at: '2026-03-01T11:59:30.000Z',
    at: '2026-03-01T12:00:00.000Z',
  });
});

describe('keys', () => {
  test.each([
    ['the anonymous id', { ...track, anonymousId: 'a1' }, 'a1'],
    ['else the user id', track, 'u1'],
    ['a null user id is none', { ...track, userId: null, anonymousId: 'a1' }, 'a1'],
    ['of an alias the previous id', { type: 'alias', userId: 'u1', previousId: 'a1', anonymousId: 'a2' }, 'a1'],
    ['numbers become strings', { ...track, userId: 42 }, '42'],
    ['digits with zeros before them are an id', { ...track, userId: '00004' }, '00004'],
  ])('%s', (_, item, key) => {
    expect(accepted(item).key).toBe(key);
  });
});

describe('refusals name what is wrong', () => {
  test.each([
    ['not an object', [track], /must be a JSON object/],
    ['null', null, /must be a JSON object/],
    ['no type', { userId: 'u1' }, /type is missing/],
    ['a track without a name', { type: 'track', userId: 'u1' }, /event is missing/],
    ['nobody', { type: 'track', event: 'x' }, /userId or anonymousId is missing/],
    ['empty ids', { type: 'track', event: 'x', userId: '', anonymousId: '' }, /userId or anonymousId is missing/],
    ['an object as id', { ...track, userId: { id: 1 } }, /userId must be a string or a number/],
    ['an id whose digits are lost', { ...track, userId: 12345678901234567890 }, /userId is a number beyond 2\^53/],
    ['a separator in an id', { ...track, userId: 'a\u001eb' }, /U\+001E/],
    ['an endless id', { ...track, anonymousId: 'x'.repeat(501) }, /anonymousId is longer than 500/],
    ['an alias without its previous id', { type: 'alias', userId: 'u1' }, /an alias needs previousId and userId/],
    ['properties that are a list', { ...track, properties: [1] }, /properties must be an object/],
    ['an unknown type', { type: 'something new', userId: 'u1' }, /type "something new" is unknown/],
    ['a type that is a name of every object', { type: 'constructor', userId: 'u1' }, /type "constructor" is unknown/],
    ['an id for nobody', { ...track, userId: 'undefined' }, /userId is "undefined", which stands for nobody/],
    ['an anonymous id for nobody', { ...track, anonymousId: '[object Object]' }, /anonymousId is .* stands for nobody/],
    ['a previous id for nobody', { type: 'alias', userId: 'u1', previousId: 'null' }, /previousId is "null"/],
    ['zero as an id', { ...track, userId: 0 }, /userId is "0"/],
    ['an id with something invisible', { ...track, userId: 'u1\u200b' }, /userId holds the invisible character U\+200B/],
    ['too many keys', { ...track, properties: { x: Array.from({ length: 5_000 }, () => 1) } }, /more than 5000 keys/],
    ['several at once', { type: 'track', userId: [] }, /userId must be .*; event is missing/],
    ['too large', { ...track, properties: { x: 'x'.repeat(maxCallLength) } }, /characters, above 262144/],
    ['too deep', { ...track, properties: JSON.parse(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`) as object }, /deeper than 32/],
  ])('%s', (_, item, expected) => {
    expect(reason(item)).toMatch(expected);
  });
});

test('100 KB of one event, which some clients send, are taken', () => {
  expect(accepted({ ...track, properties: { x: 'x'.repeat(100_000) } }).accepted).toBe(true);
});

test.each(['group', 'screen', 'Group', ' SCREEN '])('a call of type "%s" is taken', (type) => {
  expect(accepted({ type, userId: 'u1' }).value.type).toBe(type.trim().toLowerCase());
});

test("a page's name is its event", () => {
  expect(accepted({ type: 'page', name: 'Home', userId: 'u1', category: 'c', event: 'e' }).value).toMatchObject({
    event: 'Home',
    rest: { category: 'c', event: 'e' },
  });
});

test('both times: timestamp is right, and all four are kept', () => {
  const item = {
    ...track,
    timestamp: '2026-03-01T10:00:00Z',
    originalTimestamp: '2026-03-01T09:00:00Z',
    sentAt: '2026-03-01T11:00:00Z',
  };
  expect(accepted(item).value).toMatchObject({
    occurred_at: '2026-03-01T10:00:00.000Z',
    timestamp: '2026-03-01T10:00:00Z',
    original_timestamp: '2026-03-01T09:00:00Z',
    sent_at: '2026-03-01T11:00:00Z',
    at: '2026-03-01T12:00:00.000Z',
  });
});

test('characters that a database refuses are taken out, wherever they are', () => {
  const { key, value } = accepted({ ...track, userId: 'u\u00001', properties: { 'a\0': ['x\0y', { z: '\ud800' }] } });
  expect(key).toBe('u1');
  expect(value.properties).toEqual({ a: ['xy', { z: '\ufffd' }] });
});

test('a field named __proto__ is a field', () => {
  const verdict = collect(JSON.parse('{"type":"track","event":"x","userId":"u1","__proto__":{"polluted":true}}'), arrival);
  expect(JSON.stringify(verdict)).toContain('"rest":{"__proto__":{"polluted":true}}');
  expect(verdict).not.toHaveProperty('polluted');
});

describe('what some clients send', () => {
  test("PHP's empty lists are empty objects", () => {
    const { value } = accepted({ ...track, properties: [], traits: [], context: [], integrations: [] });
    expect(value).toMatchObject({ properties: {}, traits: {}, context: {}, rest: { integrations: {} } });
  });

  test("RudderStack's context.traits of an identify are traits; its own traits win", () => {
    const context = { traits: { email: 'a@x.example', plan: 'free' } };
    const identify = { type: 'identify', userId: 'u1', context };
    expect(accepted(identify).value.traits).toEqual({ email: 'a@x.example', plan: 'free' });
    expect(accepted({ ...identify, traits: { plan: 'pro' } }).value.traits).toEqual({ email: 'a@x.example', plan: 'pro' });
    expect(accepted({ ...track, context }).value.traits).toBeUndefined();
  });

  test('a time that nobody can read is named with its reason, and the arrival counts', () => {
    for (const [timestamp, reason] of [
      ['Thu, 26 Nov 2026 23:55:01 GMT', 'format'],
      ['2026-02-30T00:00:00Z', 'format'],
      [1795737301, 'seconds'],
      ['1795737301.5', 'seconds'],
      [1795737301000000, 'range'],
      ['0001-01-01T00:00:00Z', 'range'],
      [-62135596800000, 'range'],
      [{ $date: 1 }, 'type'],
      [true, 'type'],
      ['x'.repeat(200), 'length'],
    ] as const)
      expect(accepted({ ...track, timestamp }).value).toMatchObject({
        unreadable: [`timestamp.${reason}`],
        occurred_at: '2026-03-01T12:00:00.000Z',
      });
    for (const timestamp of ['2026-03-01T11:00:00Z', '', null, 1772366400000])
      expect(accepted({ ...track, timestamp }).value).not.toHaveProperty('unreadable');
  });

  test('a number beyond a double is null, as JSON prints it, and is named once', () => {
    const item = JSON.parse('{"type":"track","event":"x","userId":"u1","properties":{"revenue":1e999}}') as object;
    expect(accepted(item).value.properties).toEqual({ revenue: null });
    expect(accepted(item).value.unreadable).toEqual(['number']);
  });

  test.each(Object.getOwnPropertyNames(Object.prototype))('%s is a name like any other', (name) => {
    const odd = JSON.parse(JSON.stringify({ [name]: { [name]: name } })) as object;
    const call = { ...track, event: name, messageId: name, userId: name, properties: odd, traits: odd, context: odd };
    const raw = { ...call, ...(JSON.parse(`{"${name}":{"polluted":true}}`) as object) };
    const verdict = collect(raw, arrival);
    if (!verdict.accepted) throw new Error(verdict.reason);
    const { value } = verdict;
    expect(JSON.stringify([value.event, value.user_id, value.message_id, value.properties])).toBe(
      JSON.stringify([name, name, name, odd]),
    );
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(value.properties)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('message ids', () => {
  const idOf = (item: object, how: Partial<Arrival> = {}): string => accepted(item, { ...arrival, ...how }).value.message_id;
  const { messageId: _, ...unnamed } = { ...track, timestamp: '2026-03-01T11:00:00Z' };

  test('of 100 characters is kept, longer is hashed, a number becomes a string', () => {
    expect(idOf({ ...track, messageId: 'x'.repeat(100) })).toBe('x'.repeat(100));
    const hashed = idOf({ ...track, messageId: 'x'.repeat(101) });
    expect(hashed).toHaveLength(36);
    expect(idOf({ ...track, messageId: 'x'.repeat(102) })).not.toBe(hashed);
    expect(idOf({ ...track, messageId: 7 })).toBe('7');
  });

  test('missing: the same for the same call sent again later', () => {
    expect(idOf({ ...unnamed, sentAt: '2026-03-01T11:30:00Z' })).toBe(
      idOf({ ...unnamed, sentAt: '2026-03-01T11:31:00Z' }, { arrivedAt: arrival.arrivedAt + 60_000 }),
    );
  });

  test('missing: another for other content, another source, another place in the batch', () => {
    const ids = [idOf(unnamed), idOf({ ...unnamed, event: 'x' }), idOf(unnamed, { source: 'shop' }), idOf(unnamed, { index: 1 })];
    expect(new Set(ids).size).toBe(4);
  });

  test('missing, without any time: two equal calls at two moments are two', () => {
    const { timestamp: _t, ...timeless } = unnamed;
    expect(idOf(timeless)).not.toBe(idOf(timeless, { arrivedAt: arrival.arrivedAt + 1 }));
  });
});

test('whatever JSON comes, the answer is a value that the contract takes, or a reason', () => {
  const field = fc.oneof(fc.jsonValue(), fc.string(), fc.integer());
  const text = fc.oneof({ weight: 9, arbitrary: fc.string() }, { weight: 1, arbitrary: field });
  const object = fc.oneof({ weight: 9, arbitrary: fc.dictionary(fc.string(), fc.jsonValue()) }, { weight: 1, arbitrary: field });
  const item = fc.record(
    {
      type: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom('track', 'identify', 'page', 'alias') },
        { weight: 1, arbitrary: field },
      ),
      event: text,
      name: text,
      userId: fc.oneof(fc.constantFrom('ana', '7'), text),
      anonymousId: text,
      previousId: text,
      messageId: text,
      properties: object,
      traits: object,
      context: object,
      timestamp: field,
      sentAt: field,
      originalTimestamp: field,
    },
    { requiredKeys: [] },
  );
  let taken = 0;
  fc.assert(
    fc.property(fc.oneof(item, fc.jsonValue()), (made) => {
      // As it comes off the wire: JSON knows no negative zero.
      const raw: unknown = JSON.parse(JSON.stringify(made));
      const verdict = collect(raw, arrival);
      if (verdict.accepted) {
        taken += 1;
        expect(collected.schema.parse(JSON.parse(JSON.stringify(verdict.value)))).toBeDefined();
        expect(verdict.key).not.toBe('');
        expect(collect(structuredClone(raw), arrival)).toEqual(verdict);
      } else expect(verdict.reason).not.toBe('');
    }),
    { numRuns: 600 },
  );
  expect(taken).toBeGreaterThan(50);
});

test('a word for a missing message id makes no repeats of other calls', () => {
  const words = [
    'undefined',
    'null',
    '',
    ' ',
    'NaN',
    '[object Object]',
    '{{ id }}',
    '00000000-0000-0000-0000-000000000000',
    1e999,
    0,
  ];
  const timed = { ...track, timestamp: '2026-03-01T11:00:00Z' };
  for (const messageId of words) {
    const ids = ['a', 'b', 'a'].map((event) => {
      const verdict = collect({ ...timed, event, messageId }, { source: 'site', arrivedAt: Date.parse('2026-03-01T12:00:00Z') });
      return verdict.accepted ? verdict.value.message_id : verdict.reason;
    });
    expect([messageId, ids[0] === ids[1], ids[0] === ids[2]]).toEqual([messageId, false, true]);
  }
});
