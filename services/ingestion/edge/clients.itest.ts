import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics } from '@segment/analytics-node';
import { until } from '#testing';
import { Edge, key } from '../testing/edge.ts';
import { snippetOf } from '../testing/readme.ts';

let edge: Edge;
beforeEach(async () => {
  edge = await Edge.start();
});
afterEach(() => edge.stop());

const kinds = () => edge.log.calls.map(({ type }) => type).sort();
const all = ['alias', 'group', 'identify', 'page', 'screen', 'track'];
function callEachKind(analytics: Analytics | RudderAnalytics): void {
  analytics.identify({ userId: 'u1', traits: { email: 'ana@shop.example' }, context: { timezone: 'Europe/Madrid' } });
  analytics.track({ anonymousId: 'a1', event: 'Signed Up', properties: { plan: 'pro' } });
  analytics.page({ userId: 'u1', name: 'Home' });
  analytics.screen({ userId: 'u1', name: 'Cart' });
  analytics.group({ userId: 'u1', groupId: 'g1' });
  analytics.alias({ userId: 'u1', previousId: 'a1' });
}
/** What the README's line makes. */
const made = (sdk: string, parts: object): unknown => runInNewContext(snippetOf(sdk, { key, url: edge.url }), parts);

describe('the published @segment/analytics-node', () => {
  const client = (): Analytics => new Analytics({ writeKey: key, host: edge.url, flushInterval: 50, maxRetries: 5 });

  test('delivers every kind of call as the README makes it', async () => {
    const analytics = made('@segment/analytics-node', { Analytics }) as Analytics;
    callEachKind(analytics);
    await analytics.closeAndFlush();
    expect(kinds()).toEqual(all);
    expect(edge.log.of('ingestion.dead-letters.v1')).toEqual([]);
    const identify = edge.log.calls.find(({ type }) => type === 'identify');
    expect(identify).toMatchObject({
      source: 'website',
      user_id: 'u1',
      traits: { email: 'ana@shop.example' },
      context: { timezone: 'Europe/Madrid' },
    });
    expect(identify?.['message_id']).toMatch(/^node-next-/);
    expect(Math.abs(Date.parse(String(identify?.['occurred_at'])) - Date.now())).toBeLessThan(120_000);
  });

  test('comes back with the same calls when the broker was away, as Retry-After says', async () => {
    edge.log.away = true;
    const failures: unknown[] = [];
    const analytics = client().on('error', (error) => failures.push(error));
    analytics.track({ userId: 'u1', event: 'Signed Up' });
    const begun = Date.now();
    const flushed = analytics.closeAndFlush({ timeout: 20_000 });
    await until(() => edge.log.refused > 0);
    edge.log.away = false;
    await flushed;
    expect(Date.now() - begun).toBeGreaterThan(1500);
    expect(failures).toEqual([]);
    expect(edge.log.calls.map(({ event }) => event)).toEqual(['Signed Up']);
  });
});

describe('the published @rudderstack/rudder-sdk-node', () => {
  const flushed = (analytics: RudderAnalytics): Promise<unknown> =>
    new Promise((resolve, reject) => {
      void analytics.flush((error, data) => {
        if (error === undefined || (error as unknown) === null) resolve(data);
        else reject(error);
      });
    });

  test('delivers every kind of call, gzipped under the name of a form, as the README makes it', async () => {
    const analytics = made('@rudderstack/rudder-sdk-node', { RudderAnalytics }) as RudderAnalytics;
    callEachKind(analytics);
    await flushed(analytics);
    await until(() => edge.log.calls.length >= all.length);
    expect(kinds()).toEqual(all);
    expect(edge.log.of('ingestion.dead-letters.v1')).toEqual([]);
    const identify = edge.log.calls.find(({ type }) => type === 'identify');
    expect(identify).toMatchObject({ source: 'website', user_id: 'u1', traits: { email: 'ana@shop.example' } });
    expect(Math.abs(Date.parse(String(identify?.['occurred_at'])) - Date.now())).toBeLessThan(120_000);
  });

  test('comes back with the same calls when the broker was away', async () => {
    edge.log.away = true;
    setTimeout(() => {
      edge.log.away = false;
    }, 500);
    const analytics = made('@rudderstack/rudder-sdk-node', { RudderAnalytics }) as RudderAnalytics;
    analytics.track({ userId: 'u1', event: 'Signed Up' });
    await flushed(analytics);
    await until(() => edge.log.calls.length > 0);
    expect(edge.log.calls.map(({ event }) => event)).toEqual(['Signed Up']);
  });
});
