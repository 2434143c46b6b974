import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { contract, derived, instant } from '#contracts';
import { emit, processor, type Message } from '#stream';
import { MemoryStore, topology, until, whoId, type Topology } from '#testing';

const jobs = contract('jobs.v1', z.object({ id: z.string(), at: instant }), { retentionMs: -1 });
const steps = contract('steps.v1', z.object({ ...derived, what: z.string() }), {
  writer: { processor: 'stepper', rekeyed: true },
  retentionMs: -1,
});
const sums = contract('sums.v1', z.object({ ...derived, n: z.int(), what: z.string() }), {
  writer: { processor: 'summer', rekeyed: false },
  retentionMs: -1,
});
const team = whoId('999999');

const stepper = processor({
  service: 'scoring',
  name: 'stepper',
  version: 1,
  inputs: [{ contract: jobs, kind: 'source', dedupe: (job) => (job as { id: string }).id }],
  outputs: [{ contract: steps, rekeyed: true }],
  decide(state: { n: number } | undefined, message: Message<typeof jobs>) {
    if (message.kind === 'wake') return { state };
    return { state: { n: (state?.n ?? 0) + 1 }, emit: [{ ...emit(steps, { what: message.data.id }), key: team }] };
  },
});
/** Counts: a step that came twice, or not at all, shows in every later sum. */
const summer = processor({
  service: 'scoring',
  name: 'summer',
  version: 1,
  inputs: [{ contract: steps, kind: 'ordered' }],
  outputs: [{ contract: sums }],
  decide(state: { n: number } | undefined, message: Message<typeof steps>) {
    if (message.kind === 'wake') return { state };
    const n = (state?.n ?? 0) + 1;
    return { state: { n }, emit: [emit(sums, { n, what: message.data.what })] };
  },
});
const names = ['stepper', 'summer'];
const described = [stepper, summer].map((one) => ({ processor: one, rules: undefined, rulesVersion: '1' }));

async function flowOf(from?: Topology, stores?: Map<string, MemoryStore>): Promise<Topology> {
  const flow = await topology(described, { partitions: 1, ...(from && { log: from.log, stores: stores ?? from.stores }) });
  if (from === undefined) await flow.clock(jobs, { clock: 'live' });
  return flow;
}
const write = (flow: Topology, from: number, to: number): Promise<void> =>
  flow.log.produce(
    Array.from({ length: to - from }, (_, n) => ({
      topic: 'test.jobs.v1',
      partition: 0,
      key: whoId(String(from + n)),
      value: JSON.stringify({ id: String(from + n), at: new Date().toISOString() }),
    })),
  );
const numbers = (flow: Topology): number[] => flow.read(sums).map(({ n }) => n);
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
const summed = (flow: Topology, n: number): Promise<void> =>
  until(
    () => numbers(flow).length >= n,
    () => JSON.stringify([numbers(flow), flow.status()]),
  );
const copy = (stores: ReadonlyMap<string, MemoryStore>): Map<string, MemoryStore> =>
  new Map(
    [...stores].map(([name, { rows }]) => {
      const store = new MemoryStore();
      for (const [key, row] of structuredClone(rows)) store.rows.set(key, row);
      return [name, store];
    }),
  );

async function resumed(flow: Topology): Promise<void> {
  await until(
    () => flow.status().length === 2 && flow.status().every(({ stopped }) => stopped),
    () => JSON.stringify(flow.status()),
  );
  for (const name of names) flow.store(name).resume(name, 0, { confirmed: true });
}

test('a database that went back, resumed, repeats nothing and loses nothing, whatever was lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(8), fc.integer({ min: 1, max: 8 }), fc.nat(5), async (kept, lost, after) => {
      const first = await flowOf();
      await write(first, 0, kept + 1);
      await summed(first, kept + 1);
      await first.stop();
      const backup = copy(first.stores);
      const second = await flowOf(first);
      await write(second, kept + 1, kept + 1 + lost);
      await summed(second, kept + 1 + lost);
      await second.stop();
      // Nobody is there when these come.
      await write(second, kept + 1 + lost, kept + 1 + lost + after);
      const third = await flowOf(second, backup);
      await resumed(third);
      const all = kept + 1 + lost + after;
      await write(third, all, all + 2);
      await summed(third, all + 2);
      await third.stop();
      expect(numbers(third)).toEqual(upTo(all + 2));
      const ids = third.read(sums).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }),
    { numRuns: 8 },
  );
}, 60_000);

test('a database that goes back twice to the same backup repeats nothing and loses nothing', async () => {
  let flow = await flowOf();
  await write(flow, 0, 3);
  await summed(flow, 3);
  await flow.stop();
  const backup = copy(flow.stores);
  for (const from of [3, 6, 9]) {
    flow = await flowOf(flow, copy(backup));
    if (from > 3) await resumed(flow);
    await write(flow, from, from + 3);
    await summed(flow, from + 3);
    await flow.stop();
  }
  expect(numbers(flow)).toEqual(upTo(12));
}, 60_000);

test.each([
  ['is shorter', 5, 0],
  ['has grown past the place where the task stood', 15, 600_000],
])(
  'a topic made anew that %s is read from its first record once the task is resumed',
  async (_case, calls, laterMs) => {
    const first = await flowOf();
    await write(first, 0, 10);
    await summed(first, 10);
    await first.stop();
    // As if the task had stood still for so long.
    const row = first.store('stepper').row('stepper', 0);
    row.task = { ...row.task, committedAt: (row.task.committedAt ?? 0) - laterMs };
    first.log.recreate('test.jobs.v1');
    await write(first, 100, 100 + calls);
    const next = await flowOf(first);
    await until(() => next.status().some(({ processor: name, stopped }) => name === 'stepper' && stopped));
    expect(next.status()[0]?.waitsFor).toContain('the topic was made anew');
    next.store('stepper').resume('stepper', 0, { confirmed: true });
    await summed(next, 10 + calls);
    await write(next, 100 + calls, 101 + calls);
    await summed(next, 11 + calls);
    await next.stop();
    expect(next.read(sums).map(({ what }) => what)).toEqual([
      ...Array.from({ length: 10 }, (_, n) => String(n)),
      ...Array.from({ length: calls + 1 }, (_, n) => String(100 + n)),
    ]);
  },
  60_000,
);
