import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  heard,
  lanes,
  marks,
  MemoryLog,
  MemoryStore,
  pings,
  survivor,
  topology,
  until,
  whoId,
  type LaneRules,
  type LaneState,
  type Topology,
} from '#testing';
import { parseSeq, partitionOf, seqHeader, type Described } from '#stream';

const start = Date.parse('2026-01-01T00:00:00Z');
const minute = 60_000;
const end = start + 300 * minute;
const iso = (at: number): string => new Date(at).toISOString();
const oldRules: LaneRules = { name: 'old', weight: 1, quietMs: 20 * minute };
const newRules: LaneRules = { name: 'new', weight: 1_000, quietMs: 33 * minute };
const points = [
  'after-acquire',
  'before-commit',
  'after-commit',
  'before-publish',
  'after-publish',
  'before-switch',
  'after-switch',
  'after-sweep',
];
const deaths = fc.array(fc.record({ point: fc.constantFrom(...points), pass: fc.integer({ min: 1, max: 12 }) }), {
  maxLength: 4,
});

const storesOf = (described: readonly Described[]): Map<string, MemoryStore> =>
  new Map(described.map(({ processor: { name } }) => [name, new MemoryStore()]));
const tuning = { followMs: 4, swept: 2, silentRest: 0, silentBatch: 3 };

type History = readonly { readonly who: number; readonly m: number }[];

/** What one set of rules makes of a history, by the book: what it says, each with its instant, and the states at the end. */
function alone(history: History, { name, weight, quietMs }: LaneRules) {
  const said: { at: number; line: string }[] = [];
  const states = new Map<string, LaneState>();
  const quiet = (before: number): void => {
    for (const [who, { points: sum, since, quiet: still }] of states) {
      if (still || since + quietMs >= before) continue;
      said.push({ at: since + quietMs, line: `${iso(since + quietMs)} ${name} ${who} quiet ${String(sum)}` });
      states.set(who, { points: sum, since, quiet: true });
    }
  };
  for (const [n, { who, m }] of history.entries()) {
    const at = start + m * minute;
    quiet(at);
    const key = whoId(String(who));
    const sum = (states.get(key)?.points ?? 0) + weight * (n + 1);
    states.set(key, { points: sum, since: at, quiet: false });
    said.push({ at, line: `${iso(at)} ${name} ${key} known.v1 ${String(n)} ${String(sum)}` });
  }
  quiet(end);
  return { said, states };
}

const lines = (flow: Topology, contract: typeof marks | typeof heard): string[] =>
  flow
    .read(contract)
    .map(({ at, by, person_id, what, points: sum }) => `${at} ${by} ${person_id} ${what} ${String(sum)}`)
    .sort();

const isSwept = (store: MemoryStore, partitions: number): boolean =>
  Array.from({ length: partitions }, (_, p) => store.row('scorer', p)).every(
    ({ states, cursors, outbox, task }) =>
      states.size === 0 && cursors.size === 0 && outbox.length === 0 && task.successor !== null,
  );

describe('driven, a second lane', () => {
  test('takes over at its instant as if its rules had always been, whatever dies when', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ who: fc.integer({ min: 1, max: 5 }), m: fc.integer({ min: 0, max: 120 }) }), { maxLength: 40 }),
        fc.integer({ min: 0, max: 120 }),
        fc.boolean(),
        deaths,
        fc.integer({ min: 1, max: 7 }),
        async (unsorted, fromMinute, later, kills, portion) => {
          const history = [...unsorted].sort((a, b) => a.m - b.m);
          const from = start + fromMinute * minute;
          const both = lanes(oldRules, { rules: newRules, from });
          const log = new MemoryLog(2, () => portion);
          const stores = storesOf(both);
          const run = (): Promise<Topology> => topology(both, { log, stores, tuning });
          let flow = await (later ? topology(lanes(oldRules), { log, stores, tuning }) : run());
          const replayer = flow;
          const replay = (some: readonly (readonly [number, History[number]])[]): Promise<void> =>
            replayer.replay(
              pings,
              ...some.map(([n, { who, m }]) => ({
                key: String(who),
                data: { id: String(n), at: iso(start + m * minute), who: String(who), n },
              })),
            );
          await replayer.clock(pings, { clock: 'driven', at: start - minute });
          const rows = [...history.entries()];
          const early = rows.filter(([, { m }]) => later && m < fromMinute / 2);
          await replay(early);
          if (later) {
            await new Promise((resolve) => setTimeout(resolve, 3));
            await flow.kill();
            flow = await run();
          }
          await replay(rows.slice(early.length));
          flow = await survivor(flow, kills, run);
          await replayer.clock(pings, { clock: 'driven', at: end });
          await flow.reached(end);
          const store = flow.store('scorer');
          await until(() => isSwept(store, 2));
          await flow.stop();

          const [before, after] = [alone(history, oldRules), alone(history, newRules)];
          const expected = [
            ...before.said.filter(({ at }) => at < from).map(({ line }) => line),
            ...after.said.filter(({ at }) => at >= from).map(({ line }) => line),
          ].sort();
          expect(lines(flow, marks)).toEqual(expected);
          // The next service heard each of them once.
          expect(
            flow
              .read(heard)
              .map(({ by, what, points: sum }) => `${by} ${what} ${String(sum)}`)
              .sort(),
          ).toEqual(
            flow
              .read(marks)
              .map(({ by, what, points: sum }) => `${by} ${what} ${String(sum)}`)
              .sort(),
          );
          const states = store.all('scorer_b').map(({ key, state }) => [key, state] as const);
          expect(new Map(states)).toEqual(after.states);
        },
      ),
      { numRuns: 30 },
    );
  }, 120_000);
});

