import { describe, expect, test } from '@jest/globals';
import type { Runtime, TaskStatus } from '#stream';
import { createMetrics } from './metrics.ts';
import { conventions, friendlyMetrics } from './tally-metrics.ts';

describe('names of durable counters become metrics', () => {
  test.each<[string, string, Record<string, string>]>([
    ['stage.active', 'hito_people', { stage: 'active' }],
    ['transition.active→lapsed', 'hito_stage_transitions_total', { from: 'active', to: 'lapsed' }],
    ['churned', 'hito_churned_total', {}],
    ['returned', 'hito_returned_total', {}],
    ['mails.in_doubt', 'hito_mails_by_state', { state: 'in_doubt' }],
    ['outcomes.in_doubt', 'hito_mails_total', { outcome: 'in_doubt' }],
    ['opened.proxy', 'hito_opens_total', { verdict: 'proxy' }],
    ['clicked.human', 'hito_clicks_total', { verdict: 'human' }],
    ['decision.dropped.expired', 'hito_decisions_total', { decision: 'dropped', reason: 'expired' }],
    ['decision.sent', 'hito_decisions_total', { decision: 'sent', reason: '' }],
    ['open', 'hito_candidates_open', {}],
    ['milestone.orders-10', 'hito_milestones_total', { milestone: 'orders-10' }],
    ['accepted', 'hito_events_total', { result: 'accepted' }],
    ['waiting', 'hito_calls_waiting', {}],
    ['band.warm', 'hito_people_by_band', { band: 'warm' }],
    ['hits.repeated', 'hito_hits_ignored_total', { reason: 'repeated' }],
    ['ignored.dates', 'hito_implausible_total', { what: 'dates' }],
  ])('%s', (name, metric, labels) => {
    expect(friendlyMetrics({ [name]: 3 })).toEqual([{ metric, labels, value: 3 }]);
  });

  test.each(['stage', 'persons', 'mails', 'transition.active'])('%s is none of them', (name) => {
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

/** /metrics of a process whose tasks a test may change. */
function served(service: string, ...tasks: TaskStatus[]) {
  let told: Parameters<Runtime['onTransaction']>[0] = () => undefined;
  const held = { tasks };
  const runtime = {
    status: () => held.tasks,
    notReady: () => undefined,
    onTransaction: (l: typeof told) => (told = l),
  } as unknown as Runtime;
  const registry = createMetrics(service, runtime);
  return { held, text: () => registry.metrics(), tell: (t: Parameters<typeof told>[0]) => told(t) };
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
  expect(asked).toContain('hito_tally{processor="stages",name="stage.active",service="stages"} 7');
  expect(asked).toMatch(/hito_watermark_delay_seconds\{processor="stages",service="stages"\} 12\d/);
  expect(asked).toContain('hito_batch_records_sum{service="stages",processor="stages"} 40');
  expect(asked).toContain('hito_transaction_seconds_sum{service="stages",processor="stages"} 0.02');

  held.tasks = [task('stages', 1, { 'stage.active': 2 })];
  expect(await text()).toContain('hito_people{stage="active",service="stages"} 2');
  held.tasks = [];
  expect(await text()).not.toContain('hito_people{');
});

describe('totals', () => {
  test('every one of them is of the type counter', async () => {
    const text = await served('stages').text();
    const types = [...text.matchAll(/^# TYPE (hito_\w+_total) (\w+)$/gm)].map(([, name, type]) => [name, type]);
    expect(types.length).toBeGreaterThan(conventions.filter(({ metric }) => metric.endsWith('_total')).length);
    expect(types.filter(([, type]) => type !== 'counter')).toEqual([]);
  });

  test('are told per task, by the process that owns it', async () => {
    const here = served('stages', task('stages', 1, { churned: 3, dead_letters: 1 }), task('stages', 2, { churned: 4 }));
    expect((await here.text()).match(/^hito_(churned|dead_letters)_total.*$/gm)).toEqual([
      'hito_dead_letters_total{processor="stages",partition="1",service="stages"} 1',
      'hito_dead_letters_total{processor="stages",partition="2",service="stages"} 0',
      'hito_churned_total{processor="stages",partition="1",service="stages"} 3',
      'hito_churned_total{processor="stages",partition="2",service="stages"} 4',
    ]);
    // Partition 2 goes to another process: no series falls, and none is told twice.
    here.held.tasks = [task('stages', 1, { churned: 3 }), task('stages', 2, { churned: 4 }, { waitsFor: 'ownership' })];
    expect((await here.text()).match(/^hito_churned_total.*$/gm)).toEqual([
      'hito_churned_total{processor="stages",partition="1",service="stages"} 3',
    ]);
  });

  test('are not told before the row of the task is read', async () => {
    const early = served('stages', task('stages', 1, {}, { watermark: undefined, waitsFor: 'database' }));
    expect((await early.text()).match(/^hito_\w+_total.*$/gm)).toBeNull();
  });
});
