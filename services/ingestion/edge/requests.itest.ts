import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { basic, Edge, key, track } from '../testing/edge.ts';
import { writeKeys } from './write-keys.ts';

let edge: Edge;
beforeEach(async () => {
  edge = await Edge.start();
});
afterEach(() => edge.stop());

test.each([
  ['/v1/identify', 'identify'],
  ['/v1/track', 'track'],
  ['/v1/page', 'page'],
  ['/v1/screen', 'screen'],
  ['/v1/group', 'group'],
  ['/v1/i', 'identify'],
  ['/v1/t', 'track'],
  ['/v1/p', 'page'],
  ['/v1/s', 'screen'],
  ['/v1/g', 'group'],
])('POST %s is a call of type %s', async (path, type) => {
  const answer = await edge.post(path, JSON.stringify(track));
  expect([answer.status, await answer.json()]).toEqual([200, { success: true }]);
  expect(edge.log.calls.map((call) => call['type'])).toEqual([type]);
});

test.each(['/v1/batch', '/v1/b', '/v1/import'])(
  '%s: a bad item becomes a dead letter, its neighbours are taken, the answer is 200',
  async (path) => {
    const bad = { type: 'track', userId: { odd: true }, event: 'x' };
    const answer = await edge.post(
      path,
      JSON.stringify({
        batch: [{ type: 'track', ...track }, bad, 7, { type: 'page', anonymousId: 'a1' }],
        context: { ip: '1.1.1.1' },
      }),
    );
    expect([answer.status, await answer.json()]).toEqual([200, { success: true }]);
    expect(edge.log.of('collected.v1').map((record) => record.key)).toEqual(['u1', 'a1']);
    const letters = edge.log.of('ingestion.dead-letters.v1');
    expect(letters.map(({ value }) => value)).toEqual([{ ...bad, context: { ip: '1.1.1.1' } }, 7]);
    expect(letters[0]?.headers).toEqual({
      'hito-dl-processor': 'collect',
      'hito-dl-topic': 'collected.v1',
      'hito-dl-partition': '-1',
      'hito-dl-offset': '-1',
      'hito-dl-reason': 'userId must be a string or a number',
      'hito-dl-attempts': '1',
      'hito-dl-kind': 'odd_id',
      'hito-dl-source': 'website',
      'hito-dl-calls': '1',
      'hito-dl-at': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect(await edge.refused()).toEqual({ 'website odd_id': 1, 'website not_an_object': 1 });
  },
);

describe('bodies', () => {
  const body = JSON.stringify(track);
  test.each([
    ['text/plain', body, { 'content-type': 'text/plain' }],
    ['a byte order mark', `\uFEFF${body}`, {}],
    [
      'gzip under x-www-form-urlencoded, with its header',
      gzipSync(body),
      { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' },
    ],
    ['gzip without its header', gzipSync(body), { 'content-type': 'application/json' }],
    ['the header of gzip without gzip', body, { 'content-encoding': 'gzip' }],
  ])('%s is read', async (_, sent, headers) => {
    expect((await edge.post('/v1/track', sent, { ...basic(`${key}:`), ...headers })).status).toBe(200);
    expect(edge.log.calls).toHaveLength(1);
  });

  test.each([
    ['no JSON', 'event=x', /not JSON/],
    ['nothing', '', /not JSON/],
    ['broken gzip', gzipSync(body).subarray(0, 30), /not JSON/],
    ['a list', '[]', /must be a JSON object/],
    ['gzip that inflates beyond 5 MB', gzipSync(JSON.stringify({ ...track, x: 'x'.repeat(6_000_000) })), /too large/],
    ['more than 5 MB', JSON.stringify({ ...track, x: 'x'.repeat(6_000_000) }), /too large/],
  ])('%s is answered 400', async (_, sent, message) => {
    const answer = await edge.post('/v1/track', sent);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { message: string }).message).toMatch(message);
    expect(edge.log.calls).toEqual([]);
  });

  test('15 events of 100 KB in one batch are taken', async () => {
    const batch = Array.from({ length: 15 }, (_, i) => ({
      ...track,
      type: 'track',
      messageId: `m${String(i)}`,
      properties: { x: 'x'.repeat(100_000) },
    }));
    expect((await edge.post('/v1/batch', JSON.stringify({ batch }))).status).toBe(200);
    expect(edge.log.calls).toHaveLength(15);
  });

  test('a call that no dead letter can hold leaves its beginning there', async () => {
    await edge.post('/v1/track', JSON.stringify({ ...track, properties: { x: 'x'.repeat(3_000_000) } }));
    const letter = edge.log.of('ingestion.dead-letters.v1')[0];
    expect(JSON.stringify(letter?.value).length).toBeLessThan(2_000_000);
    expect(letter?.value).toMatchObject({ cut_to: 600_000 });
  });
});

describe('keys', () => {
  const json = (more: object = {}): string => JSON.stringify({ ...track, ...more });
  test.each([
    ['Basic with its colon', '/v1/track', json(), basic('shop-secret:'), 'shop'],
    ['Basic without', '/v1/track', json(), basic('shop-secret'), 'shop'],
    ['the body', '/v1/track', json({ writeKey: 'shop-secret' }), {}, 'shop'],
    ['the query', '/v1/track?writeKey=shop-secret', json(), {}, 'shop'],
    ['Bearer', '/v1/track', json(), { authorization: 'Bearer shop-secret' }, 'shop'],
    ['Basic before the body', '/v1/track', json({ writeKey: key }), basic('shop-secret:'), 'shop'],
    ['the body before Bearer', '/v1/track', json({ writeKey: key }), { authorization: 'Bearer some-token' }, 'website'],
    ['an empty Basic is none', '/v1/track', json({ writeKey: key }), basic(':'), 'website'],
  ])('in %s', async (_, path, sent, headers, source) => {
    expect((await edge.post(path, sent, headers)).status).toBe(200);
    expect(edge.log.calls[0]).toMatchObject({ source });
    expect(JSON.stringify(edge.log.calls)).not.toContain('secret');
  });

  test.each([
    ['none', {}],
    ['unknown Basic', basic('nobody:')],
    ['unknown Bearer', { authorization: 'Bearer x' }],
  ])('%s is answered 401', async (_, headers) => {
    expect((await edge.post('/v1/track', JSON.stringify(track), headers)).status).toBe(401);
    expect(edge.log.records).toEqual([]);
  });

  test.each([
    ['website', /entry 1 must be name:key/],
    ['a:short', /entry 1 must be/],
    ['a:12345678,b:12345678', /entry 2 has the key of another/],
    ['replay:12345678', /entry 1 is named replay/],
  ])('HITO_WRITE_KEYS=%s is refused', (text, message) => {
    expect(writeKeys.safeParse(text).error?.issues[0]?.message).toMatch(message);
  });
});
