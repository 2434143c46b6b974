import { isDeepStrictEqual } from 'node:util';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { contract, derived, instant } from '#contracts';
import { MemoryLog, MemoryStore, survivor as survivorOfDeaths, topology, until, whoId, type Topology } from '#testing';
import { emit, handOversOf, mergeable, partitionOf, processor, survivorOf, union, type Merged, type Message } from '#stream';

const start = Date.parse('2026-01-01T00:00:00Z');
const minute = 60_000;
const iso = (at: number): string => new Date(at).toISOString();

const calls = contract('calls.v1', z.object({ id: z.string(), at: instant, n: z.int(), into: z.string().optional() }), {
  retentionMs: -1,
});
const words = contract('words.v1', z.object({ ...derived, n: z.int(), known: z.int() }), {
  writer: { processor: 'folk', rekeyed: false },
  retentionMs: -1,
});
const handOvers = handOversOf('folk', -1);

interface Folk {
  readonly ns: readonly number[];
}

/** Knows the numbers of all calls of a person. */
const folk = mergeable(
  processor({
    service: 'scoring',
    name: 'folk',
    version: 1,
    inputs: [{ contract: calls, kind: 'source' }],
    outputs: [{ contract: words }],
    decide: (state: Folk | undefined, message: Message<typeof calls>) => {
      if (message.kind === 'wake') return { state };
      const { n } = message.data;
      const ns = [...(state?.ns ?? []), n];
      return { state: { ns }, emit: [emit(words, { n, known: ns.length })] };
    },
  }),
  {
    handOvers,
    survivor: ({ data }) => data.into,
    handOver: ({ ns }) => ({ ns }),
    absorb: (state, other) => ({ ns: [...(state?.ns ?? []), ...(other as Folk).ns].sort((a, b) => a - b) }),
  },
);
const described = [{ processor: folk, rules: undefined, rulesVersion: '1' }];
const partitions = 3;

type Call = { readonly who: number; readonly into?: number | undefined };

/** Who is one with whom after all, by the book. */
function families(history: readonly Call[]): Map<number, ReadonlySet<number>> {
  const of = new Map<number, Set<number>>();
  for (const { who, into = who } of history) {
    const both = new Set([...(of.get(who) ?? [who]), ...(of.get(into) ?? [into])]);
    for (const one of both) of.set(one, both);
  }
  return of;
}

const call = fc.record({
  who: fc.integer({ min: 1, max: 7 }),
  into: fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined, freq: 2 }),
});
const points = ['after-acquire', 'before-commit', 'after-commit', 'before-publish', 'after-publish'];
const deaths = fc.array(fc.record({ point: fc.constantFrom(...points), pass: fc.integer({ min: 1, max: 12 }) }), {
  maxLength: 3,
});

test('merged people are one, whatever the order, repeats and circles of merges, and whatever dies when', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(call, { maxLength: 30 }),
      deaths,
      fc.integer({ min: 1, max: 7 }),
      fc.boolean(),
      async (history, kills, portion, live) => {
        const log = new MemoryLog(partitions, () => portion);
        const stores = new Map([['folk', new MemoryStore()]]);
        const run = (): Promise<Topology> => topology(described, { log, stores });
        let flow = await run();
        const replayer = flow;
        await flow.clock(calls, live ? { clock: 'live' } : { clock: 'driven', at: start });
        const give = (n: number, { who, into }: Call): Promise<void> =>
          replayer.replay(calls, {
            key: whoId(String(who)),
            data: {
              id: String(n),
              at: iso(start + n * minute),
              n,
              ...(into !== undefined && { into: whoId(String(into)) }),
            },
          });
        for (const [n, one] of history.entries()) await give(n, one);
        flow = await survivorOfDeaths(flow, kills, run);
        const store = flow.store('folk');
        if (!live) await replayer.clock(calls, { clock: 'driven', at: start + 1_000 * minute });

        const of = families(history);
        const everybody = [1, 2, 3, 4, 5, 6, 7];
        const named = (who: number): ReadonlySet<number> => of.get(who) ?? new Set([who]);
        const merges = history.flatMap(({ who, into = who }) =>
          into === who ? [] : [{ who, merge: [whoId(String(who)), whoId(String(into))] as const }],
        );
        const mergesOf = (who: number) =>
          union(
            [],
            merges.filter((one) => named(who).has(one.who)).map(({ merge }) => merge),
          );
        const chiefOf = (who: number): string => survivorOf(mergesOf(who), whoId(String(who)));
        const expected = new Map<string, number[]>();
        const counts = (who: number, n: number): void => {
          const chief = chiefOf(who);
          expected.set(
            chief,
            [...(expected.get(chief) ?? []), n].sort((a, b) => a - b),
          );
        };
        for (const [n, { who, into }] of history.entries()) if (into === undefined) counts(who, n);
        const known = () => new Map(store.all('folk').map(({ key, state }) => [key, state as Merged<Folk>]));
        const held = (): Map<string, number[]> =>
          new Map(
            [...known()].flatMap(([key, { own }]) =>
              own === undefined ? [] : [[key, own.ns.toSorted((a, b) => a - b)] as const],
            ),
          );
        const isOver = (): boolean =>
          everybody.every((who) => isDeepStrictEqual(known().get(whoId(String(who)))?.merges ?? [], mergesOf(who))) &&
          isDeepStrictEqual(held(), new Map(expected));
        await until(isOver, () => JSON.stringify([[...expected], [...known()]]), 5_000);

        // Afterwards a call of anybody is a word of the one who goes on.
        for (const who of everybody) {
          const n = history.length + who;
          await log.produce([
            {
              topic: 'test.calls.v1',
              partition: partitionOf(whoId(String(who)), partitions),
              key: whoId(String(who)),
              value: JSON.stringify({ id: String(n), at: iso(Date.now()), n }),
            },
          ]);
          counts(who, n);
        }
        await until(isOver, () => JSON.stringify([[...expected], [...known()]]), 5_000);
        await until(() => flow.read(words).length >= [...expected.values()].flat().length);
        await flow.stop();
        expect(held()).toEqual(expected);
        const said = flow.read(words);
        expect(said.map(({ n }) => n).sort((a, b) => a - b)).toEqual([...expected.values()].flat().sort((a, b) => a - b));
        for (const who of everybody) expect(said.find(({ n }) => n === history.length + who)?.person_id).toBe(chiefOf(who));
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);

test.each([
  [
    'follows a chain to its end',
    [
      ['b', 'c'],
      ['a', 'b'],
    ],
    'a',
    'c',
  ],
  [
    'takes the smallest key of a circle',
    [
      ['b', 'c'],
      ['c', 'b'],
    ],
    'c',
    'b',
  ],
  [
    'takes the end that a circle leads to',
    [
      ['a', 'b'],
      ['b', 'a'],
      ['b', 'd'],
    ],
    'a',
    'd',
  ],
  [
    'takes the smaller of two ends',
    [
      ['b', 'd'],
      ['b', 'c'],
    ],
    'd',
    'c',
  ],
  ['is the person where there is no merge', [], 'a', 'a'],
] as const)('the survivor %s', (_, merges, key, chief) => {
  expect(survivorOf(merges, key)).toBe(chief);
});
