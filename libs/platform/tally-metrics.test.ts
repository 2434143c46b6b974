import { describe, expect, test } from '@jest/globals';
import { Counter } from 'prom-client';
import { services, type Service } from '#contracts';
import type { Playbook } from '#playbook';
import type { Runtime, TaskStatus } from '#stream';
import { createMetrics } from './metrics.ts';
import { conventions, friendlyMetrics } from './tally-metrics.ts';

const mail = (play: string, template: string, category: string) => ({ play, template, category });

describe('names of durable counters become metrics', () => {
  test.each<[string, string, Record<string, string>]>([
    ['stage.active', 'hito_people', { stage: 'active' }],
    ['transition.active→lapsed', 'hito_stage_transitions_total', { from: 'active', to: 'lapsed' }],
    ['churned', 'hito_churned_total', {}],
    ['returned', 'hito_returned_total', {}],
    ['mails.in_doubt', 'hito_mails_by_state', { state: 'in_doubt' }],
    ['outcomes.in_doubt', 'hito_mails_total', { outcome: 'in_doubt', ...mail('', '', '') }],
    [
      'outcomes.accepted/orders/count/milestone',
      'hito_mails_total',
      { outcome: 'accepted', ...mail('orders', 'count', 'milestone') },
    ],
    ['opened.proxy/orders/count/milestone', 'hito_opens_total', { verdict: 'proxy', ...mail('orders', 'count', 'milestone') }],
    ['clicked.human/orders//milestone', 'hito_clicks_total', { verdict: 'human', ...mail('orders', '', 'milestone') }],
    ['refusals.sender', 'hito_smtp_refusals_total', { blame: 'sender' }],
    ['persons', 'hito_persons_total', {}],
    ['decision.dropped.expired', 'hito_decisions_total', { decision: 'dropped', reason: 'expired' }],
    ['decision.sent', 'hito_decisions_total', { decision: 'sent', reason: '' }],
    ['open', 'hito_candidates_open', {}],
    ['milestone.orders-10', 'hito_milestones_total', { milestone: 'orders-10' }],
    ['accepted', 'hito_events_total', { result: 'accepted' }],
    ['waiting', 'hito_calls_waiting', {}],
    ['band.warm', 'hito_people_by_band', { band: 'warm' }],
    ['hits.repeated', 'hito_hits_ignored_total', { reason: 'repeated' }],
    ['repeats.salvaged', 'hito_repeats_heard_total', {}],
    ['condition.type.plays/big-order', 'hito_conditions_failed_total', { reason: 'type', rule: 'plays/big-order' }],
    ['ignored.dates', 'hito_implausible_total', { what: 'dates' }],
  ])('%s', (name, metric, labels) => {
    expect(friendlyMetrics({ [name]: 3 })).toEqual([{ metric, labels, value: 3 }]);
  });

  test.each(['stage', 'mails', 'transition.active', 'dead_letters'])('%s is none of them', (name) => {
    expect(friendlyMetrics({ [name]: 1 })).toEqual([]);
  });

  test('however many names there are, labels stay bounded and no count is lost', () => {
    const tallies = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`milestone.m${String(i)}`, 1]));
    const samples = friendlyMetrics(tallies);
    expect(samples.length).toBeLessThanOrEqual(201);
    expect(samples.reduce((sum, s) => sum + s.value, 0)).toBe(5000);
  });
});

const task = (
  processor: string,
  partition: number,
  tallies: Record<string, number>,
  changes: Partial<TaskStatus> = {},
): TaskStatus => ({
  processor,
  partition,
  clock: 'live',
  watermark: Date.now() - 60_000 * partition,
  waitsFor: 'nothing',
  stopped: partition === 2,
  lagRecords: partition,
  taken: 0,
  transactions: 0,
  deadLetters: 0,
  tallies,
  ...changes,
});

const playbook = {
  plays: [{ id: 'orders', template: 'count', category: 'milestone' }],
  categories: [{ id: 'milestone' }],
} as unknown as Playbook;

/** /metrics of a process whose tasks a test may change. */
function served(service: Service, ...tasks: TaskStatus[]) {
  let told: Parameters<Runtime['onTransaction']>[0] = () => undefined;
  const held = { tasks };
  const runtime = {
    status: () => held.tasks,
    notReady: () => undefined,
    clockOffsetMs: () => undefined,
    onTransaction: (l: typeof told) => (told = l),
  } as unknown as Runtime;
  const registry = createMetrics(service, runtime, playbook);
  return { registry, held, text: () => registry.metrics(), tell: (t: Parameters<typeof told>[0]) => told(t) };
}

