import { request, type ClientRequest } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { until } from '#testing';
import { basic, Edge, key, track } from '../testing/edge.ts';

let edge: Edge;
const held: ClientRequest[] = [];
afterEach(async () => {
  for (const one of held.splice(0)) one.destroy();
  await edge.stop();
});

const letters = () => edge.log.of('ingestion.dead-letters.v1');
const headers = () =>
  letters().map(
    ({ headers: all }) => `${all?.['hito-dl-source'] ?? ''} ${all?.['hito-dl-kind'] ?? ''} ${all?.['hito-dl-calls'] ?? ''}`,
  );

describe('a body that asks for more work than its bytes tell', () => {
  test.each([
    ['two million and a half ones', `{"batch":[${'1,'.repeat(2_500_000)}1]}`, 'too_many_values'],
    ['two million brackets', `{"batch":${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}}`, 'too_many_values'],
    ['5,001 calls', JSON.stringify({ batch: Array.from({ length: 5_001 }, () => 1) }), 'too_many_items'],
    [
      'a context of 1 MB for 2,500 calls',
      JSON.stringify({ batch: Array.from({ length: 2_500 }, () => ({})), context: { x: 'x'.repeat(1e6) } }),
      'large_envelope',
    ],
  ])('of %s is refused with one dead letter', async (_, body, kind) => {
    edge = await Edge.start();
    const answer = await edge.post('/v1/batch', gzipSync(body));
    expect(answer.status).toBe(400);
    await until(() => letters().length > 0);
    expect(headers()).toEqual([`website ${kind} 1`]);
    expect(edge.log.records).toHaveLength(1);
    expect(JSON.stringify(letters()[0]).length).toBeLessThan(25_000);
    expect(await edge.refused()).toEqual({ [`website ${kind}`]: 1 });
  });

  test('of which nothing is a call leaves one dead letter, not one for each', async () => {
    edge = await Edge.start();
    expect((await edge.post('/v1/batch', JSON.stringify({ batch: Array.from({ length: 5_000 }, () => 1) }))).status).toBe(200);
    expect(headers()).toEqual(['website not_an_object 5000']);
    expect(await edge.refused()).toEqual({ 'website not_an_object': 5_000 });
    expect(edge.log.warned).toHaveLength(1);
  });

  test('lets others have their turn', async () => {
    edge = await Edge.start();
    const batch = Array.from({ length: 5_000 }, (_, n) => ({
      type: 'track',
      event: 'x',
      userId: `u${String(n)}`,
      properties: { n },
    }));
    const long = edge.post('/v1/batch', JSON.stringify({ batch }));
    expect((await edge.post('/v1/track', JSON.stringify(track))).status).toBe(200);
    expect((await long).status).toBe(200);
    expect(edge.log.calls).toHaveLength(5_001);
  });
});

describe('a body in an encoding that the edge does not read', () => {
  const call = JSON.stringify({ ...track, traits: { note: 'x'.repeat(3_000) } });
  test.each([
    ['br', 'br', brotliCompressSync(call)],
    ['BR of commas', 'BR', Buffer.alloc(600_000, ',')],
    ['deflate', 'deflate', deflateSync(call)],
    ['zstd', 'zstd', zstdCompressSync(call)],
    ['br within gzip', 'br, gzip', gzipSync(brotliCompressSync(call))],
  ])('is answered by its name, counted, and kept nowhere: %s', async (_, encoding, body) => {
    edge = await Edge.start();
    const answer = await edge.post('/v1/track', body, { ...basic(`${key}:`), 'content-encoding': encoding });
    const named = encoding.split(',')[0] ?? '';
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { success: false, message: expect.stringContaining(`"${named}"`) },
    ]);
    await until(() => letters().length > 0);
    expect(headers()).toEqual(['website unread_encoding 1']);
    expect(await edge.refused()).toEqual({ 'website unread_encoding': 1 });
  });

  test('is taken where a proxy has inflated it and left the header', async () => {
    edge = await Edge.start();
    expect((await edge.post('/v1/track', call, { ...basic(`${key}:`), 'content-encoding': 'br' })).status).toBe(200);
    expect(edge.log.calls).toHaveLength(1);
  });
});

