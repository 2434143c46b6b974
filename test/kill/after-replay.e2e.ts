import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportTopics } from '../../verification/data/export-topics.ts';
import { kpis } from '../../verification/data/kpis.ts';
import { numbersOfMetrics, numbersOfSql } from '../../verification/data/numbers.ts';
import { MisbehavingSmtp } from '../../services/delivery/testing/misbehaving-smtp.ts';
import type { Summary } from '../../local/summary/summary.ts';
import { expected, disagreements, lastingDisagreements, scrape, summed, type Series } from './metrics.ts';
import { Patience } from './patience.ts';
import { visit, visits } from './readers.ts';
import { begun, type Begun } from './run.ts';

/** After a replay with two processes per service: what /metrics say, against the summary and through kills; and kills at the edge, live. */

let platform: Begun;
let summary: Summary;
/** Stands for the server that mails real people. */
let real: MisbehavingSmtp;
const seriesOf = ({ metric, labels }: Series): string => `${metric} ${JSON.stringify(labels)}`;
/** Counters of a task's assignment: they begin anew. */
const ofTheAssignment = /^hito_(records_taken|transactions)_total$/;
/** A takeover is what a kill causes: this total has to grow. */
const takeovers = 'hito_takeovers_total';
/** Durable totals are told by the owner of a partition; counters of a process, such as those of the edge, have none. */
const isTotal = ({ metric, labels }: Series): boolean =>
  metric.endsWith('_total') &&
  labels['partition'] !== undefined &&
  !ofTheAssignment.test(metric) &&
  metric !== takeovers &&
  labels['processor'] !== 'collect';

function inboxMails(): string[] {
  const inbox = join(platform.system.dir, 'inbox');
  return readdirSync(inbox)
    .filter((file) => file.endsWith('.eml'))
    .map((file) => readFileSync(join(inbox, file), 'latin1').replaceAll('=\r\n', '').replaceAll('=3D', '='));
}

beforeAll(async () => {
  platform = await begun({ part: { nth: 24 }, partitions: 4, aheadTicks: 64, patches: [] });
  real = await MisbehavingSmtp.start();
  for (const name of ['delivery-1', 'delivery-2'])
    Object.assign(platform.system.environments.get(name) ?? {}, { SMTP_URL: real.url });
  await platform.system.start(platform.specs);
  const patience = new Patience(120_000, 8 * 60_000);
  await platform.system.replay(patience);
  const end = await platform.system.summary(patience);
  patience.end();
  expect(end.failures).toEqual([]);
  ({ summary } = end);
}, 9 * 60_000);

afterAll(async () => {
  await platform.end();
  rmSync(platform.dir, { recursive: true, force: true });
  await real.stop();
});

test('summed over all processes they are the numbers of summary.json', async () => {
  const wanted = expected(summary);
  expect(wanted.get('hito_churned_total')).toBeGreaterThan(50);
  expect(wanted.get('hito_mails_total accepted')).toBeGreaterThan(300);
  const series = await scrape(platform.system.instances);
  expect(disagreements(series, wanted)).toEqual([]);
  expect(new Set(series.filter(isTotal).map(({ instance }) => instance)).size).toBe(12);
});

test('opens and clicks are counted by verdict, from the moment at which the mail was taken', async () => {
  expect(await visit(join(platform.system.dir, 'inbox'))).toEqual([200, 302, 302, 302, 200]);
  expect(await lastingDisagreements(platform.system.instances, visits, 120_000)).toEqual([]);
});

test('the KPIs in SQL over exported topics are the numbers of /metrics and of summary.json', async () => {
  const folder = mkdtempSync(join(platform.dir, 'data-'));
  await exportTopics(folder, platform.system.environments.get('delivery-1') ?? {});
  const found = await kpis(folder);
  const numbers = numbersOfSql(found);
  expect(numbers).toEqual(numbersOfMetrics(await scrape(platform.system.instances)));
  expect(numbers).toMatchObject({
    'hito_mails_by_state accepted': summary.mails.accepted,
    hito_churned_total: summary.stage_transitions['active→lapsed'],
    hito_returned_total: summary.stage_transitions['lapsed→active'],
  });
  const verdicts = (view: string): unknown[] => (found.get(view) ?? []).map(({ verdict }) => verdict).toSorted();
  expect([verdicts('kpi_opens'), verdicts('kpi_clicks')]).toEqual([
    ['human', 'proxy'],
    ['bot', 'human'],
  ]);
  expect(found.get('kpi_people')).toEqual(Object.entries(summary.stages).map(([stage, people]) => ({ stage, people })));
  const lapsed = summary.stages['lapsed'] ?? 0;
  expect(found.get('kpi_retention')).toMatchObject([{ people: summary.persons, retained: summary.persons - lapsed }]);
  expect(found.get('kpi_rates')?.reduce((sum, { accepted }) => sum + Number(accepted), 0)).toBe(summary.mails.accepted);
}, 360_000);

