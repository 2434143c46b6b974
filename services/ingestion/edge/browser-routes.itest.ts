import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { basic, Edge, key } from '../testing/edge.ts';

describe('what browsers ask for beside', () => {
  let edge: Edge;
  beforeEach(async () => {
    edge = await Edge.start();
  });
  afterEach(() => edge.stop());
  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${edge.url}${path}`, { headers });

  test.each(['/v1/projects/nobodys/settings', '/sourceConfig/?writeKey=nobodys', '/sourceConfig'])(
    '%s of an unknown key is answered 401, also to a page of another origin',
    async (path) => {
      const answer = await get(path);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(answer.headers.get('cache-control')).toBe('no-store');
    },
  );

  test("RudderStack's key is read from the header before the query", async () => {
    const answer = await get('/sourceConfig/?writeKey=nobodys', basic('shop-secret:'));
    expect(await answer.json()).toMatchObject({ source: { id: 'shop', enabled: true, destinations: [] } });
  });

  test('a pixel is an image whatever becomes of its call, which is judged like any other', async () => {
    const image = async (path: string) => {
      const answer = await get(path);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/gif']);
    };
    await image(`/pixel/v1/track?writeKey=${key}&anonymousId=a1&event=Opened&properties.plan=pro`);
    await image(`/pixel/v1/page?writeKey=${key}&anonymousId=a1&name=Home`);
    await image(`/pixel/v1/track?writeKey=${key}&anonymousId=a1`);
    await image('/pixel/v1/track?writeKey=nobodys&anonymousId=a1&event=Opened');
    await image('/pixel/v1/other?writeKey=nobodys');
    expect(edge.log.calls.map(({ type, event, anonymous_id, properties }) => [type, event, anonymous_id, properties])).toEqual([
      ['track', 'Opened', 'a1', { plan: 'pro' }],
      ['page', 'Home', 'a1', undefined],
    ]);
    expect(await edge.refused()).toEqual({ 'website no_event': 1, 'unknown unknown_key': 1 });
    await fetch(`${edge.url}/pixel/v1/track?writeKey=${key}&anonymousId=a1&event=Again`, { method: 'HEAD' });
    expect(edge.log.calls).toHaveLength(2);
  });

  test('a beacon names its key in the query and is judged like any other batch', async () => {
    const body = JSON.stringify({ batch: [{ type: 'track', event: 'Left', anonymousId: 'a1' }, { type: 'track' }] });
    const answer = await edge.post(`/beacon/v1/batch?writeKey=${key}`, body, { 'content-type': 'text/plain' });
    expect(answer.status).toBe(200);
    expect(edge.log.calls.map(({ event }) => event)).toEqual(['Left']);
    expect(await edge.refused()).toEqual({ 'website no_event': 1 });
  });

  test("reports of Segment's SDK on itself are answered and not read", async () => {
    expect((await edge.post('/v1/m', '{"series":[]}', { 'content-type': 'text/plain' })).status).toBe(200);
    expect(edge.log.records).toEqual([]);
    expect(await edge.refused()).toEqual({});
  });
});
