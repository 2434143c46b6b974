import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { contract, derived, instant } from '#contracts';
import { emit, processor, type Message } from '#stream';
import type { StoredState } from '#stream/runtime';
import { MemoryStore, topology, whoId } from '#testing';

const start = Date.parse('2026-01-01T00:00:00Z');
const minute = 60_000;
const verbs = ['keep', 'look', 'forget'] as const;
type Verb = (typeof verbs)[number];
const orders = contract('orders.v1', z.object({ id: z.string(), at: instant, order: z.enum(verbs) }), { retentionMs: -1 });
const told = contract('told.v1', z.object({ ...derived, kept: z.int() }), {
  writer: { processor: 'keeper', rekeyed: false },
  retentionMs: -1,
});

/** Tells how often it was told to keep since it was last told to forget. */
const keeper = processor({
  service: 'scoring',
  name: 'keeper',
  version: 1,
  inputs: [{ contract: orders, kind: 'source' }],
  outputs: [{ contract: told }],
  decide(before: { kept: number } | undefined, message: Message<typeof orders>) {
    if (message.kind === 'wake') return { state: before };
    const { order } = message.data;
    const state =
      order === 'look' ? before : order === 'forget' ? undefined : { kept: (before === undefined ? 0 : before.kept) + 1 };
    return { state, emit: [emit(told, { kept: state === undefined ? 0 : state.kept })] };
  },
});

class Asked extends MemoryStore {
  readonly keys: string[] = [];

  override states(name: string, partition: number, keys: readonly string[]): Promise<StoredState[]> {
    this.keys.push(...keys);
    return super.states(name, partition, keys);
  }
}

interface Order {
  readonly who: number;
  readonly order: Verb;
}

/** The orders one a minute, in portions, each portion under an owner of its own or all under one. */
async function tellings(portions: readonly (readonly Order[])[], cached: number, restart: boolean) {
  const described = [{ processor: keeper, rules: undefined, rulesVersion: '1' }];
  const store = new Asked();
  const flow = await topology(described, {
    partitions: 1,
    tuning: { cacheBytes: cached * 400 },
    stores: new Map([['keeper', store]]),
  });
  await flow.clock(orders, { clock: 'driven', at: start });
  let n = 0;
  for (const portion of portions) {
    if (restart && n > 0) {
      await flow.stop();
      await flow.start();
    }
    for (const { who, order } of portion) {
      const at = new Date(start + ++n * minute).toISOString();
      await flow.replay(orders, { key: whoId(String(who)), data: { id: `o${String(n)}`, at, order } });
    }
    await flow.clock(orders, { clock: 'driven', at: start + n * minute + 1 });
    await flow.reached(start + n * minute + 1);
  }
  await flow.stop();
  return { told: flow.read(told).map(({ kept }) => kept), asked: store.keys };
}

function expected(given: readonly Order[]): number[] {
  const kept = new Map<number, number>();
  return given.map(({ who, order }) => {
    const now = order === 'forget' ? 0 : (kept.get(who) ?? 0) + (order === 'keep' ? 1 : 0);
    kept.set(who, now);
    return now;
  });
}

test('a state is what the last decision made it, whoever has it in memory: kept, taken away, never there', async () => {
  const order = fc.record({ who: fc.integer({ min: 1, max: 4 }), order: fc.constantFrom(...verbs) });
  const portions = fc.array(fc.array(order, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(portions, fc.integer({ min: 0, max: 4 }), fc.boolean(), async (given, cached, restart) => {
      expect((await tellings(given, cached, restart)).told).toEqual(expected(given.flat()));
    }),
    { numRuns: 40, examples: [[(['keep', 'forget', 'look'] as const).map((one) => [{ who: 1, order: one }]), 4, false]] },
  );
});

test('the database is asked once about somebody of whom nothing is kept, and by the next owner once more', async () => {
  const looks = Array.from({ length: 4 }, (): Order[] => [{ who: 1, order: 'look' }]);
  expect((await tellings(looks, 10, false)).asked).toHaveLength(1);
  expect((await tellings(looks, 10, true)).asked).toHaveLength(4);
});