test.each([
  ['stages-1', 'delivery-2'],
  ['stages-1', 'stages-2', 'orchestration-1', 'orchestration-2'],
])('killed (%s, %s …) and started again: no total is ever told wrong or twice, and all come back', async (...victims) => {
  const { system } = platform;
  const before = await scrape(system.instances);
  const truth = new Map(before.filter(isTotal).map((series) => [seriesOf(series), series.value]));
  const pids = new Map(victims.map((name) => [name, system.supervisor.pid(name)]));
  for (const pid of pids.values()) process.kill(pid ?? NaN, 'SIGKILL');
  const wrong: string[] = [];
  let missing = -1;
  for (const end = Date.now() + 180_000; missing !== 0 && Date.now() < end; await sleep(100)) {
    const now = (await scrape(system.instances)).filter(isTotal);
    for (const series of now)
      if (series.value !== truth.get(seriesOf(series)))
        wrong.push(`${series.instance}: ${seriesOf(series)} ${String(series.value)}`);
    const names = now.map(seriesOf).toSorted();
    const twice = names.filter((name, n) => name === names[n - 1]);
    if (twice.length > 0) wrong.push(`told twice: ${twice.slice(0, 5).join(', ')}`);
    missing = truth.size - new Set(now.map(seriesOf)).size;
    if ([...pids].some(([name, pid]) => system.supervisor.pid(name) === pid)) missing = -1;
  }
  expect({ missing, wrong: wrong.slice(0, 5) }).toEqual({ missing: 0, wrong: [] });
});

describe('live', () => {
  beforeAll(() => platform.system.goLive());

  /** Someone tells their address and forgets their password; `n` makes the message ids. */
  const post = async (userId: string, email: string, n: number): Promise<number | string> => {
    const { system } = platform;
    const key = String(system.environments.get('ingestion-1')?.['HITO_WRITE_KEYS']?.split(':')[1]);
    const reset = { event: 'Password Reset Requested', properties: { reset_url: 'https://shop.example/r' } };
    return fetch(`${String(system.instances.find(({ name }) => name === 'ingestion-1')?.publicUrl)}/v1/batch`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
      },
      body: JSON.stringify({
        batch: [
          { type: 'identify', userId, messageId: `identify-${String(n)}`, traits: { email } },
          { type: 'track', userId, messageId: `reset-${String(n)}`, ...reset },
        ],
      }),
    }).then(
      ({ status }) => status,
      () => 'cut',
    );
  };
  const untilTaken = async (...call: Parameters<typeof post>): Promise<void> => {
    for (const end = Date.now() + 180_000; (await post(...call)) !== 200; await sleep(500))
      if (Date.now() > end) throw new Error('the edge does not take events');
  };
  const arrived = async (mails: () => number, n: number): Promise<number> => {
    for (const end = Date.now() + 120_000; mails() < n && Date.now() < end; await sleep(200));
    await sleep(1_000);
    return mails();
  };

  test('whom a replay made is mailed into the inbox for ever, whatever address comes later', async () => {
    const inInbox = (): number => inboxMails().filter((mail) => mail.includes('To: somebody@real.example')).length;
    await untilTaken('00004', 'somebody@real.example', 1_000);
    expect(await arrived(inInbox, 1)).toBe(1);
    expect(real.taken).toEqual([]);
  });

  test.each([
    ['before the broker has it', 'before-collected', 0],
    ['after the broker has it and before the answer', 'after-collected', 2],
  ])('an event whose edge is killed %s: no 200; the client repeats; one effect', async (_, point, duplicates) => {
    const { system } = platform;
    const environment = system.environments.get('ingestion-1') ?? {};
    const before = summed(await scrape(system.instances));
    // The first to be taken after the restart proves that the edge is open; the second meets the fail point.
    const [first, second] = [duplicates + 1, duplicates + 2].map(
      (n) => [`new-${String(n)}`, `new-${String(n)}@real.example`, n] as const,
    );
    if (first === undefined || second === undefined) throw new Error('two calls');
    const restarted = once(system.supervisor, 'started');
    environment['HITO_FAILPOINTS'] = `${point}:2`;
    process.kill(system.supervisor.pid('ingestion-1') ?? NaN, 'SIGKILL');
    await restarted;
    environment['HITO_FAILPOINTS'] = '';
    await untilTaken(...first);
    expect(await post(...second)).toBe('cut');
    await untilTaken(...second);
    const counted = new Map(
      Object.entries({ 'hito_events_total accepted': 4, hito_duplicates_total: duplicates }).map(([key, by]) => [
        key,
        (before.get(key) ?? 0) + by,
      ]),
    );
    expect(await lastingDisagreements(system.instances, counted, 120_000)).toEqual([]);
    for (const [, email] of [first, second]) expect(await arrived(() => real.takenFor(email).length, 1)).toBe(1);
  });
});
