import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import avro, { type Schema } from 'avsc';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import type { SourceRule } from '#playbook';
import { clusters, checkSources, registryOf } from '../clusters.ts';
import { framed, TestRegistry } from '../../testing/registry.ts';
import { NotYet, Unreadable } from '../formats/index.ts';
import { Taker } from '../take.ts';
import { Schemas, type RegistryFormat } from './schemas.ts';

let registry: TestRegistry;
beforeEach(async () => {
  registry = await new TestRegistry().start();
});
afterEach(() => registry.stop());

const schemas = (format: RegistryFormat) => new Schemas({ url: registry.url, username: 'hito', password: 'very-secret' }, format);
const address: Schema = { type: 'record', name: 'Address', namespace: 'shop', fields: [{ name: 'city', type: 'string' }] };
const click = {
  type: 'record',
  name: 'Click',
  namespace: 'shop',
  fields: [
    { name: 'user', type: ['null', 'string'] },
    { name: 'action', type: { type: 'enum', name: 'Action', symbols: ['Viewed', 'Bought'] } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'order', type: 'long' },
    { name: 'raw', type: 'bytes' },
    { name: 'tags', type: { type: 'map', values: 'double' } },
  ],
} as const;
const clicked = (order: string): Buffer => {
  // The writer's own way with numbers of 64 bits.
  const long = avro.types.LongType.__with({
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
    toBuffer: (value: bigint) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(value);
      return bytes;
    },
    fromJSON: BigInt,
    toJSON: String,
    isValid: (value: unknown) => typeof value === 'bigint',
    compare: () => 0,
  });
  const type = avro.Type.forSchema(click as unknown as Schema, {
    typeHook: (given) => (given === 'long' || (given as { type?: unknown }).type === 'long' ? long : undefined),
  });
  const value = {
    user: 'ana',
    action: 'Bought',
    at: 1_795_000_000_123n,
    order: BigInt(order),
    raw: Buffer.from([1, 2]),
    tags: { a: 0.5 },
  };
  return type.toBuffer(value);
};

const proto = `syntax = "proto3"; package shop;
import "google/protobuf/timestamp.proto"; import "address.proto";
message Other { string x = 1; }
message Click {
  message Item { string sku = 1; int64 price = 2; }
  enum Action { VIEWED = 0; BOUGHT = 1; }
  string user_id = 1; Action action = 2; repeated Item items = 3; google.protobuf.Timestamp at = 4; Address address = 5; int32 count = 6;
}`;
const addressProto = 'syntax = "proto3"; package shop; message Address { string city = 1; }';

