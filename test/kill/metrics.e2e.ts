import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Summary } from '../../deploy/local/summary/summary.ts';
import { expected, disagreements, lastingDisagreements, scrape, summed, type Series } from './metrics.ts';
import { begun, type Begun } from './run.ts';

/** What /metrics of two processes per service say, against the summary of the same replay, and after kills. */

let platform: Begun;
let summary: Summary;
const seriesOf = ({ metric, labels }: Series): string => `${metric} ${JSON.stringify(labels)}`;
const isTotal = ({ metric }: Series): boolean => metric.endsWith('_total') && metric !== 'hito_hits_lost_total';

beforeAll(async () => {
  platform = await begun({ nth: 24, partitions: 4, aheadTicks: 64, patches: [] });
  const signal = AbortSignal.timeout(180_000);
  await platform.system.start(platform.specs, signal);
  await platform.system.replay(signal);
  const end = await platform.system.summary(signal);
  expect(end.failures).toEqual([]);
  ({ summary } = end);
}, 200_000);

afterAll(() => platform.end(), 60_000);

test('summed over all processes they are the numbers of summary.json', async () => {
  const wanted = expected(summary);
  expect(wanted.get('hito_churned_total')).toBeGreaterThan(50);
  expect(wanted.get('hito_mails_total accepted')).toBeGreaterThan(300);
  const series = await scrape(platform.system.instances);
  expect(disagreements(series, wanted)).toEqual([]);
  expect(new Set(series.filter(isTotal).map(({ instance }) => instance)).size).toBe(12);
});

test('opens and clicks are counted by verdict, from the moment at which the mail was taken', async () => {
  const inbox = join(platform.system.dir, 'inbox');
  const mails = readdirSync(inbox, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.eml'))
    .sort()
    .map((file) => readFileSync(join(inbox, file), 'latin1').replaceAll('=\r\n', '').replaceAll('=3D', '='));
  const links = (mail: string | undefined): { open: string; click: string } => ({
    open: String(/https?:[^"<>\s]+\/t\/o\/[\w-]+/.exec(mail ?? '')?.[0]),
    click: String(/https?:[^"<>\s]+\/t\/c\/[\w-]+/.exec(mail ?? '')?.[0]),
  });
  const get = async (url: string, agent: string): Promise<number> =>
    (await fetch(url, { redirect: 'manual', headers: { 'user-agent': agent } })).status;
  const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0';
  const [first, second] = [links(mails[0]), links(mails.at(-1))];
  // A real reader comes later than a gateway, as a verdict sees it.
  await sleep(12_000);
  expect([await get(first.open, firefox), await get(first.click, firefox)]).toEqual([200, 302]);
  expect([await get(first.click, firefox), await get(second.click, 'curl/8.0')]).toEqual([302, 302]);
  expect(await get(second.open, 'Mozilla/5.0 (via ggpht.com GoogleImageProxy)')).toBe(200);
  const hits = new Map([
    ['hito_opens_total human', 1],
    ['hito_opens_total proxy', 1],
    ['hito_clicks_total human', 1],
    ['hito_clicks_total bot', 1],
  ]);
  expect(await lastingDisagreements(platform.system.instances, hits, 15_000)).toEqual([]);
}, 60_000);

test.each([
  ['stages-1', 'delivery-2'],
  ['stages-1', 'stages-2', 'orchestration-1', 'orchestration-2'],
])(
  'killed (%s, %s …) and started again: no total is ever told wrong or twice, and all come back',
  async (...victims) => {
    const { system } = platform;
    const before = await scrape(system.instances);
    const truth = new Map(before.filter(isTotal).map((series) => [seriesOf(series), series.value]));
    const pids = new Map(victims.map((name) => [name, system.supervisor.pid(name)]));
    for (const pid of pids.values()) process.kill(pid ?? NaN, 'SIGKILL');
    const wanted = summed(before.filter(isTotal));
    const wrong: string[] = [];
    let missing = -1;
    for (const end = Date.now() + 60_000; missing !== 0 && Date.now() < end; await sleep(100)) {
      const now = (await scrape(system.instances)).filter(isTotal);
      for (const series of now)
        if (series.value !== truth.get(seriesOf(series)))
          wrong.push(`${series.instance}: ${seriesOf(series)} ${String(series.value)}`);
      if (now.length > new Set(now.map(seriesOf)).size) wrong.push(`told twice: ${now.map(seriesOf).join(', ')}`);
      missing = disagreements(now, wanted).length;
      if ([...pids].some(([name, pid]) => system.supervisor.pid(name) === pid)) missing = -1;
    }
    expect({ missing, wrong: wrong.slice(0, 5) }).toEqual({ missing: 0, wrong: [] });
  },
  90_000,
);
