import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parsePlaybook } from '#playbook';
import { Taker } from './take.ts';

const folder = join('examples', 'sources');
const shop = readFileSync(join('examples', 'shop', 'playbook.yaml'), 'utf8');
const now = Date.UTC(2026, 10, 27);

/** What comes of a preset's sample. */
async function tried(preset: string, change: (value: object) => object = (value) => value, headers: Record<string, string> = {}) {
  const text = `${shop}\n${readFileSync(join(folder, `${preset}.yaml`), 'utf8')}`;
  const playbook = parsePlaybook(text, preset);
  const [source] = playbook.sources;
  if (source === undefined) throw new Error(`${preset} has no source`);
  const sample = JSON.parse(readFileSync(join(folder, `${preset}.sample.json`), 'utf8')) as object;
  const record = { offset: 5, key: null, value: Buffer.from(JSON.stringify(change(sample))), headers, timestamp: now - 1_000 };
  const place = { topic: source.topics[0] ?? '', partition: 0, generation: 0 };
  return (await new Taker(source, playbook, 1).judge(record, place, now)).outcome;
}

const structured = { 'content-type': 'application/cloudevents+json' };
const expected: Readonly<Record<string, object>> = {
  segment: {
    type: 'track',
    message_id: 'ajs-next-7c1f0d52',
    user_id: 'customer-71',
    anonymous_id: 'b7f1-9c4e',
    event: 'Order Completed',
    properties: { order_id: '1071', revenue: 39.9, currency: 'EUR' },
    occurred_at: '2026-11-20T09:30:00.300Z',
  },
  rudderstack: {
    type: 'identify',
    user_id: 'customer-72',
    traits: { email: 'ana@shop.example', locale: 'es' },
    occurred_at: '2026-11-20T10:00:00.000Z',
  },
  snowplow: {
    type: 'track',
    user_id: 'customer-73',
    anonymous_id: 'bc2e92ec6c204a14',
    event: 'Product Added',
    properties: { page: 'https://shop.example/cart', category: 'cart', label: 'sku-9', value: 12.5 },
    context: { timezone: 'Europe/Lisbon', locale: 'pt-PT' },
    occurred_at: '2026-11-20T11:00:01.500Z',
  },
  debezium: {
    source: 'orders',
    message_id: 'order-1074',
    user_id: '74',
    event: 'Order Completed',
    properties: { order_id: 1074, revenue: 59, currency: 'EUR' },
    occurred_at: new Date(1_795_174_200_000).toISOString(),
  },
  cloudevents: {
    user_id: 'customer-75',
    message_id: '/shop/orders/A234-1234-1234',
    event: 'example.shop.order-completed',
    properties: { order_id: 1075, revenue: 19.5 },
    occurred_at: '2026-11-20T12:00:00.000Z',
  },
  clickstream: {
    user_id: '76',
    anonymous_id: 's-981',
    message_id: 'shop.clicks/0/5',
    event: 'Shop checkout',
    properties: {
      path: '/',
      items: [
        { sku: 'sku-1', price: 9.5 },
        { sku: 'sku-2', price: 3 },
      ],
      topic: 'shop.clicks',
    },
    occurred_at: new Date(1_795_176_000_250).toISOString(),
  },
};

test.each(Object.entries(expected))('the preset of %s makes the event of its sample', async (preset, value) => {
  const outcome = await tried(preset, undefined, preset === 'cloudevents' ? structured : {});
  expect(outcome).toMatchObject({ accepted: true, value });
});

test('every preset has a sample, and is expected to make an event of it', () => {
  const presets = readdirSync(folder).flatMap((file) => /^(.+)\.yaml$/.exec(file)?.[1] ?? []);
  expect(presets.sort()).toEqual(Object.keys(expected).sort());
});

test('presets pass over what is no event of a person: page pings, snapshots and deletions of rows', async () => {
  expect(await tried('snowplow', (value) => ({ ...value, event: 'page_ping' }))).toEqual({ accepted: 'passed' });
  expect(await tried('debezium', (value) => ({ ...value, op: 'r' }))).toEqual({ accepted: 'passed' });
  expect(await tried('debezium', (value) => ({ ...value, op: 'd', after: null }))).toEqual({ accepted: 'passed' });
  expect(await tried('cloudevents', (value) => ({ ...value, type: 'other' }), structured)).toEqual({ accepted: 'passed' });
});

test('a page of Segment or RudderStack has the name that it gives', async () => {
  for (const preset of ['segment', 'rudderstack'])
    expect(await tried(preset, (value) => ({ ...value, type: 'page', event: null, name: 'Home' }))).toMatchObject({
      accepted: true,
      value: { type: 'page', event: 'Home' },
    });
});