/** A count as Avro writes it: zigzag, seven bits a byte. */
function counted(count: number): number[] {
  const bytes: number[] = [];
  let rest = count < 0 ? BigInt(-count) * 2n - 1n : BigInt(count) * 2n;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

describe('a value that was written with a registry', () => {
  test('is read in Avro, whole numbers of 64 bits exactly', async () => {
    registry.answers.set('/schemas/ids/7', { schema: JSON.stringify(click) });
    const reader = schemas('avro');
    const event = { user: 'ana', action: 'Bought', at: 1_795_000_000_123, raw: 'AQI=', tags: { a: 0.5 } };
    expect(await reader.read(framed(7, clicked('42')))).toEqual({ ...event, order: 42 });
    expect(await reader.read(framed(7, clicked('9007199254740993')))).toEqual({ ...event, order: '9007199254740993' });
    expect(registry.asked).toEqual(['/schemas/ids/7']);
    expect(registry.logins[0]).toBe(`Basic ${Buffer.from('hito:very-secret').toString('base64')}`);
  });

  test('is read in Avro with a schema that refers to another', async () => {
    const person = { type: 'record', name: 'Person', namespace: 'shop', fields: [{ name: 'home', type: 'shop.Address' }] };
    registry.answers.set('/subjects/shop.Address/versions/3', { schema: JSON.stringify(address) });
    registry.answers.set('/schemas/ids/1', {
      schema: JSON.stringify(person),
      references: [{ name: 'shop.Address', subject: 'shop.Address', version: 3 }],
    });
    const payload = avro.Type.forSchema({ ...person, fields: [{ name: 'home', type: address }] } as Schema).toBuffer({
      home: { city: 'Jaca' },
    });
    expect(await schemas('avro').read(framed(1, payload))).toEqual({ home: { city: 'Jaca' } });
  });

  test('is read in Protobuf, the message found by its places, with imports', async () => {
    registry.answers.set('/schemas/ids/2', {
      schemaType: 'PROTOBUF',
      schema: proto,
      references: [{ name: 'address.proto', subject: 'address', version: 1 }],
    });
    registry.answers.set('/subjects/address/versions/1', { schemaType: 'PROTOBUF', schema: addressProto });
    const root = new protobuf.Root();
    root.addJSON(protobuf.common.get('google/protobuf/timestamp.proto')?.nested ?? {});
    protobuf.parse(addressProto, root, { keepCase: true });
    protobuf.parse(proto, root, { keepCase: true });
    const type = root.lookupType('shop.Click');
    const value = { user_id: 'ana', action: 1, items: [{ sku: 's', price: 5 }], at: { seconds: 9 }, address: { city: 'Jaca' } };
    const payload = type.encode(type.create(value)).finish();
    const expected = { ...value, action: 'BOUGHT', at: { seconds: 9, nanos: 0 }, count: 0 };
    const reader = schemas('protobuf');
    // One place: number 1, both in zigzag form; then two: Click, and its Item.
    expect(await reader.read(framed(2, [2, 2], payload))).toEqual(expected);
    const item = root.lookupType('shop.Click.Item').encode({ sku: 's' }).finish();
    expect(await reader.read(framed(2, [4, 2, 0], item))).toEqual({ sku: 's', price: 0 });
    const other = root.lookupType('shop.Other').encode({ x: 'y' }).finish();
    expect(await reader.read(framed(2, [0], other))).toEqual({ x: 'y' });
    await expect(reader.read(framed(2, [2, 18], payload))).rejects.toThrow('no message at place 9');
  });

  test.each(['http://json-schema.org/draft-07/schema#', 'https://json-schema.org/draft/2020-12/schema', undefined])(
    'is read in JSON where it fits its schema (%s)',
    async ($schema) => {
      const schema = { $schema, type: 'object', required: ['user'], properties: { user: { type: 'string' } } };
      registry.answers.set('/schemas/ids/3', { schemaType: 'JSON', schema: JSON.stringify(schema) });
      const reader = schemas('json-schema');
      expect(await reader.read(framed(3, Buffer.from('{"user": "ana"}')))).toEqual({ user: 'ana' });
      await expect(reader.read(framed(3, Buffer.from('{"user": 7}')))).rejects.toThrow('/user must be string');
      await expect(reader.read(framed(3, Buffer.from('{')))).rejects.toThrow('the value is no JSON');
    },
  );
});

describe('a value that nobody can read is told apart from a registry that is away', () => {
  test.each<[string, Buffer, string]>([
    ['has no frame', Buffer.from('{"user":"ana"}'), 'does not begin with a zero byte'],
    ['is shorter than a frame', Buffer.from([0, 0, 0]), 'does not begin with a zero byte'],
    ['is cut off', framed(7, clicked('1').subarray(0, 9)), 'is not what schema 7 (avro) says'],
    ['is longer than its schema says', framed(7, clicked('1'), [0, 0]), 'is not what schema 7 (avro) says'],
    ['is written in another format', framed(8, [1]), 'of type PROTOBUF; the source says format: avro'],
    ['has a schema that is none', framed(9, [1]), 'its schema 9 cannot be used'],
  ])('where it %s', async (_, value, reason) => {
    registry.answers.set('/schemas/ids/7', { schema: JSON.stringify(click) });
    registry.answers.set('/schemas/ids/8', { schemaType: 'PROTOBUF', schema: addressProto });
    registry.answers.set('/schemas/ids/9', { schema: '{"type": "nothing"}' });
    const reader = schemas('avro');
    const error: unknown = await reader.read(value).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Unreadable);
    expect((error as Error).message).toContain(reason);
    // It is not asked again for each record of a broken writer.
    await reader.read(value).catch(() => undefined);
    expect(registry.asked.length).toBeLessThanOrEqual(1);
  });

  test('where the registry does not know its schema: it is waited for, asked for once a second, and given up after half a minute', async () => {
    let now = 0;
    const reader = new Schemas({ url: registry.url }, 'avro', () => now);
    const read = (id: number): Promise<unknown> => reader.read(framed(id, [0])).catch((error: unknown) => error);
    for (; now < 30_000; now += 250) expect(await read(99)).toBeInstanceOf(NotYet);
    expect(registry.asked).toHaveLength(30);
    const error = await read(99);
    expect(error).toBeInstanceOf(Unreadable);
    expect((error as Error).message).toContain('its schema 99 is unknown: the schema registry 127.0.0.1');
    // It is not asked again for each record of a broken writer, and it is not waited for again.
    for (; now < 39_000; now += 250) expect(await read(99)).toBeInstanceOf(Unreadable);
    expect(registry.asked).toHaveLength(31);
    // Nor is any other for ten minutes, so that a topic full of such ids is not held up by each of them.
    expect(await read(98)).toBeInstanceOf(Unreadable);
    now += 600_000;
    expect(await read(97)).toBeInstanceOf(NotYet);
    expect(await read(98)).toBeInstanceOf(Unreadable);
  });

  test('where a replica of the registry hears of its schema a little later: nothing is lost', async () => {
    let now = 0;
    const reader = new Schemas({ url: registry.url }, 'avro', () => now);
    await expect(reader.read(framed(7, [0]))).rejects.toThrow(NotYet);
    registry.answers.set('/schemas/ids/7', { schema: '"string"' });
    now = 1_500;
    expect(await reader.read(framed(7, [2, 97]))).toBe('a');
    now = 60_000;
    await expect(reader.read(framed(8, [0]))).rejects.toThrow(NotYet);
  });

  test.each([
    [500, '{"error_code": 50001}'],
    [401, 'Unauthorized'],
    [404, '<html>no such page</html>'],
    [200, '<html>a log-in page</html>'],
    [200, `{"schema": "${'x'.repeat(1_100_000)}"}`],
  ])('and an answer of %d waits, until the registry is back', async (status, body) => {
    registry.answers.set('/schemas/ids/7', { schema: JSON.stringify(click) });
    registry.broken = { status, body };
    const reader = schemas('avro');
    const error: unknown = await reader.read(framed(7, clicked('1'))).catch((thrown: unknown) => thrown);
    expect(error).not.toBeInstanceOf(Unreadable);
    expect((error as Error).message).toMatch(/^the schema registry 127\.0\.0\.1:\d+ (answers|does not answer)/);
    expect((error as Error).message).not.toContain('very-secret');
    registry.broken = undefined;
    expect(await reader.read(framed(7, clicked('1')))).toMatchObject({ user: 'ana' });
  });

  const many = 2 ** 40;
  test.each<[string, object, readonly number[], string]>([
    ['numbers', { type: 'array', items: 'int' }, counted(many), 'it ends before its lists do'],
    ['texts by name', { type: 'map', values: 'string' }, counted(many), 'it ends before its lists do'],
    ['nothings', { type: 'array', items: 'null' }, [...counted(many), 0], 'its lists hold more than 50000 values'],
    ['nothings in a sized block', { type: 'array', items: 'null' }, [...counted(-many), 0, 0], 'more than 50000 values'],
    [
      'empty records',
      { type: 'array', items: { type: 'record', name: 'E', fields: [] } },
      [...counted(many), 0],
      'more than 50000',
    ],
    [
      'lists of nothings',
      { type: 'array', items: { type: 'array', items: 'null' } },
      [...counted(2), ...counted(30_000), 0, ...counted(30_000), 0, 0],
      'more than 50000',
    ],
  ])('where it says that it is a list of a million million %s', async (_, schema, payload, reason) => {
    registry.answers.set('/schemas/ids/5', { schema: JSON.stringify(schema) });
    await expect(schemas('avro').read(framed(5, payload))).rejects.toThrow(reason);
  });

  test('where it has more messages, with a default for each of their fields, than can be held', async () => {
    const fields = Array.from({ length: 200 }, (_, n) => `string f${String(n)} = ${String(n + 1)};`).join(' ');
    const schema = `syntax = "proto3"; message Many { message One { ${fields} } repeated One ones = 1; }`;
    registry.answers.set('/schemas/ids/6', { schemaType: 'PROTOBUF', schema });
    const reader = schemas('protobuf');
    const ones = (count: number): Buffer => framed(6, [0], Buffer.from(Array(count).fill([10, 0]).flat()));
    expect(await reader.read(ones(2))).toMatchObject({ ones: [{ f0: '' }, { f199: '' }] });
    await expect(reader.read(ones(2_000))).rejects.toThrow('with its defaults it holds more than 50000 values');
  });

  test('lists and maps are read in blocks, sized and not, and every reading has the whole bound', async () => {
    registry.answers.set('/schemas/ids/5', { schema: JSON.stringify({ type: 'array', items: 'int' }) });
    registry.answers.set('/schemas/ids/4', { schema: JSON.stringify({ type: 'map', values: 'int' }) });
    const reader = schemas('avro');
    for (let again = 0; again < 3; again++) {
      const long = Array<number>(30_000).fill(0);
      expect(await reader.read(framed(5, counted(30_000), long, [0]))).toHaveLength(30_000);
    }
    expect(await reader.read(framed(5, counted(2), [2, 4], counted(-1), [2, 6], [0]))).toEqual([1, 2, 3]);
    expect(await reader.read(framed(4, counted(1), [2, 97, 2], counted(-1), [8, 2, 98, 4], [0]))).toEqual({ a: 1, b: 2 });
    expect(JSON.stringify(await reader.read(framed(4, counted(1), [18], Buffer.from('__proto__'), [2], [0])))).toBe(
      '{"__proto__":1}',
    );
  });

  test('whatever bytes come behind a known id', async () => {
    registry.answers.set('/schemas/ids/7', { schema: JSON.stringify(click) });
    registry.answers.set('/schemas/ids/2', { schemaType: 'PROTOBUF', schema: addressProto });
    const readers = { 7: schemas('avro'), 2: schemas('protobuf') };
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(7 as const, 2 as const), fc.uint8Array({ maxLength: 60 }), async (id, bytes) => {
        const error: unknown = await readers[id].read(framed(id, bytes)).catch((thrown: unknown) => thrown);
        if (error instanceof Error) expect(error).toBeInstanceOf(Unreadable);
      }),
    );
  });
});

