import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Analytics } from '@segment/analytics-node';
import { Edge, key } from '../testing/edge.ts';

let edge: Edge;
beforeEach(async () => {
  edge = await Edge.start();
});
afterEach(() => edge.stop());

describe('the published @segment/analytics-node', () => {
  const client = (): Analytics => new Analytics({ writeKey: key, host: edge.url, flushInterval: 50, maxRetries: 5 });

  test('delivers every kind of call', async () => {
    const analytics = client();
    analytics.identify({ userId: 'u1', traits: { email: 'ana@shop.example' }, context: { timezone: 'Europe/Madrid' } });
    analytics.track({ anonymousId: 'a1', event: 'Signed Up', properties: { plan: 'pro' } });
    analytics.page({ userId: 'u1', name: 'Home' });
    analytics.screen({ userId: 'u1', name: 'Cart' });
    analytics.group({ userId: 'u1', groupId: 'g1' });
    analytics.alias({ userId: 'u1', previousId: 'a1' });
    await analytics.closeAndFlush();
    expect(edge.log.calls.map(({ type }) => type).sort()).toEqual(['alias', 'group', 'identify', 'page', 'screen', 'track']);
    expect(edge.log.of('ingestion.dead-letters.v1')).toEqual([]);
    const identify = edge.log.calls.find(({ type }) => type === 'identify');
    expect(identify).toMatchObject({
      source: 'website',
      user_id: 'u1',
      traits: { email: 'ana@shop.example' },
      context: { timezone: 'Europe/Madrid' },
    });
    expect(identify?.['message_id']).toMatch(/^node-next-/);
    expect(Math.abs(Date.parse(String(identify?.['occurred_at'])) - Date.now())).toBeLessThan(10_000);
  });

  test('comes back with the same calls when the broker was away, as Retry-After says', async () => {
    edge.log.away = true;
    setTimeout(() => {
      edge.log.away = false;
    }, 500);
    const failures: unknown[] = [];
    const analytics = client().on('error', (error) => failures.push(error));
    analytics.track({ userId: 'u1', event: 'Signed Up' });
    const begun = Date.now();
    await analytics.closeAndFlush({ timeout: 20_000 });
    expect(Date.now() - begun).toBeGreaterThan(1500);
    expect(failures).toEqual([]);
    expect(edge.log.calls.map(({ event }) => event)).toEqual(['Signed Up']);
  }, 30_000);
});