describe('a call that is taken and refused is answered 200 and counted', () => {
  test.each([
    ['no id', '/v1/track', { event: 'x' }, 'no_id'],
    ['no event name', '/v1/track', { userId: 'u1' }, 'no_event'],
    ['600 kB', '/v1/track', { ...track, properties: { x: 'x'.repeat(600_000) } }, 'too_large'],
    ['an unknown type', '/v1/batch', { batch: [{ ...track, type: 'merge' }] }, 'unknown_type'],
    ['an id for nobody', '/v1/identify', { userId: '[object Object]' }, 'nobody_id'],
    ["an id for nobody by the playbook's list", '/v1/identify', { userId: ' House ACCOUNT ' }, 'nobody_id'],
  ])('with %s', async (_, path, body, kind) => {
    edge = await Edge.start();
    expect((await edge.post(path, JSON.stringify(body))).status).toBe(200);
    expect(headers()).toEqual([`website ${kind} 1`]);
    expect(edge.log.calls).toEqual([]);
    expect(await edge.refused()).toEqual({ [`website ${kind}`]: 1 });
    expect(edge.log.warned).toMatchObject([{ source: 'website', kind, calls: 1 }]);
  });

  test('and a stranger without a known key is counted and leaves nothing', async () => {
    edge = await Edge.start();
    expect((await edge.post('/v1/track', JSON.stringify(track), basic('nobody:'))).status).toBe(401);
    expect(edge.log.records).toEqual([]);
    expect(await edge.refused()).toEqual({ 'unknown unknown_key': 1 });
  });
});

describe('a withdrawal is heard', () => {
  const no = { type: 'identify', userId: 'u1', traits: { unsubscribed: true } };
  const heard = () => edge.log.calls.filter(({ type }) => type === 'withdrawal').map(({ user_id }) => user_id);

  test.each([
    ['a refused call', '/v1/identify', { ...no, context: 'x' }, 200],
    ['a refused call of a batch', '/v1/batch', { batch: [1, track, { ...no, properties: 'x' }] }, 200],
    ['a batch of too many calls', '/v1/batch', { batch: [...Array.from({ length: 5_000 }, () => 1), no] }, 400],
    ['a list in place of a batch', '/v1/batch', [track, no], 400],
    ['a call that was sent as a batch', '/v1/batch', no, 400],
    ['a batch that was sent as a call', '/v1/track', { batch: [{ ...no, context: 1 }] }, 200],
    ['a batch with a large envelope', '/v1/batch', { batch: [no, track], context: { x: 'x'.repeat(4.5e6) } }, 400],
  ])('in %s', async (_, path, body, status) => {
    edge = await Edge.start();
    expect((await edge.post(path, JSON.stringify(body))).status).toBe(status);
    expect(heard()).toEqual(['u1']);
    expect(await edge.refused('hito_withdrawals_unheard_total')).toEqual({});
  });

  test('or its body has to be sent again', async () => {
    edge = await Edge.start();
    edge.log.away = true;
    expect((await edge.post('/v1/batch', JSON.stringify([no]))).status).toBe(429);
    edge.log.away = false;
    expect((await edge.post('/v1/batch', JSON.stringify([no]))).status).toBe(400);
    expect(heard()).toEqual(['u1']);
  });

  test.each([
    ['a call without an id', '/v1/identify', JSON.stringify({ traits: no.traits }), 'no_id'],
    ['a body cut short', '/v1/identify', JSON.stringify(no).slice(0, -1), 'not_json'],
    ['a body of too many values', '/v1/batch', `{"batch":[${'1,'.repeat(300_000)}${JSON.stringify(no)}]}`, 'too_many_values'],
    ['a body of 6 MB', '/v1/identify', JSON.stringify({ ...no, x: 'x'.repeat(6e6) }), 'body_too_large'],
  ])('or counted as lost: %s', async (_, path, body, kind) => {
    edge = await Edge.start();
    await edge.post(path, body);
    await until(() => letters().length > 0);
    expect(await edge.refused('hito_withdrawals_unheard_total')).toEqual({ [`website ${kind}`]: 1 });
    expect(letters()[0]?.headers?.['hito-dl-reason']).toMatch(/consent(, which)? is lost with it/);
  });
});