test('gauges sum the tasks that are held at the moment of asking', async () => {
  const { held, text, tell } = served(
    'stages',
    task('stages', 1, { 'stage.active': 2 }),
    task('stages', 2, { 'stage.active': 5 }),
  );
  tell({ processor: 'stages', records: 40, durationMs: 20 });
  const asked = await text();
  expect(asked).toContain('hito_people{stage="active",service="stages"} 7');
  expect(asked).toContain('hito_lag_records{processor="stages",service="stages"} 3');
  expect(asked).toContain('hito_stopped_tasks{processor="stages",service="stages"} 1');
  expect(asked).not.toContain('hito_tally{');
  expect(asked).toMatch(/hito_watermark_delay_seconds\{processor="stages",service="stages"\} 12\d/);
  expect(asked).toContain('hito_batch_records_sum{service="stages",processor="stages"} 40');
  expect(asked).toContain('hito_transaction_seconds_sum{service="stages",processor="stages"} 0.02');

  held.tasks = [task('stages', 1, { 'stage.active': 2 })];
  expect(await text()).toContain('hito_people{stage="active",service="stages"} 2');
  held.tasks = [];
  expect(await text()).not.toContain('hito_people{');
});

test('a durable counter that has no metric of its own is told as hito_tally, and only that', async () => {
  const asked = await served('stages', task('stages', 1, { 'stage.active': 2, novelty: 3, dead_letters: 1 })).text();
  expect(asked.match(/^hito_tally\{.*$/gm)).toEqual(['hito_tally{processor="stages",name="novelty",service="stages"} 3']);
});

test('amounts that are in no sum are told by source and reason, those of before there were reasons without one', async () => {
  const tallies = { 'unreadable.web.amount.separators': 3, 'unreadable.web.amount.currency': 1, 'unreadable.web.amount': 2 };
  const asked = await served('milestones', task('milestones', 1, tallies)).text();
  const of = (reason: string): string =>
    `hito_unreadable_amounts_total{source="web",reason="${reason}",processor="milestones",partition="1",service="milestones"}`;
  for (const line of [`${of('separators')} 3`, `${of('currency')} 1`, `${of('')} 2`]) expect(asked).toContain(line);
});

test('times that nobody can read are told by source, field and reason, other values without one', async () => {
  const tallies = { 'unreadable.web.sent_at.seconds': 3, 'unreadable.web.timestamp': 2, 'unreadable.web.number': 1 };
  const asked = await served('ingestion', task('identity', 1, tallies)).text();
  const of = (what: string, reason: string): string =>
    `hito_unreadable_total{source="web",what="${what}",reason="${reason}",processor="identity",partition="1",service="ingestion"}`;
  for (const line of [`${of('sent_at', 'seconds')} 3`, `${of('timestamp', '')} 2`, `${of('number', '')} 1`])
    expect(asked).toContain(line);
});

test.each(services)("%s has the families of its own and of all, none of another's, and those of the process", async (service) => {
  const text = await served(service).text();
  const families = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
  for (const convention of conventions)
    expect(families.includes(convention.metric)).toBe([convention.service].flat().includes(service));
  expect(families).toEqual(
    expect.arrayContaining(['process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds', 'hito_dead_letters_total']),
  );
});

describe('mails, opens and clicks by play, template and category', () => {
  test('are labelled by what the playbook names; the rest counts on as other', async () => {
    const { text } = served(
      'delivery',
      task('sender', 1, {
        'outcomes.accepted/orders/count/milestone': 5,
        'outcomes.accepted/gone/count/milestone': 2,
        'outcomes.accepted/gone-too/count/milestone': 1,
      }),
    );
    expect((await text()).match(/^hito_mails_total.* [1-9]\d*$/gm)).toEqual([
      'hito_mails_total{outcome="accepted",play="orders",template="count",category="milestone",processor="sender",partition="1",service="delivery"} 5',
      'hito_mails_total{outcome="accepted",play="other",template="count",category="milestone",processor="sender",partition="1",service="delivery"} 3',
    ]);
  });

  test('however many there were, the outcome is kept and no count is lost', () => {
    const tallies = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [`outcomes.${i % 2 === 0 ? 'accepted' : 'bounced'}/p${String(i)}/t/c`, 1]),
    );
    const samples = friendlyMetrics(tallies);
    expect(samples.length).toBeLessThanOrEqual(202);
    const of = (outcome: string): number =>
      samples.filter(({ labels }) => labels['outcome'] === outcome).reduce((sum, { value }) => sum + value, 0);
    expect([of('accepted'), of('bounced')]).toEqual([2500, 2500]);
  });
});