describe('live, a second lane', () => {
  test('takes over while people go on: each is counted once by one of the lanes, whatever dies when', async () => {
    await fc.assert(
      fc.asyncProperty(deaths, async (kills) => {
        const log = new MemoryLog(2);
        const quietMs = 60;
        const first = { ...oldRules, quietMs };
        const options = { log, tuning: { ...tuning, meetingMs: 40, meetMs: 100, silentRest: 1 } };
        const stores = storesOf(lanes(first));
        let flow = await topology(lanes(first), { ...options, stores });
        await flow.clock(pings, { clock: 'live' });
        const state = { n: 0, over: false };
        const feed = (async () => {
          for (; !state.over; state.n++) {
            const { n } = state;
            const who = String(n % 7);
            const key = whoId(who);
            await log.produce(
              n % 3 === 0
                ? [{ topic: 'test.nudges.v1', partition: partitionOf(key, 2), key, value: JSON.stringify({ id: String(n), n }) }]
                : [
                    {
                      topic: 'test.pings.v1',
                      partition: partitionOf(who, 2),
                      key: who,
                      value: JSON.stringify({ id: String(n), at: iso(Date.now()), who, n }),
                    },
                  ],
            );
            await new Promise((resolve) => setTimeout(resolve, 4));
          }
        })();
        await until(() => flow.read(marks).length > 20);
        await flow.kill();
        const both = lanes(first, { rules: { ...newRules, quietMs }, from: Date.now() + 100 });
        const run = (): Promise<Topology> => topology(both, { ...options, stores });
        flow = await survivor(await run(), kills, run, 80);
        const store = flow.store('scorer');
        await until(() => isSwept(store, 2));
        await new Promise((resolve) => setTimeout(resolve, 50));
        state.over = true;
        await feed;
        const sums = new Map<string, number>();
        await until(() => {
          const said = flow.read(marks);
          return (
            said.filter(({ what }) => what !== 'quiet').length >= state.n &&
            [
              ...new Map(
                said.filter(({ what }) => !what.startsWith('nudges')).map(({ person_id, what }) => [person_id, what]),
              ).values(),
            ].every((what) => what === 'quiet') &&
            flow.read(heard).length >= said.length
          );
        });
        await flow.stop();

        const said = flow.read(marks);
        const pinged = said.filter(({ what }) => what !== 'quiet');
        expect(pinged.map(({ what }) => Number(what.split(' ')[1])).sort((a, b) => a - b)).toEqual(
          Array.from({ length: state.n }, (_, n) => n),
        );
        expect(
          flow
            .read(heard)
            .map(({ by, what, points: sum }) => `${by} ${what} ${String(sum)}`)
            .sort(),
        ).toEqual(said.map(({ by, what, points: sum }) => `${by} ${what} ${String(sum)}`).sort());
        const last = new Map<string, string>();
        for (const { by, person_id, what, points: sum } of said) {
          // Whoever counts has counted all that the other one had.
          const n = Number(what.split(' ')[1] ?? -1);
          sums.set(person_id, (sums.get(person_id) ?? 0) + n + 1);
          expect([what, sum]).toEqual([what, (sums.get(person_id) ?? 0) * (by === 'old' ? 1 : 1_000)]);
          if (what === 'quiet') expect([person_id, last.get(person_id)]).not.toEqual([person_id, 'quiet']);
          if (!what.startsWith('nudges')) last.set(person_id, what);
        }
        for (const records of log.topics.get('test.marks.v1') ?? []) {
          const incarnations = records.flatMap(({ headers, value }) => {
            const seq = parseSeq(headers[seqHeader]);
            const { by } = JSON.parse(String(value)) as { by?: string };
            if (seq !== undefined) expect([by, seq.incarnation]).toEqual([by, by === 'old' ? 1 : 2]);
            return seq === undefined ? [] : [seq.incarnation];
          });
          expect(incarnations).toContain(2);
        }
        expect(store.tallies('scorer_b')['marks']).toBe(state.n);
      }),
      { numRuns: 8 },
    );
  }, 120_000);
});
