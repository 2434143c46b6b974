import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { contracts } from '#contracts';
import { topicSpecs } from '#platform';
import { assured } from './assurance.ts';
import { standing } from './offsets.ts';
import { changeOf, type Order, type TaskFacts } from './task-change.ts';
import { planLines, topicPlan } from './topics-plan.ts';

const running: TaskFacts = {
  processor: 'scoring',
  partition: 3,
  stopped: null,
  paused: null,
  skips: {},
  cursors: { 'events.v1': 100, 'profiles.v1': 7 },
};
const row = "50 people's messages in a row threw, the last with: x";

test('a command that changes something asks for a yes, or looks only', () => {
  const written = jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
  try {
    expect(() => assured({}, ['x'], true)).toThrow('Nothing was changed. Give --yes to do it');
    expect(assured({ dryRun: true }, ['x'], true)).toBe(false);
    expect(assured({ dryRun: true, yes: true }, ['x'], true)).toBe(false);
    expect(assured({ yes: true }, ['x'], true)).toBe(true);
    expect(assured({}, ['x'], false)).toBe(false);
  } finally {
    written.mockRestore();
  }
});

describe('an order to a task', () => {
  test('to pause is kept with its reason', () => {
    expect(changeOf({ verb: 'pause', reason: 'a look at it' }, running)).toEqual({
      says: 'Task scoring of partition 3 rests: a look at it',
      set: { paused: 'a look at it' },
    });
  });

  test('to resume confirms what an alarm about log and database said, and never a row of failures', () => {
    expect(changeOf({ verb: 'resume' }, { ...running, stopped: 'the database went back' }).set).toMatchObject({
      confirmed: true,
    });
    expect(changeOf({ verb: 'resume' }, { ...running, stopped: row }).set).toMatchObject({ confirmed: false });
    expect(changeOf({ verb: 'resume' }, { ...running, paused: 'x' }).set).toEqual({ paused: null });
    expect(changeOf({ verb: 'resume' }, running).set).toBeUndefined();
  });

  test.each<[string, Partial<TaskFacts>, string, string]>([
    ['of a running task', {}, 'events.v1@100', 'Pause it first'],
    ['that is taken already', { paused: 'x' }, 'events.v1@99', 'has taken events.v1@99 already: 100 comes next'],
    ['of a topic that it does not read', { paused: 'x' }, 'scores.v1@100', 'it reads events.v1, profiles.v1'],
    ['that has no place', { paused: 'x' }, 'events.v1/100', 'is no place of a record'],
  ])('to skip a record %s does nothing and says why', (_case, facts, record, why) => {
    const change = changeOf({ verb: 'skip', record, reason: 'poison' }, { ...running, ...facts });
    expect(change.set).toBeUndefined();
    expect(change.says).toContain(why);
  });

  test('to skip a record keeps those that still wait and forgets those that are taken', () => {
    const skips = { 'events.v1@99': 'old', 'events.v1@200': 'waits' };
    const order: Order = { verb: 'skip', record: 'events.v1@100', reason: 'poison' };
    expect(changeOf(order, { ...running, paused: 'x', skips }).set).toEqual({
      skips: { 'events.v1@200': 'waits', 'events.v1@100': 'poison' },
    });
    expect(changeOf(order, { ...running, stopped: row }).set).toMatchObject({
      stopped: null,
      skips: { 'events.v1@100': 'poison' },
    });
  });

  test('whatever is ordered, no more than a hundred records wait to be skipped, and the reason prints on one line', () => {
    let task: TaskFacts = { ...running, paused: 'x' };
    fc.assert(
      fc.property(fc.nat({ max: 10_000 }), fc.string({ unit: 'binary' }), (offset, reason) => {
        const change = changeOf({ verb: 'skip', record: `events.v1@${String(100 + offset)}`, reason }, task);
        task = { ...task, skips: change.set?.skips ?? task.skips };
        expect(Object.keys(task.skips).length).toBeLessThanOrEqual(100);
        expect(change.says.split('\n')).toHaveLength(1);
      }),
      { numRuns: 150 },
    );
  });
});

test.each([
  [{ start: 0, next: 5, committed: 5, end: 9 }, 4, ''],
  [{ start: 7, next: 5, committed: 5, end: 9 }, 4, '2 records are lost'],
  [{ start: 0, next: 5, committed: 8, end: 9 }, 4, 'it went back'],
  [{ start: 0, next: 5, committed: -1, end: 3 }, 0, 'made anew'],
  [{ start: -1, next: 5, committed: -1, end: -1 }, 0, 'the topic is missing'],
])('offsets %j have a lag of %d and say "%s"', (places, lag, remark) => {
  const found = standing({ processor: 'scoring', topic: 'events.v1', partition: 0, ...places });
  expect(found.lag).toBe(lag);
  expect(found.remark).toContain(remark);
});

describe('the plan of topics', () => {
  const spec = (topic: string, retention: string) => ({
    topic,
    partitions: 12,
    replication: -1,
    config: { 'cleanup.policy': 'delete', 'retention.ms': retention },
  });
  const there = (partitions: number, retention: string) => ({
    partitions,
    config: { 'cleanup.policy': 'delete', 'retention.ms': retention },
  });

  test('takes the codec of the broker back that a topic of ours has', () => {
    const [of] = topicSpecs(contracts, 'shop', 3);
    if (of === undefined) throw new Error('there is no contract');
    const config = { ...of.config, 'compression.type': 'zstd' };
    expect(planLines(topicPlan([of], new Map([[of.topic, { partitions: 3, config }]])))).toEqual([
      `change  ${of.topic} compression.type: zstd → producer`,
    ]);
  });

  test('makes what is missing, changes what differs and leaves what is right', () => {
    const plan = topicPlan(
      [spec('a', '10'), spec('b', '10'), spec('c', '-1'), spec('d', '10'), spec('e', '10')],
      new Map([
        ['b', there(12, '10')],
        ['c', there(12, '10')],
        ['d', there(3, '20')],
        ['e', there(12, '-1')],
      ]),
    );
    expect(planLines(plan)).toEqual([
      'make    a with 12 partitions',
      'change  c retention.ms: 10 → -1',
      'change  d retention.ms: 20 → 10 (DELETES the records that are older)',
      'change  e retention.ms: -1 → 10 (DELETES the records that are older)',
      'wrong   d has 3 partitions, not 12: set HITO_PARTITIONS to what it has, or take another HITO_PREFIX',
    ]);
  });
});
