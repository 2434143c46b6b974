import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { contract, derived, instant } from '#contracts';
import { MemoryLog, MemoryStore, topology, until, whoId, type Topology } from '#testing';
import { clockRecord, emit, processor, type Message } from '#stream';
import { groupOf } from '#stream/runtime';
import { rangeAlarm } from '../input/range-alarm.ts';

const start = Date.parse('2026-01-01T00:00:00Z');
const minute = 60_000;
const jobs = contract('jobs.v1', z.object({ id: z.string(), at: instant }), { retentionMs: -1 });
const done = contract('done.v1', z.object({ ...derived, what: z.string() }), {
  writer: { processor: 'plain', rekeyed: false },
  retentionMs: -1,
});

let broken: (id: string) => boolean = () => false;
const plain = processor({
  service: 'scoring',
  name: 'plain',
  version: 1,
  inputs: [{ contract: jobs, kind: 'source' }],
  outputs: [{ contract: done }],
  decide(state: { n: number } | undefined, message: Message<typeof jobs>) {
    if (message.kind === 'wake') return { state };
    if (broken(message.data.id)) throw new Error(`broken by ${message.data.id}`);
    return { state: { n: (state?.n ?? 0) + 1 }, emit: [emit(done, { what: message.data.id })] };
  },
});
const described = [{ processor: plain, rules: undefined, rulesVersion: '1' }];

const flowOf = (from?: Topology, options: { batch?: number; portion?: () => number } = {}): Promise<Topology> =>
  topology(described, {
    partitions: 1,
    ...(from && { log: from.log, stores: from.stores }),
    ...(options.portion && { portion: options.portion }),
    tuning: { throwers: 5, ...(options.batch !== undefined && { batch: options.batch }) },
  });
const job = (n: number) => ({ key: whoId(String(n)), data: { id: String(n), at: new Date(start + n * minute).toISOString() } });
const jobsUpTo = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => job(from + i));
const waits = (flow: Topology): string => flow.status()[0]?.waitsFor ?? '';
const stopped = (flow: Topology): Promise<void> =>
  until(
    () => flow.status()[0]?.stopped === true,
    () => JSON.stringify(flow.status()),
  );
const what = (flow: Topology): string[] => flow.read(done).map((message) => message.what);
const refused = (flow: Topology): string[] => [
  ...new Set(flow.log.read('test.scoring.dead-letters.v1').map(({ value }) => (JSON.parse(String(value)) as { id: string }).id)),
];

