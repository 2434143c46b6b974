import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { contract, derived, instant } from '#contracts';
import { topology, until, whoId, type Topology } from '#testing';
import { emit, processor, type Message } from '#stream';

const start = Date.parse('2026-01-01T00:00:00Z');
const minute = 60_000;
const jobs = contract('jobs.v1', z.object({ id: z.string(), at: instant }), { retentionMs: -1 });
const done = contract('done.v1', z.object({ ...derived, what: z.string() }), {
  writer: { processor: 'plain', rekeyed: false },
  retentionMs: -1,
});
const plain = processor({
  service: 'scoring',
  name: 'plain',
  version: 1,
  inputs: [{ contract: jobs, kind: 'source' }],
  outputs: [{ contract: done }],
  decide(state: { n: number } | undefined, message: Message<typeof jobs>) {
    if (message.kind === 'wake') return { state };
    return { state: { n: (state?.n ?? 0) + 1 }, emit: [emit(done, { what: message.data.id })] };
  },
});
const described = [{ processor: plain, rules: undefined, rulesVersion: '1' }];
const job = (n: number) => ({
  key: whoId(String(n % 7)),
  data: { id: String(n), at: new Date(start + n * minute).toISOString() },
});
const jobsUpTo = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => job(from + i));
const end = start + 1_000 * minute;

let flow: Topology;
const flowOf = (from?: Topology): Promise<Topology> =>
  topology(described, {
    partitions: 1,
    ...(from && { log: from.log, stores: from.stores }),
    tuning: { batch: 10, bufferRecords: 20 },
  });
const what = (): string[] => flow.read(done).map((message) => message.what);
const task = () => flow.status()[0];
const told = (): string => JSON.stringify(flow.status());
const rests = async (): Promise<void> => {
  await flow.heed();
  await until(() => task()?.waitsFor === 'paused: a look at it', told);
};
const letters = () => flow.log.read('test.scoring.dead-letters.v1');
afterEach(() => flow.stop());

describe('a task that an operator has paused', () => {
  test('takes nothing, says why, and takes everything once it is resumed', async () => {
    flow = await flowOf();
    await flow.clock(jobs, { clock: 'driven', at: start });
    await flow.replay(jobs, ...jobsUpTo(0, 5));
    await flow.clock(jobs, { clock: 'driven', at: start + 10 * minute });
    await flow.reached(start + 10 * minute);
    flow.store('plain').pause('plain', 0, 'a look at it');
    await rests();
    await flow.replay(jobs, ...jobsUpTo(10, 300));
    await flow.clock(jobs, { clock: 'driven', at: end });
    await until(() => (task()?.lagRecords ?? 0) > 100, told);
    expect(what()).toHaveLength(5);
    expect(task()).toMatchObject({ paused: true, stopped: false, watermark: start + 10 * minute });
    expect(task()?.sinceTurnMs).toBeLessThan(60_000);

    flow.store('plain').pause('plain', 0, null);
    await flow.heed();
    await flow.reached(end);
    expect(what()).toEqual([...jobsUpTo(0, 5), ...jobsUpTo(10, 300)].map(({ data }) => data.id));
    expect(task()).toMatchObject({ paused: false });
  });

  test('is still paused in the process that takes it over', async () => {
    flow = await flowOf();
    flow.store('plain').pause('plain', 0, 'a look at it');
    await rests();
    await flow.kill();
    flow = await flowOf(flow);
    await flow.clock(jobs, { clock: 'driven', at: start });
    await flow.replay(jobs, ...jobsUpTo(0, 5));
    await flow.clock(jobs, { clock: 'driven', at: end });
    await until(() => (task()?.lagRecords ?? 0) === 7 && task()?.waitsFor === 'paused: a look at it', told);
    expect(what()).toEqual([]);
    flow.store('plain').pause('plain', 0, null);
    await flow.heed();
    await flow.reached(end);
    expect(what()).toHaveLength(5);
  });
});

test('records that an operator skips become dead letters with the reason; all others are taken, whatever is killed when', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 3 }),
      async (skipped, kills) => {
        flow = await flowOf();
        // Offset 0 is the clock record.
        for (const n of skipped) flow.store('plain').skip('plain', 0, `jobs.v1@${String(n + 1)}`, `bad one ${String(n)}`);
        await flow.clock(jobs, { clock: 'driven', at: start });
        await flow.replay(jobs, ...jobsUpTo(0, 60));
        await flow.clock(jobs, { clock: 'driven', at: end });
        for (const after of kills) {
          await until(() => what().length + letters().length >= Math.min(after, 50), told);
          await flow.kill();
          flow = await flowOf(flow);
        }
        await flow.reached(end);
        await flow.stop();
        const gone = new Set(skipped.map(String));
        expect(what()).toEqual(
          jobsUpTo(0, 60)
            .map(({ data }) => data.id)
            .filter((id) => !gone.has(id)),
        );
        const reasons = new Set(
          letters().map(({ headers }) => `${String(headers['hito-dl-kind'])}: ${String(headers['hito-dl-reason'])}`),
        );
        expect(reasons).toEqual(new Set(skipped.map((n) => `skipped: bad one ${String(n)}`)));
        expect(flow.store('plain').tallies('plain')['dead_letter.skipped']).toBe(skipped.length);
      },
    ),
    { numRuns: 8 },
  );
}, 60_000);
