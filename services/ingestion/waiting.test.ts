import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { collected, identified } from '#contracts';
import type { AnyProcessor } from '#stream';
import type { Commit } from '#stream/runtime';
import { MemoryLog, MemoryStore, topology, until } from '#testing';
import { collect } from './domain/collect.ts';
import { limits } from './domain/identity.ts';
import { identity } from './identity.processor.ts';

type Call = Readonly<Record<string, unknown>>;
const start = Date.parse('2026-03-01T12:00:00.000Z');
const { list: _, ...whole } = identity;
/** The same with the list in the text of its state, as it was before. */
const inline: AnyProcessor = { ...whole, version: 2, upgrades: { 1: identity.upgrades?.[1] as (state: never) => unknown } };

/** Counts bytes of states and of their rows, as they go to the database. */
class Measured extends MemoryStore {
  written = 0;

  override commit(commit: Commit): Promise<boolean> {
    for (const { text = '', change } of commit.states)
      this.written += text.length + (change?.added ?? []).reduce((sum, item) => sum + item.text.length, 0);
    return super.commit(commit);
  }
}

const accepted = (call: Call, n: number) => {
  const arrivedAt = start + n * 1000;
  const verdict = collect({ type: 'page', messageId: `m${String(n)}`, ...call }, { source: 's', arrivedAt });
  if (!verdict.accepted) throw new Error(verdict.reason);
  return { key: verdict.key, data: verdict.value };
};

interface Portion {
  readonly calls: readonly Call[];
  /** What ends its owner: an orderly stop, or a kill before or after all of it is taken; or a COMMIT whose answer is lost. */
  readonly end: 'stop' | 'kill early' | 'kill' | 'lost answer';
}

/** One call a second, each portion under an owner of its own that is of the next of the builds; what became of the people. */
async function history(portions: readonly Portion[], ...builds: readonly [AnyProcessor, ...AnyProcessor[]]) {
  const options = {
    partitions: 1,
    log: new MemoryLog(1),
    stores: new Map([['identity', new MemoryStore()]]),
    tuning: { cacheBytes: 600 },
  };
  const store = options.stores.get('identity') as MemoryStore;
  let n = 0;
  const owner = (place: number) => {
    const processor = builds[Math.min(place, builds.length - 1)] as AnyProcessor;
    return topology([{ processor, rules: undefined, rulesVersion: '1' }], options);
  };
  let flow = await owner(0);
  const once = flow;
  await once.clock(collected, { clock: 'driven', at: start });
  for (const [place, { calls, end }] of portions.entries()) {
    if (end === 'lost answer') store.loseAnswerAfter = 1;
    await once.replay(collected, ...calls.map((call) => accepted(call, ++n)));
    const reached = start + n * 1000 + 1;
    await once.clock(collected, { clock: 'driven', at: reached });
    if (end !== 'kill early') await flow.reached(reached);
    store.loseAnswerAfter = Infinity;
    await (end === 'stop' ? flow.stop() : flow.kill());
    flow = await owner(place + 1);
  }
  await once.clock(collected, { clock: 'driven', at: start + n * 1000 + 86_400_000 });
  await flow.reached(start + n * 1000 + 86_400_000);
  await flow.stop();
  const known = flow.read(identified).map(({ person_id, type, message_id, at }) => [person_id, type, message_id, at]);
  const { items } = store.row('identity', 0);
  return { known, tallies: store.tallies('identity'), rows: [...items.values()].flat().length };
}

const who = fc.constantFrom('a', 'b');
const call = fc.oneof(
  { weight: 8, arbitrary: who.map((anonymousId): Call => ({ anonymousId })) },
  { weight: 1, arbitrary: who.map((anonymousId): Call => ({ anonymousId, properties: { x: 'x'.repeat(30_000) } })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(who, fc.constantFrom('u', 'v'))
      .map(([anonymousId, userId]): Call => ({ type: 'identify', anonymousId, userId })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(who, fc.constantFrom('u', 'v'))
      .map(([previousId, userId]): Call => ({ type: 'alias', previousId, userId })),
  },
);
const ends = fc.constantFrom<Portion['end']>('stop', 'kill early', 'kill', 'lost answer');
const portion = fc.oneof(
  { weight: 3, arbitrary: fc.record({ calls: fc.array(call, { maxLength: 25 }), end: ends }) },
  // More than one release takes, so that it is still under way when its owner dies.
  {
    weight: 1,
    arbitrary: fc.record({ calls: fc.constant(Array.from({ length: 230 }, (): Call => ({ anonymousId: 'a' }))), end: ends }),
  },
);

test('people get the same joined history as when the whole list was one value, whoever dies when', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(portion, { minLength: 1, maxLength: 3 }), async (portions) => {
      const rows = await history(portions, identity);
      const one = await history(
        portions.map((p) => ({ ...p, end: 'stop' as const })),
        inline,
      );
      const mended = await history(portions, inline, identity);
      expect(rows.known).toEqual(one.known);
      expect(mended.known).toEqual(one.known);
      expect(rows.tallies).toEqual(one.tallies);
      expect(rows.rows).toBe(rows.tallies['waiting'] ?? 0);
    }),
    { numRuns: 10 },
  );
});

test('a view of a visitor with 600 views writes no more bytes than that of a visitor with ten', async () => {
  const store = new Measured();
  const log = new MemoryLog(1);
  const flow = await topology([{ processor: identity, rules: undefined, rulesVersion: '1' }], {
    partitions: 1,
    log,
    stores: new Map([['identity', store]]),
    tuning: { batch: 1 },
  });
  await flow.clock(collected, { clock: 'driven', at: start });
  const cost = async (from: number, count: number): Promise<number> => {
    const before = store.written;
    const calls = Array.from({ length: count }, (_unused, n) =>
      accepted({ anonymousId: 'a', properties: { url: '/products/1' } }, from + n),
    );
    await flow.replay(collected, ...calls);
    await flow.clock(collected, { clock: 'driven', at: start + (from + count) * 1000 });
    await flow.reached(start + (from + count) * 1000);
    return (store.written - before) / count;
  };
  const first = await cost(1, 10);
  await cost(11, 589);
  const last = await cost(600, 10);
  const full = await cost(610, limits.waiting);
  await flow.stop();
  expect(last).toBeLessThan(first + 20);
  expect(full).toBeLessThan(first + 20);
  expect(store.tallies('identity')).toMatchObject({ waiting: limits.waiting, waiting_dropped: 619 - 10 });
});

test('an anonymous id that was forgotten leaves no row behind', async () => {
  const store = new MemoryStore();
  const flow = await topology([{ processor: identity, rules: { lifetimeMs: 60_000 }, rulesVersion: '1' }], {
    partitions: 1,
    stores: new Map([['identity', store]]),
  });
  await flow.clock(collected, { clock: 'driven', at: start });
  await flow.replay(collected, accepted({ anonymousId: 'a' }, 1), accepted({ anonymousId: 'a' }, 2));
  await flow.clock(collected, { clock: 'driven', at: start + 10_000 });
  await flow.reached(start + 10_000);
  expect([...store.row('identity', 0).items.values()].flat()).toHaveLength(2);
  await flow.clock(collected, { clock: 'driven', at: start + 100_000 });
  await flow.reached(start + 100_000);
  await until(() => store.all('identity').length === 0);
  expect([...store.row('identity', 0).items.values()].flat()).toEqual([]);
  await flow.stop();
});