describe('throws in a row', () => {
  test.each([1, 3, 100])(
    'of too many people stop the task with an alarm; resumed with the cause gone it goes on, and what threw is taken (batches of %d)',
    async (batch) => {
      broken = (id) => Number(id) >= 3;
      const flow = await flowOf(undefined, { batch });
      await flow.clock(jobs, { clock: 'driven', at: start });
      await flow.replay(jobs, ...jobsUpTo(0, 30));
      await flow.clock(jobs, { clock: 'driven', at: start + 100 * minute });
      await stopped(flow);
      expect(waits(flow)).toMatch(/^stopped: \d+ people's messages in a row threw, the last with: broken by \d+/);
      expect(flow.status()[0]?.watermark ?? 0).toBeLessThan(start + 100 * minute);
      const before = refused(flow);
      expect(before.length).toBeLessThan(5);

      broken = () => false;
      flow.store('plain').resume('plain', 0);
      await flow.reached(start + 100 * minute);
      await flow.stop();
      expect([...what(flow), ...before].sort((a, b) => Number(a) - Number(b))).toEqual(
        jobsUpTo(0, 30).map(({ data }) => data.id),
      );
    },
  );

  test('are not counted across a success', async () => {
    broken = (id) => Number(id) % 4 !== 0;
    const flow = await flowOf(undefined, { batch: 1 });
    await flow.clock(jobs, { clock: 'driven', at: start });
    await flow.replay(jobs, ...jobsUpTo(0, 30));
    await flow.clock(jobs, { clock: 'driven', at: start + 100 * minute });
    await flow.reached(start + 100 * minute);
    await flow.stop();
    expect(what(flow)).toHaveLength(8);
    expect(refused(flow)).toHaveLength(22);
  });

  test('skipped by an operator: what stopped it becomes a dead letter, and the count begins anew', async () => {
    broken = (id) => Number(id) >= 3 && Number(id) < 12;
    const flow = await flowOf(undefined, { batch: 1 });
    await flow.clock(jobs, { clock: 'driven', at: start });
    await flow.replay(jobs, ...jobsUpTo(0, 20));
    await flow.clock(jobs, { clock: 'driven', at: start + 100 * minute });
    await stopped(flow);
    expect(refused(flow)).toEqual(['3', '4', '5', '6']);
    flow.store('plain').resume('plain', 0, { skip: true });
    await flow.reached(start + 100 * minute);
    await flow.stop();
    expect(refused(flow)).toEqual(jobsUpTo(3, 12).map(({ data }) => data.id));
    expect(what(flow)).toEqual([...jobsUpTo(0, 3), ...jobsUpTo(12, 20)].map(({ data }) => data.id));
  });

  test('of one person, however many, stop nobody', async () => {
    broken = (id) => Number(id) < 40;
    const flow = await flowOf(undefined, { batch: 10 });
    await flow.clock(jobs, { clock: 'driven', at: start });
    await flow.replay(jobs, ...jobsUpTo(0, 41).map((one) => ({ ...one, key: whoId('1') })));
    await flow.clock(jobs, { clock: 'driven', at: start + 100 * minute });
    await flow.reached(start + 100 * minute);
    await flow.stop();
    expect(refused(flow)).toHaveLength(40);
    expect(what(flow)).toEqual(['40']);
  });

  test('of many people in one partition stop nothing where another partition decides meanwhile', async () => {
    broken = (id) => Number(id) < 1_000;
    const flow = await topology(described, { partitions: 2, tuning: { throwers: 5, holdMs: 60_000, batch: 10 } });
    const put = (partition: number, n: number): Promise<void> => {
      const { key, data } = job(n);
      return flow.log.produce([{ topic: 'test.jobs.v1', partition, key, value: JSON.stringify(data), headers: {} }]);
    };
    const of = (partition: number) => flow.status().find((task) => task.partition === partition);
    await flow.clock(jobs, { clock: 'live' });
    for (let n = 0; n < 20; n++) await put(0, n);
    await until(
      () => of(0)?.waitsFor === 'another partition to decide what throws here',
      () => JSON.stringify(flow.status()),
    );
    expect(refused(flow).length).toBeLessThan(5);
    for (let n = 1_000; refused(flow).length < 20 && n < 1_400; n++) {
      await put(1, n);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect(refused(flow)).toHaveLength(20);
    expect(of(0)).toMatchObject({ stopped: false, taken: 20 });
    await flow.stop();
  });

  test('an operator who changes nothing gets the same alarm again; nothing is lost meanwhile', async () => {
    broken = (id) => Number(id) >= 3;
    const flow = await flowOf(undefined, { batch: 100 });
    await flow.clock(jobs, { clock: 'driven', at: start });
    await flow.replay(jobs, ...jobsUpTo(0, 30));
    await flow.clock(jobs, { clock: 'driven', at: start + 100 * minute });
    await stopped(flow);
    const epoch = flow.store('plain').row('plain', 0).task.epoch;
    flow.store('plain').resume('plain', 0);
    await until(() => flow.store('plain').row('plain', 0).task.epoch > epoch + 1);
    await stopped(flow);
    await flow.stop();
    expect([...what(flow), ...refused(flow)].length).toBeLessThan(30);
    broken = () => false;
    flow.store('plain').resume('plain', 0);
    const next = await flowOf(flow);
    await next.reached(start + 100 * minute);
    await next.stop();
    expect(new Set([...what(next), ...refused(next)]).size).toBe(30);
  });
});

describe('a log and a cursor that do not fit', () => {
  const seen = { topic: 'hito.x.v1', partition: 3, start: 10, end: 20, committed: 15 };
  test.each([
    ['retention past the cursor', { cursor: 7 }, /retention has overtaken.*stands at 7.*begins at 10; 3 records are lost/],
    ['a topic made anew', { cursor: 21 }, /stands at 21, the log ends at 20.*made anew/],
    ['a database that went back', { cursor: 12 }, /had committed 15, the database stands at 12.*went back/],
    ['a database that knows nothing', { cursor: undefined }, /knows nothing of it/],
  ])('%s: alarm', (_name, { cursor }, alarm) => {
    expect(rangeAlarm({ ...seen, cursor })).toMatch(alarm);
  });
  test.each([15, 16, 20])('a cursor at %d fits', (cursor) => {
    expect(rangeAlarm({ ...seen, cursor })).toBeUndefined();
  });
  test('a fresh group begins at the start', () => {
    expect(rangeAlarm({ ...seen, cursor: undefined, committed: -1 })).toBeUndefined();
  });

  /** Twenty jobs taken and an orderly stop: the group has committed all of them. */
  async function settled(): Promise<Topology> {
    broken = () => false;
    const flow = await flowOf();
    await flow.clock(jobs, { clock: 'driven', at: start });
    await flow.replay(jobs, ...jobsUpTo(0, 20));
    await flow.clock(jobs, { clock: 'driven', at: start + 100 * minute });
    await flow.reached(start + 100 * minute);
    await flow.stop();
    return flow;
  }

  test('a task that has no cursor yet begins where the log begins', async () => {
    broken = () => false;
    const log = new MemoryLog(1);
    const before = await topology([], { log });
    await before.clock(jobs, { clock: 'driven', at: start });
    await before.replay(jobs, ...jobsUpTo(0, 20));
    await before.clock(jobs, { clock: 'driven', at: start + 100 * minute });
    log.expire('test.jobs.v1', 0, 6);
    const flow = await topology(described, { log });
    await flow.reached(start + 100 * minute);
    await flow.stop();
    expect(what(flow)).toEqual(jobsUpTo(5, 20).map(({ data }) => data.id));
  });

  test('taken anew, a task reads on what it had paused', async () => {
    broken = () => false;
    class SlowStore extends MemoryStore {
      held = false;
      override async commit(commit: Parameters<MemoryStore['commit']>[0]): Promise<boolean> {
        if (!this.held) return super.commit(commit);
        await until(() => !this.held);
        throw new Error('the connection was cut');
      }
    }
    const store = new SlowStore();
    const log = new MemoryLog(1, () => 1);
    const flow = await topology(described, { log, stores: new Map([['plain', store]]), tuning: { bufferRecords: 5 } });
    await flow.clock(jobs, { clock: 'driven', at: start });
    await flow.reached(start);
    store.held = true;
    await flow.replay(jobs, ...jobsUpTo(0, 50));
    await flow.clock(jobs, { clock: 'driven', at: start + 100 * minute });
    await until(() => flow.fetched('plain', jobs) > 5);
    await new Promise((resolve) => setTimeout(resolve, 50));
    // Full, so it is paused, and now the task is lost.
    expect(flow.fetched('plain', jobs)).toBeLessThan(20);
    store.held = false;
    await flow.reached(start + 100 * minute);
    await flow.stop();
    expect(what(flow)).toHaveLength(50);
  });

  test('retention past the cursor: a stop and an alarm, no jump; confirmed, it goes on with a raised incarnation', async () => {
    const flow = await settled();
    await flow.replay(jobs, ...jobsUpTo(100, 110));
    flow.log.expire('test.jobs.v1', 0, 25);
    const next = await flowOf(flow);
    await stopped(next);
    expect(waits(next)).toMatch(/retention has overtaken/);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(what(next)).toHaveLength(20);
    next.store('plain').resume('plain', 0, { confirmed: true });
    await until(
      () => what(next).length === 27,
      () => JSON.stringify([what(next), next.status()]),
    );
    await next.stop();
    expect(
      next.log.read('test.done.v1').findLast(({ headers }) => headers['hito-control'] === undefined)?.headers['hito-seq'],
    ).toMatch(/^plain\/0;[2-9];/);
  });

  test('a topic made anew: a stop and an alarm, also when it happens while the task runs', async () => {
    const flow = await settled();
    const running = await flowOf(flow);
    await until(() => running.status()[0]?.waitsFor === 'nothing');
    running.log.recreate('test.jobs.v1');
    await stopped(running);
    expect(waits(running)).toMatch(/the topic was made anew/);
    await running.kill();
    const next = await flowOf(flow);
    await stopped(next);
    await next.stop();
  });

  test('retention that overtakes a running task is no jump', async () => {
    broken = () => false;
    let clock = Date.now();
    const log = new MemoryLog(1, () => 1);
    const flow = await topology(described, { log, now: () => clock, tuning: { bufferRecords: 2 } });
    flow.store('plain').away = 'the database is away';
    await flow.clock(jobs, { clock: 'driven', at: start });
    await flow.replay(jobs, ...jobsUpTo(0, 2_000));
    flow.store('plain').away = undefined;
    await until(() => what(flow).length > 3);
    flow.store('plain').away = 'the database is away';
    await until(() => waits(flow) === 'database');
    log.expire('test.jobs.v1', 0, 1_999);
    await flow.replay(jobs, ...jobsUpTo(2_000, 2_010));
    flow.store('plain').away = undefined;
    for (let i = 0; i < 50 && flow.status()[0]?.stopped !== true; i++) {
      clock += 1_000;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const taken = what(flow);
    if (taken.length < 2_010) await stopped(flow);
    await flow.stop();
    expect(taken).toEqual(jobsUpTo(0, taken.length).map(({ data }) => data.id));
  });

  test('a database restored to an earlier state: a stop and an alarm; confirmed, nothing is published twice', async () => {
    broken = () => false;
    const flow = await flowOf();
    await flow.clock(jobs, { clock: 'driven', at: start });
    await flow.replay(jobs, ...jobsUpTo(0, 5));
    await until(() => what(flow).length === 5);
    await flow.stop();
    const backup = structuredClone(flow.store('plain').rows);
    const later = await flowOf(flow);
    await flow.replay(jobs, ...jobsUpTo(5, 20));
    await until(() => what(later).length === 20);
    await later.stop();

    const store = new MemoryStore();
    for (const [name, row] of backup) store.rows.set(name, row);
    const restored = await topology(described, { log: flow.log, stores: new Map([['plain', store]]) });
    await stopped(restored);
    expect(waits(restored)).toMatch(/the database went back/);
    expect(restored.log.read('test.done.v1').filter(({ headers }) => headers['hito-control'] === undefined)).toHaveLength(20);
    store.resume('plain', 0, { confirmed: true });
    await flow.replay(jobs, ...jobsUpTo(20, 25));
    await flow.clock(jobs, { clock: 'driven', at: start + 100 * minute });
    await restored.reached(start + 100 * minute);
    await restored.stop();
    const published = restored.log.read('test.done.v1').filter(({ headers }) => headers['hito-control'] === undefined);
    expect(published.map(({ value }) => (JSON.parse(String(value)) as { what: string }).what)).toEqual(
      jobsUpTo(0, 25).map(({ data }) => data.id),
    );
    const all = published.flatMap(({ headers }) => headers['hito-seq'] ?? []);
    expect(new Set(all).size).toBe(all.length);
    expect(all.filter((seq) => /^plain\/0;[2-9];/.test(seq))).toHaveLength(5);
  });

  test('repeats that moved nothing in the database are no alarm at the next start', async () => {
    const flow = await settled();
    const next = await flowOf(flow);
    await until(() => next.status()[0]?.waitsFor === 'nothing');
    const repeat = next.log.read('test.jobs.v1').at(3);
    await next.log.produce([
      { topic: 'test.jobs.v1', partition: 0, key: repeat?.key ?? '', value: repeat?.value ?? '', headers: repeat?.headers ?? {} },
    ]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await next.stop();
    const again = await flowOf(flow);
    await until(() => again.status()[0]?.waitsFor === 'nothing' || again.status()[0]?.stopped === true);
    expect(waits(again)).toBe('nothing');
    await again.stop();
    expect(again.log.read('test.done.v1').filter(({ headers }) => headers['hito-control'] === undefined)).toHaveLength(20);
    expect((await again.log.committed(groupOf('test', 'plain'), ['test.jobs.v1'])).get('test.jobs.v1')).toEqual([22]);
  });
});

describe('clock records', () => {
  test.each([
    [
      'that would put time back',
      [
        { clock: 'driven', at: start + 50 * minute },
        { clock: 'driven', at: start },
      ] as const,
      /put time back/,
    ],
    [
      'that would drive a live clock',
      [{ clock: 'live' }, { clock: 'driven', at: start }] as const,
      /drive a live clock: a replay needs a fresh prefix/,
    ],
  ])('%s are refused', async (_name, [first, second], reason) => {
    broken = () => false;
    const flow = await flowOf();
    await flow.clock(jobs, first);
    const { key, value, headers } = clockRecord(second);
    await flow.log.produce([{ topic: 'test.jobs.v1', partition: 0, key, value, headers }]);
    await flow.replay(jobs, { key: whoId('1'), data: { id: 'x', at: new Date(start + 60 * minute).toISOString() } });
    if (first.clock === 'driven') await flow.clock(jobs, { clock: 'driven', at: start + 100 * minute });
    await until(
      () => what(flow).length === 1 && flow.log.read('test.scoring.dead-letters.v1').length === 1,
      () => JSON.stringify(flow.status()),
    );
    expect(flow.log.read('test.scoring.dead-letters.v1')[0]?.headers['hito-dl-reason']).toMatch(reason);
    expect(flow.status()[0]?.clock).toBe(first.clock);
    await flow.stop();
  });
});
