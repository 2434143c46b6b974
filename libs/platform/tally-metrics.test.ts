import { describe, expect, test } from '@jest/globals';
import type { Runtime, TaskStatus } from '#stream';
import { createMetrics } from './metrics.ts';
import { friendlyMetrics } from './tally-metrics.ts';

describe('names of durable counters become metrics', () => {
  test.each<[string, string, Record<string, string>]>([
    ['stage.active', 'hito_people', { stage: 'active' }],
    ['transition.active→lapsed', 'hito_stage_transitions_total', { from: 'active', to: 'lapsed' }],
    ['mails.in_doubt', 'hito_mails_total', { outcome: 'in_doubt' }],
    ['opened.proxy', 'hito_opens_total', { verdict: 'proxy' }],
    ['clicked.human', 'hito_clicks_total', { verdict: 'human' }],
    ['decisions.dropped.expired', 'hito_decisions_total', { decision: 'dropped', reason: 'expired' }],
    ['decisions.sent', 'hito_decisions_total', { decision: 'sent', reason: '' }],
    ['milestones.orders-10', 'hito_milestones_total', { milestone: 'orders-10' }],
    ['decision.deferred', 'hito_decisions_total', { decision: 'deferred', reason: '' }],
    ['milestone.orders-10', 'hito_milestones_total', { milestone: 'orders-10' }],
    ['opens.bot', 'hito_opens_total', { verdict: 'bot' }],
    ['clicks.human', 'hito_clicks_total', { verdict: 'human' }],
    ['accepted', 'hito_events_total', { result: 'accepted' }],
    ['events.accepted', 'hito_events_total', { result: 'accepted' }],
  ])('%s', (name, metric, labels) => {
    expect(friendlyMetrics({ [name]: 3 })).toEqual([{ metric, labels, value: 3 }]);
  });

  test.each(['stage', 'persons', 'mails', 'transition.active'])('%s is none of them', (name) => {
    expect(friendlyMetrics({ [name]: 1 })).toEqual([]);
  });

  test('however many names there are, labels stay bounded and no count is lost', () => {
    const tallies = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`milestones.m${String(i)}`, 1]));
    const samples = friendlyMetrics(tallies);
    expect(samples.length).toBeLessThanOrEqual(201);
    expect(samples.reduce((sum, s) => sum + s.value, 0)).toBe(5000);
  });
});

test('/metrics sums the tasks that are held at the moment of asking', async () => {
  const task = (processor: string, partition: number, tallies: Record<string, number>): TaskStatus => ({
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
  });
  let tasks = [task('stages', 1, { 'stage.active': 2 }), task('stages', 2, { 'stage.active': 5, 'transition.new→active': 7 })];
  let told: Parameters<Runtime['onTransaction']>[0] = () => undefined;
  const runtime = {
    status: () => tasks,
    notReady: () => undefined,
    onTransaction: (l: typeof told) => (told = l),
  } as unknown as Runtime;
  const registry = createMetrics('stages', runtime);
  told({ processor: 'stages', records: 40, durationMs: 20 });

  const text = await registry.metrics();
  expect(text).toContain('hito_people{stage="active",service="stages"} 7');
  expect(text).toContain('hito_stage_transitions_total{from="new",to="active",service="stages"} 7');
  expect(text).toContain('hito_lag_records{processor="stages",service="stages"} 3');
  expect(text).toContain('hito_stopped_tasks{processor="stages",service="stages"} 1');
  expect(text).toContain('hito_tally{processor="stages",name="stage.active",service="stages"} 7');
  expect(text).toMatch(/hito_watermark_delay_seconds\{processor="stages",service="stages"\} 12\d/);
  expect(text).toContain('hito_batch_records_sum{service="stages",processor="stages"} 40');
  expect(text).toContain('hito_transaction_seconds_sum{service="stages",processor="stages"} 0.02');

  tasks = [task('stages', 1, { 'stage.active': 2 })];
  expect(await registry.metrics()).toContain('hito_people{stage="active",service="stages"} 2');
  tasks = [];
  expect(await registry.metrics()).not.toContain('hito_people{');
});
