import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { taskStatus } from '../../libs/platform/testing/task-status.ts';
import type { Observed } from '../launcher/observe.ts';
import { talliesOf } from '../launcher/observe.ts';
import { chartedCounts, charts } from './charts.ts';
import type { Status } from './collect.ts';
import { History } from './history.ts';
import { LastSeen } from './last-seen.ts';
import { statusPage } from './page.ts';

const process = (name: string, more: Partial<Observed>): Observed => ({
  name,
  service: 'stages',
  internalUrl: `http://127.0.0.1/${name}`,
  publicUrl: undefined,
  up: true,
  notReady: undefined,
  tasks: [],
  refused: [],
  conditions: [],
  suppressed: [],
  breakers: [],
  ...more,
});
const task = (partition: number, events: number, epoch?: number): Observed['tasks'][number] =>
  taskStatus({
    processor: 'stages',
    partition,
    watermark: 1,
    ...(epoch !== undefined && { epoch, tallies: { events } }),
  });
const total = (seen: LastSeen, ...observed: Observed[]): number =>
  talliesOf([{ tasks: seen.take(observed).tasks }]).get('stages/events') ?? 0;

test('the status page shows by service, source and reason what was refused', () => {
  const status: Status = {
    phase: 'Live',
    tallies: new Map(),
    virtual: null,
    people: 0,
    peopleByStage: {},
    milestones: 0,
    mails: {},
    lagRecords: 0,
    refused: [
      { service: 'ingestion', processor: 'edge', source: 'website', reason: 'no_event_name', count: 1234 },
      { service: 'stages', processor: 'stages', source: '<b>', reason: 'a & b', count: 1 },
    ],
    conditions: [],
    suppressed: [],
    breakers: [],
    services: [],
    processes: [],
    inbox: null,
  };
  const rows = statusPage(status, [], new History()).match(/<tr><th scope="row">(?:ingestion|stages)<.*?<\/tr>/g);
  expect(rows?.map((row) => row.replace(/<[^>]+>/g, '|').replace(/\|+/g, '|'))).toEqual([
    '|ingestion|edge|website|no_event_name|1,234|',
    '|stages|stages|&lt;b&gt;|a &amp; b|1|',
  ]);
  expect(statusPage({ ...status, refused: [] }, [], new History())).toContain(
    'Refused calls and records</h2><p class="soft">none</p>',
  );
});

describe('totals of the status page', () => {
  test('stand while a process is down, and while the next one has not taken its tasks', () => {
    const seen = new LastSeen();
    const refused = [{ processor: 'stages', source: 's', reason: 'bug', count: 3 }];
    expect(total(seen, process('a', { tasks: [task(0, 5, 1), task(1, 7, 1)], refused }))).toBe(12);
    const silent = process('a', { up: false, notReady: 'does not answer (ECONNREFUSED)' });
    expect(total(seen, silent)).toBe(12);
    expect(seen.take([silent]).processes[0]).toMatchObject({
      up: false,
      notReady: 'does not answer (ECONNREFUSED)',
      refused,
      tasks: [],
    });
    expect(total(seen, process('a', {}))).toBe(12);
    expect(total(seen, process('a', { tasks: [task(0, 0), task(1, 0)] }))).toBe(12);
    expect(total(seen, process('a', { tasks: [task(0, 6, 2), task(1, 0)] }))).toBe(13);
  });

  test('count a task once that has moved, by its later owner', () => {
    const seen = new LastSeen();
    const old = process('a', { tasks: [task(0, 5, 1)] });
    expect(total(seen, old, process('b', { tasks: [task(0, 9, 2)] }))).toBe(9);
    expect(total(seen, process('b', { tasks: [task(0, 9, 2)] }), old)).toBe(9);
  });

  test('of counters that only rise never fall, whoever is down when', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ up: fc.boolean(), ready: fc.boolean(), more: fc.nat({ max: 9 }) }), { maxLength: 30 }),
        (rounds) => {
          const seen = new LastSeen();
          let [before, events, epoch] = [0, 0, 1];
          for (const { up, ready, more } of rounds) {
            if (!up) epoch++;
            if (up && ready) events += more;
            const now = total(seen, process('a', { up, tasks: up ? [task(0, events, ready ? epoch : undefined)] : [] }));
            expect(now).toBeGreaterThanOrEqual(before);
            before = now;
          }
          expect(before).toBe(events);
        },
      ),
    );
  });
});

describe('charts of the last hour', () => {
  const minute = 60_000;
  test('show how much rose in each minute, and nothing that is older than an hour', () => {
    const history = new History();
    history.add(0, { 'profile/events': 100 });
    history.add(1 * minute, { 'profile/events': 110 });
    history.add(1.5 * minute, { 'profile/events': 112 });
    history.add(4 * minute, { 'profile/events': 120 });
    expect(history.rises('profile/events').slice(-5)).toEqual([0, 12, 0, 0, 8]);
    expect(history.levels('profile/events').slice(-5)).toEqual([100, 112, 112, 112, 120]);
    history.add(200 * minute, { 'stages/stage.active': 1 });
    expect(history.names()).toEqual(['stages/stage.active']);
    expect(history.rises('profile/events')).toEqual(Array.from({ length: 60 }, () => 0));
  });

  test('keep no more than an hour, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000_000 }), { maxLength: 300 }), (times) => {
        const history = new History();
        for (const [n, at] of times.entries()) history.add(at * 1_000, { 'profile/events': n });
        expect(history.rises('profile/events')).toHaveLength(60);
        expect(history.rises('profile/events').every((value) => value >= 0)).toBe(true);
      }),
    );
  });

  test('are the same while nothing happens, so that the page stands still', () => {
    const history = new History();
    for (let at = 0; at < 90; at++) history.add(at * minute, { 'profile/events': 7, 'stages/stage.active': 3 });
    const before = charts(history);
    history.add(90 * minute, { 'profile/events': 7, 'stages/stage.active': 3 });
    expect(charts(history)).toBe(before);
  });

  test('name plays and stages as text, and draw few series', () => {
    const history = new History();
    const counts = (n: number): Record<string, number> =>
      Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`sender/outcomes.accepted/<b>${String(i)}/t/c`, n * i]));
    history.add(0, counts(0));
    history.add(minute, counts(1));
    const page = charts(history);
    expect(page).toContain('&lt;b&gt;39 <span');
    expect(page).not.toContain('<b>');
    expect(page.match(/<figure>/g)?.length).toBe(7);
    expect(page).toContain('other');
  });

  test('are made of their own counters only', () => {
    expect(
      chartedCounts(
        new Map([
          ['profile/events', 1],
          ['stages/other', 2],
        ]),
      ),
    ).toEqual({ 'profile/events': 1 });
  });
});