describe('a body that cannot be read', () => {
  test.each([
    ['no JSON', Buffer.from('{"writeKey":"website-key","batch":[{'), 'not_json'],
    ['no gzip', Buffer.from([0x1f, 0x8b, 1, 2, 3]), 'not_json'],
    ['gzip in gzip', gzipSync(gzipSync('{}')), 'not_json'],
    ['gzip cut short', gzipSync(JSON.stringify(track)).subarray(0, 40), 'not_json'],
    ['6 MB', Buffer.from(`{"x":"${'x'.repeat(6e6)}"}`), 'body_too_large'],
    ['6 MB in 6 kB', gzipSync(`{"x":"${'x'.repeat(6e6)}"}`), 'body_too_large'],
  ])('of %s leaves one dead letter with its beginning', async (_, body, kind) => {
    edge = await Edge.start();
    expect((await edge.post('/v1/batch', body)).status).toBe(400);
    await until(() => letters().length > 0);
    expect(headers()).toEqual([`website ${kind} 1`]);
    expect(letters()[0]?.key).toBe('website');
    const { beginning } = letters()[0]?.value as { beginning: string };
    expect(beginning.length).toBeLessThanOrEqual(10_000);
    if (body.length > 100) expect(beginning).toMatch(/^\{"x":"xxx/);
  });

  test('leaves its letter under the key that stands in it, and none where it names no key', async () => {
    edge = await Edge.start();
    expect((await edge.post('/v1/batch', '{"writeKey":"shop-secret","batch":[', {})).status).toBe(400);
    await until(() => letters().length > 0);
    expect((await edge.post('/v1/batch', '{"writeKey":"nobodys","batch":[', {})).status).toBe(400);
    expect(headers()).toEqual(['shop not_json 1']);
    expect(await edge.refused()).toEqual({ 'shop not_json': 1, 'unknown not_json': 1 });
  });

  test('leaves no letter when its source has left many in this minute, but is counted', async () => {
    edge = await Edge.start();
    for (let n = 0; n < 100; n += 1) await edge.post('/v1/batch', '{');
    await edge.post('/v1/batch', '{', basic('shop-secret:'));
    await until(() => headers().includes('shop not_json 1'));
    const kept = letters().length - 1;
    expect(kept).toBeGreaterThanOrEqual(30);
    expect(kept).toBeLessThan(45);
    expect(await edge.refused()).toEqual({ 'website not_json': 100, 'shop not_json': 1 });
    expect(await edge.refused('hito_refused_bodies_unkept_total')).toEqual({ 'website not_json': 100 - kept });
  });
});

describe('a dead letter holds no secret', () => {
  const link = 'https://shop.example/reset?token=very-secret';
  const properties = { reset_url: link, voucher: 'very-secret', deep: [{ password: 'very-secret' }], url: link, size: 'L' };
  const text = JSON.stringify({ writeKey: key, userId: 'u1', properties });
  test.each<[string, string, string | Buffer, number]>([
    ['of a refused call', '/v1/track', text, 200],
    ['of many', '/v1/batch', JSON.stringify({ batch: Array.from({ length: 30 }, () => ({ type: 'track', properties })) }), 200],
    ['of a body that is no JSON', '/v1/track', text.slice(0, -3), 400],
    ['of a body that is a form', '/v1/track', `event=x&reset_url=${link}&voucher=very-secret`, 400],
    ['of a body that is JSON twice', '/v1/track', JSON.stringify(text), 400],
    [
      'of a call too large to be kept',
      '/v1/track',
      JSON.stringify({ userId: 'u1', event: 'x', properties: { ...properties, x: 'x'.repeat(700_000) } }),
      200,
    ],
    [
      'of a type that is a link',
      '/v1/batch',
      JSON.stringify({ batch: [{ type: link, userId: 'u1', token: 'very-secret' }] }),
      200,
    ],
  ])('%s', async (_, path, body, status) => {
    edge = await Edge.start();
    expect((await edge.post(path, body)).status).toBe(status);
    await until(() => letters().length > 0);
    expect(JSON.stringify([edge.log.records, edge.log.warned])).not.toContain('very-secret');
    expect(JSON.stringify(letters())).toContain('[secret]');
  });
});

describe('behind a proxy', () => {
  const slow = (client: string): void => {
    const one = request(`${edge.url}/v1/track`, {
      method: 'POST',
      headers: { ...basic(`${key}:`), 'x-forwarded-for': client, 'content-length': 1000 },
    });
    one.on('error', () => undefined);
    one.write('{');
    held.push(one);
  };
  const status = async (client: string): Promise<number> =>
    (await edge.post('/v1/track', JSON.stringify(track), { ...basic(`${key}:`), 'x-forwarded-for': client })).status;

  test('that is trusted, one slow client holds its own places and nobody else’s', async () => {
    edge = await Edge.start(['loopback']);
    for (let n = 0; n < 8; n += 1) slow('198.51.100.66');
    await until(async () => (await status('198.51.100.66')) === 429);
    expect(await status('203.0.113.1')).toBe(200);
  });

  test('that is not trusted, nobody gets more places by writing other addresses', async () => {
    edge = await Edge.start();
    for (let n = 0; n < 8; n += 1) slow(`198.51.100.${String(n)}`);
    await until(async () => (await status('203.0.113.1')) === 429);
  });

  test('a subscriber with a /64 has the places of one client', async () => {
    edge = await Edge.start(['loopback']);
    for (let n = 0; n < 8; n += 1) slow(`2001:db8::${String(n)}`);
    await until(async () => (await status('2001:db8::ffff')) === 429);
    expect(await status('2001:db8:0:1::1')).toBe(200);
  });
});