test('records of a source with a registry become events or dead letters, and wait while it is away', async () => {
  registry.answers.set('/schemas/ids/7', { schema: JSON.stringify(click) });
  const known = clusters.parse(JSON.stringify({ shop: { brokers: ['kafka:9092'], registry: { url: registry.url } } }));
  const source = {
    name: 'clicks',
    topics: ['t'],
    cluster: 'shop',
    format: 'avro',
    from: 'earliest',
    map: {
      person: 'record.value.user',
      name: 'record.value.action',
      time: 'record.value.at',
      properties: { order: 'record.value.order' },
    },
  } as unknown as SourceRule;
  const taker = new Taker(source, { ids: { nobody: [] }, secrets: [] } as never, 1, registryOf(source, known));
  const take = (value: Buffer) =>
    taker.take(
      { offset: 1, key: null, value, headers: {}, timestamp: 5 },
      { topic: 't', partition: 0, generation: 0 },
      Date.UTC(2026, 10, 27),
    );
  registry.broken = { status: 503, body: '' };
  await expect(take(framed(7, clicked('1')))).rejects.toThrow('by 503');
  registry.broken = undefined;
  const { out, tally } = await take(framed(7, clicked('1')));
  expect(tally).toEqual(['source.taken.clicks']);
  expect(out[0]?.value).toMatchObject({ user_id: 'ana', event: 'Bought', properties: { order: 1 } });
  expect((await take(framed(7, [9]))).tally).toEqual(['source.refused.unreadable.clicks', 'dead_letter.unreadable.clicks']);
});

