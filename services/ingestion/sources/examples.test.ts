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

/** The name of a preset's source where it is not the preset's own. */
const sourceOf: Readonly<Record<string, string>> = { debezium: 'orders', clickstream: 'clicks' };
const structured = { 'content-type': 'application/cloudevents+json' };
const expected: Readonly<Record<string, object>> = {
  segment: {
    type: 'track',
    message_id: 'ajs-next-1795167000300-7c1f0d52-5a0e-4b8f-9d0c-31b1d5b8c2aa',
    user_id: 'customer-71',
    anonymous_id: 'b7f19c4e-1f3d-4c8a-9f25-7d8f7b6a5c01',
    event: 'Order Completed',
    properties: { order_id: '1071', revenue: 39.9, currency: 'EUR' },
    occurred_at: '2026-11-20T09:30:00.300Z',
  },
  rudderstack: {
    type: 'identify',
    message_id: '2f6a9c0e-5c1d-4d0f-9a55-b7c6f1e2d3a4',
    user_id: 'customer-72',
    anonymous_id: 'e1a277b0-3d5f-4d64-8b18-c6b1f4a2e901',
    traits: { email: 'ana@shop.example', locale: 'es' },
    occurred_at: '2026-11-20T10:00:01.200Z',
  },
  snowplow: {
    type: 'track',
    message_id: 'f3a1c1de-2f54-4b7e-9a52-0d5c6d8f9a10',
    user_id: 'customer-73',
    anonymous_id: 'bc2e92ec6c204a14',
    event: 'add_to_cart',
    properties: { sku: 'sku-9', quantity: 2, price: 12.5 },
    context: { timezone: 'Europe/Lisbon', locale: 'pt-PT' },
    occurred_at: '2026-11-20T11:00:01.500Z',
  },
  debezium: {
    type: 'track',
    message_id: 'order-1074',
    user_id: '74',
    event: 'Order Completed',
    properties: { order_id: 1074, revenue: 59, currency: 'EUR' },
    occurred_at: new Date(1_795_174_200_000).toISOString(),
  },
  cloudevents: {
    type: 'track',
    user_id: 'customer-75',
    message_id: '/shop/orders/A234-1234-1234',
    event: 'example.shop.order-completed',
    properties: { order_id: 1075, revenue: 19.5 },
    occurred_at: '2026-11-20T12:00:00.000Z',
  },
  clickstream: {
    type: 'track',
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
  warehouse: {
    type: 'track',
    message_id: 'ajs-next-1795167000300-9a2f7c11',
    user_id: 'customer-77',
    anonymous_id: 'c3d9a1f0-7f0f-4f39-8a4e-2b6d1c9e5f10',
    event: 'Order Completed',
    properties: { order_id: '1077', revenue: 24.5, currency: 'EUR' },
    context: { locale: 'es-ES', timezone: 'Europe/Madrid' },
    occurred_at: '2026-11-20T13:00:00.400Z',
  },
};

test.each(Object.entries(expected))('the preset of %s makes the event of its sample', async (preset, value) => {
  const outcome = await tried(preset, undefined, preset === 'cloudevents' ? structured : {});
  expect(outcome).toMatchObject({ accepted: true, value: { source: sourceOf[preset] ?? preset, ...value } });
  const { properties } = (outcome as { value: { properties?: object } }).value;
  expect(properties ?? {}).toEqual('properties' in value ? value.properties : {});
});

test('every preset has a sample, and is expected to make an event of it', () => {
  const presets = readdirSync(folder).flatMap((file) => /^(.+)\.yaml$/.exec(file)?.[1] ?? []);
  expect(presets.sort()).toEqual(Object.keys(expected).sort());
});

test('presets pass over what is no event of a person', async () => {
  const passed = { accepted: 'passed' };
  expect(await tried('snowplow', (value) => ({ ...value, event: 'page_ping' }))).toEqual(passed);
  expect(await tried('snowplow', (value) => ({ ...value, event: 'transaction' }))).toEqual(passed);
  expect(await tried('debezium', (value) => ({ ...value, op: 'r' }))).toEqual(passed);
  expect(await tried('debezium', (value) => ({ ...value, op: 'd', after: null }))).toEqual(passed);
  // A primary key that changes: https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-primary-key-updates
  expect(await tried('debezium', undefined, { '__debezium.oldkey': '{"id":1073}' })).toEqual(passed);
  expect(await tried('cloudevents', (value) => ({ ...value, type: 'other' }), structured)).toEqual(passed);
  expect(await tried('rudderstack', (value) => ({ ...value, type: 'record' }))).toEqual(passed);
});

test('a page of Segment or RudderStack has the name that it gives', async () => {
  for (const preset of ['segment', 'rudderstack'])
    expect(await tried(preset, (value) => ({ ...value, type: 'page', event: null, name: 'Home' }))).toMatchObject({
      accepted: true,
      value: { type: 'page', event: 'Home' },
    });
});

test('a structured event of Snowplow has its action as name, and a page view its title', async () => {
  const own = { unstruct_event_example_shop_add_to_cart_1: undefined };
  const struct = { event: 'struct', event_name: 'event', se_category: 'cart', se_action: 'Removed', se_value: 2, ...own };
  expect(await tried('snowplow', (value) => ({ ...value, ...struct }))).toMatchObject({
    accepted: true,
    value: { type: 'track', event: 'Removed', properties: { category: 'cart', label: null, value: 2 } },
  });
  const view = { event: 'page_view', event_name: 'page_view', ...own };
  expect(await tried('snowplow', (value) => ({ ...value, ...view }))).toMatchObject({
    accepted: true,
    value: { type: 'page', event: 'Cart', properties: { url: 'https://shop.example/cart', title: 'Cart' } },
  });
});

test('each preset names the public documentation of its format', () => {
  for (const preset of Object.keys(expected).filter((name) => name !== 'clickstream'))
    expect(readFileSync(join(folder, `${preset}.yaml`), 'utf8')).toMatch(/^# The format: https:\/\//m);
});