describe('dead letters', () => {
  test('count by reason and source, each reason from 0 on', async () => {
    const { text } = served(
      'ingestion',
      task('identity', 1, { dead_letters: 3, 'dead_letter.refused': 1, 'dead_letter.unreadable.web': 2 }),
    );
    const asked = await text();
    const of = (reason: string, source: string): string =>
      `hito_dead_letters_total{reason="${reason}",source="${source}",processor="identity",partition="1",service="ingestion"}`;
    expect(asked).toContain(`${of('refused', '')} 1\n`);
    expect(asked).toContain(`${of('unreadable', 'web')} 2\n`);
    expect(asked).toContain(`${of('bug', '')} 0\n`);
  });

  test('hold what the edge has refused, whose tasks know nothing of it', async () => {
    const { registry, text } = served('ingestion');
    const refused = new Counter({
      name: 'hito_calls_refused_total',
      help: 'x',
      labelNames: ['source', 'reason'],
      registers: [registry],
    });
    refused.inc({ source: 'website', reason: 'no_id' }, 4);
    for (let scrape = 0; scrape < 2; scrape += 1)
      expect(await text()).toContain(
        'hito_dead_letters_total{reason="no_id",source="website",processor="collect",partition="",service="ingestion"} 4\n',
      );
  });
});

describe('totals', () => {
  test.each(services)('of %s are of the type counter, and only they', async (service) => {
    const text = await served(service).text();
    const types = [...text.matchAll(/^# TYPE (hito_\w+) (\w+)$/gm)].map(([, name = '', type]) => [name, type] as const);
    for (const [name, type] of types) expect([name, type === 'counter']).toEqual([name, name.endsWith('_total')]);
  });

  test('are told per task, by the process that owns it', async () => {
    const here = served('stages', task('stages', 1, { churned: 3, duplicates: 1 }), task('stages', 2, { churned: 4 }));
    expect((await here.text()).match(/^hito_(churned|duplicates)_total.*$/gm)).toEqual([
      'hito_duplicates_total{processor="stages",partition="1",service="stages"} 1',
      'hito_duplicates_total{processor="stages",partition="2",service="stages"} 0',
      'hito_churned_total{processor="stages",partition="1",service="stages"} 3',
      'hito_churned_total{processor="stages",partition="2",service="stages"} 4',
    ]);
    // Partition 2 goes to another process: no series falls, and none is told twice.
    here.held.tasks = [task('stages', 1, { churned: 3 }), task('stages', 2, { churned: 4 }, { waitsFor: 'ownership' })];
    expect((await here.text()).match(/^hito_churned_total.*$/gm)).toEqual([
      'hito_churned_total{processor="stages",partition="1",service="stages"} 3',
    ]);
  });

  test('are there at 0 once the row of the task is read, and no series is told twice', async () => {
    const read = served('delivery', task('sender', 1, { 'refusals.sender': 2 }, { watermark: undefined, epoch: 1 }));
    const text = await read.text();
    expect(text.match(/^hito_smtp_refusals_total.*$/gm)).toEqual(
      expect.arrayContaining([
        'hito_smtp_refusals_total{blame="sender",processor="sender",partition="1",service="delivery"} 2',
        'hito_smtp_refusals_total{blame="server",processor="sender",partition="1",service="delivery"} 0',
      ]),
    );
    expect(text).toContain(
      'hito_mails_total{outcome="in_doubt",play="orders",template="count",category="milestone",processor="sender",partition="1",service="delivery"} 0',
    );
    const series = [...text.matchAll(/^(\w+\{.*\}) \S+$/gm)].map(([, name]) => name);
    expect(new Set(series).size).toBe(series.length);
  });

  test('whose series begin at 0 are those that their own pattern reads', () => {
    for (const { metric, pattern, begins = {} } of conventions)
      for (const name of Object.values(begins).flat())
        expect([metric, pattern.test(name.replace('*', 'play/template/category'))]).toEqual([metric, true]);
  });

  test('are not told before the row of the task is read', async () => {
    const early = served('stages', task('stages', 1, {}, { watermark: undefined, waitsFor: 'database' }));
    expect((await early.text()).match(/^hito_(?!records_taken|transactions)\w+_total.*$/gm)).toBeNull();
  });
});