test('a format that needs a registry is refused at the start where its cluster has none', () => {
  const known = clusters.parse(JSON.stringify({ shop: { brokers: ['kafka:9092'] } }));
  const source = (cluster?: string) => ({ name: 'clicks', format: 'avro', cluster }) as SourceRule;
  const check = (one: SourceRule) => () => {
    checkSources({ sources: [one] }, known, new Map());
  };
  expect(check(source('shop'))).toThrow('name one as `registry` of the cluster shop in HITO_SOURCE_CLUSTERS');
  expect(check(source())).toThrow('of a cluster in HITO_SOURCE_CLUSTERS, and that cluster in the source');
  const bad = JSON.stringify({ shop: { brokers: ['kafka:9092'], registry: { url: 'https://u:very-secret@r' } } });
  expect(clusters.safeParse(bad).error?.message).toContain('shop.registry.url: put the log-in into username and password');
});

describe('what is kept of a registry is bounded', () => {
  test('in schemas: the oldest goes first, also where all ids are unknown', async () => {
    for (let id = 1; id <= 501; id++) registry.answers.set(`/schemas/ids/${String(id)}`, { schema: '"string"' });
    const reader = schemas('avro');
    const asks = async (id: number): Promise<boolean> => {
      const before = registry.asked.length;
      await reader.read(framed(id, [0])).catch(() => undefined);
      return registry.asked.length > before;
    };
    for (let id = 1; id <= 500; id++) await reader.read(framed(id, [0]));
    expect(await asks(1)).toBe(false);
    await reader.read(framed(501, [0]));
    expect([await asks(2), await asks(1)]).toEqual([false, true]);
    for (let id = 1_001; id <= 1_500; id++) await reader.read(framed(id, [0])).catch(() => undefined);
    expect(await asks(501)).toBe(true);
  });

  test('in their text', async () => {
    const long = (n: number) => ({ schema: JSON.stringify({ type: 'string', doc: 'x'.repeat(1_000_000), n }) });
    for (let id = 1; id <= 9; id++) registry.answers.set(`/schemas/ids/${String(id)}`, long(id));
    const reader = schemas('avro');
    for (let id = 1; id <= 9; id++) await reader.read(framed(id, [0]));
    const before = registry.asked.length;
    await reader.read(framed(9, [0]));
    expect(registry.asked.length).toBe(before);
    await reader.read(framed(1, [0]));
    expect(registry.asked.length).toBe(before + 1);
  });

  test('in the schemas that one refers to', async () => {
    for (let n = 0; n < 40; n++)
      registry.answers.set(`/subjects/s${String(n)}/versions/1`, {
        schema: JSON.stringify({ type: 'record', name: `R${String(n)}`, fields: [] }),
        references: [{ name: `R${String(n + 1)}`, subject: `s${String(n + 1)}`, version: 1 }],
      });
    registry.answers.set('/schemas/ids/1', { schema: '"string"', references: [{ name: 'R0', subject: 's0', version: 1 }] });
    await expect(schemas('avro').read(framed(1, [0]))).rejects.toThrow('refers to more than 32 others');
    expect(registry.asked.length).toBeLessThan(40);
  });
});
