import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { until } from '#testing';
import { Edge, key } from '../../services/ingestion/testing/edge.ts';
import { snippetOf } from '../../services/ingestion/testing/readme.ts';
import { browserHere, launch, saidWithout } from './chromium.ts';

const executablePath = browserHere();
if (executablePath === undefined) saidWithout();
const withBrowser = executablePath === undefined ? describe.skip : describe;

/** The builds for a script tag; that of RudderStack with its plugins in it. */
const folders: Readonly<Record<string, string>> = {
  segment: 'node_modules/@segment/analytics-next/dist/umd',
  rudderstack: 'node_modules/@rudderstack/analytics-js/dist/npm/modern/bundled/umd',
};

/** The shop's pages, of another origin than the edge: `/segment/index.js` is a file of the SDK, all else an empty page with it. */
function pages(): Server {
  return createServer((request, response) => {
    const [, sdk = '', file = ''] = (request.url ?? '').split('?')[0]?.split('/') ?? [];
    const folder = folders[sdk] ?? '';
    if (file.endsWith('.js')) response.setHeader('Content-Type', 'text/javascript').end(readFileSync(join(folder, file)));
    else response.setHeader('Content-Type', 'text/html').end(`<title>Shop</title><script src="/${sdk}/index.js"></script>`);
  });
}

withBrowser('in a browser, from a page of another origin', () => {
  const shop = pages();
  let browser: Browser;
  let page: Page;
  let edge: Edge;
  const wrong: string[] = [];

  beforeAll(async () => {
    await new Promise<void>((ready) => shop.listen(0, '127.0.0.1', ready));
    browser = await launch(executablePath ?? '');
  });
  afterAll(async () => {
    await browser.close();
    shop.close();
  });
  beforeEach(async () => {
    edge = await Edge.start();
    wrong.length = 0;
    page = await browser.newPage();
    page.on('pageerror', (error) => wrong.push(error.message));
    page.on('console', (line) => line.type() === 'error' && !line.text().includes('favicon') && wrong.push(line.text()));
  });
  afterEach(async () => {
    await page.close();
    await edge.stop();
  });

  const open = (sdk: string) => page.goto(`http://127.0.0.1:${String((shop.address() as AddressInfo).port)}/${sdk}/`);
  const events = () => edge.log.calls.map(({ type, event = '' }) => `${type as string} ${event as string}`.trim());
  const letters = () => edge.log.of('ingestion.dead-letters.v1');

  test('@segment/analytics-next loads its settings and delivers, as the README makes it', async () => {
    await open('segment');
    const snippet = snippetOf('@segment/analytics-next', { key, url: edge.url });
    await page.evaluate(`(async () => {
      const { AnalyticsBrowser } = AnalyticsNext;
      window.analytics = ${snippet};
      await analytics.identify('u1', { email: 'ana@shop.example', consents: { news: false } });
      await analytics.track('Signed Up', { plan: 'pro' });
      await analytics.page('Home');
      await analytics.group('g1');
      await analytics.alias('u2', 'u1');
    })()`);
    await until(() => edge.log.calls.length >= 5);
    expect(events().sort()).toEqual(['alias', 'group', 'identify', 'page Home', 'track Signed Up']);
    expect(edge.log.calls.find(({ type }) => type === 'identify')).toMatchObject({
      source: 'website',
      user_id: 'u1',
      traits: { email: 'ana@shop.example', consents: { news: false } },
    });
    expect(letters()).toEqual([]);
    expect(wrong).toEqual([]);
  });

  test('@segment/analytics-next comes back when the broker was away', async () => {
    await open('segment');
    edge.log.away = true;
    const snippet = snippetOf('@segment/analytics-next', { key, url: edge.url });
    await page.evaluate(`void (window.analytics = AnalyticsNext.${snippet}).track('Signed Up')`);
    await until(async () => (await edge.answered(429)) > 0);
    edge.log.away = false;
    await until(() => events().includes('track Signed Up'));
  });

  test('@rudderstack/analytics-js loads its source and delivers, as the README makes it', async () => {
    await open('rudderstack');
    const snippet = snippetOf('@rudderstack/analytics-js', { key, url: edge.url });
    await page.evaluate(`(async () => {
      const { RudderAnalytics } = rudderanalytics;
      ${snippet.replace(/^new RudderAnalytics\(\)/, '(window.client = new RudderAnalytics())')};
      client.identify('u1', { email: 'ana@shop.example' });
      client.track('Signed Up', { plan: 'pro' });
      client.page('Home');
      client.group('g1');
      client.alias('u2', 'u1');
    })()`);
    await until(() => edge.log.calls.length >= 5);
    expect(events().sort()).toEqual(['alias', 'group', 'identify', 'page Home', 'track Signed Up']);
    expect(edge.log.calls.find(({ type }) => type === 'identify')).toMatchObject({
      source: 'website',
      user_id: 'u1',
      traits: { email: 'ana@shop.example' },
    });
    expect(letters()).toEqual([]);
    expect(wrong).toEqual([]);
  });

  test('@rudderstack/analytics-js delivers by beacons when the page is left', async () => {
    await open('rudderstack');
    await page.evaluate(`(() => {
      const client = new rudderanalytics.RudderAnalytics();
      client.load(${JSON.stringify(key)}, ${JSON.stringify(edge.url)}, { configUrl: ${JSON.stringify(edge.url)}, useBeacon: true });
      client.track('Left', {});
      return new Promise((resolve) => client.ready(resolve));
    })()`);
    await page.goto('about:blank');
    await until(() => events().includes('track Left'));
    expect(edge.log.calls[0]?.['source']).toBe('website');
  });
});
