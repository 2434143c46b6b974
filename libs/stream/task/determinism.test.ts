import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { diary, known, naps, pings, topology, toys, until, type Topology } from '#testing';
import { onFailPoint, parseSeq, parseWatermark, seqHeader, type LogRecord } from '#stream';

const start = Date.parse('2026-01-01T00:00:00Z');
const minute = 60_000;
type History = readonly { who: string; minute: number }[];

const histories: fc.Arbitrary<History> = fc
  .array(fc.record({ who: fc.constantFrom('1', '2', '3', '4', '5', '6', '7'), minute: fc.integer({ min: 0, max: 600 }) }), {
    minLength: 1,
    maxLength: 60,
  })
  .map((rows) => rows.sort((a, b) => a.minute - b.minute));

const ping = ({ who, minute: m }: History[number], n: number) => ({
  key: who,
  data: { id: `ping-${String(n)}`, at: new Date(start + m * minute).toISOString(), who, n },
});

/** Replays a history with a clock record every `tick` minutes in which something happens, and one at the end. */
async function replay(flow: Topology, history: History, tick: number): Promise<void> {
  await flow.clock(pings, { clock: 'driven', at: start });
  let ticked = 0;
  for (const [n, row] of history.entries()) {
    const now = Math.floor(row.minute / tick);
    if (now > ticked) {
      ticked = now;
      await flow.clock(pings, { clock: 'driven', at: start + now * tick * minute });
    }
    await flow.replay(pings, ping(row, n));
  }
  await flow.clock(pings, { clock: 'driven', at: end });
}
const end = start + 2_000 * minute;

const result = (flow: Topology) => ({
  naps: flow
    .read(naps)
    .map(({ id, at, person_id, count }) => ({ id, at, person_id, count }))
    .sort((a, b) => (a.id < b.id ? -1 : 1)),
  diary: flow
    .read(diary)
    .map(({ id, at, person_id, line }) => ({ id, at, person_id, line }))
    .sort((a, b) => (a.id < b.id ? -1 : 1)),
  known: flow
    .read(known)
    .map(({ id, at }) => ({ id, at }))
    .sort((a, b) => (a.id < b.id ? -1 : 1)),
  tallies: ['router', 'sleeper'].map((name) => flow.stores.get(name)?.tallies(name)),
});

const originOf = (record: LogRecord): string | undefined =>
  parseSeq(record.headers[seqHeader])?.origin ?? parseWatermark(record)?.origin;

async function run(
  history: History,
  options: { partitions?: number; tick: number; portion?: () => number; batch?: number; wakes?: number },
) {
  const flow = await topology(toys, {
    partitions: options.partitions ?? 2,
    ...(options.portion === undefined ? {} : { portion: options.portion }),
    tuning: { batch: options.batch ?? 5_000, wakesDriven: options.wakes ?? 2_000 },
  });
  await replay(flow, history, options.tick);
  await flow.reached(end);
  await flow.stop();
  return result(flow);
}

describe('driven, the same messages with the same ids come out', () => {
  afterEach(() => {
    onFailPoint(undefined);
  });

  test('whatever the ticks, the fetches, the batches and the portions of wakes', async () => {
    await fc.assert(
      fc.asyncProperty(
        histories,
        fc.constantFrom(7, 15, 60, 1_000),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom(1, 3, 5_000),
        fc.constantFrom(1, 2, 2_000),
        async (history, tick, portion, batch, wakes) => {
          const expected = await run(history, { tick: 15 });
          let n = 0;
          const actual = await run(history, { tick, portion: () => 1 + (n++ % portion), batch, wakes });
          expect(actual).toEqual(expected);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('whatever the order in which the origins of a re-keyed hop arrive', async () => {
    const readers = toys.filter(({ processor }) => processor.name !== 'router');
    await fc.assert(
      fc.asyncProperty(
        histories,
        fc.constantFrom(2, 3),
        fc.array(fc.nat(), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 9 }),
        async (history, partitions, choices, portion) => {
          const first = await topology(toys, { partitions });
          await replay(first, history, 15);
          await first.reached(end);
          await first.stop();
          const { naps: slept, diary: lines } = result(first);

          const second = await topology(readers, { partitions, portion: () => portion });
          let n = 0;
          for (const [partition, records] of (first.log.topics.get('test.known.v1') ?? []).entries()) {
            // Each origin in its own order, and between them any.
            const origins = [...Map.groupBy(records, originOf).values()];
            while (origins.length > 0) {
              const which = (choices[n++ % choices.length] ?? 0) % origins.length;
              const { key, value, headers } = origins[which]?.shift() as LogRecord;
              if (origins[which]?.length === 0) origins.splice(which, 1);
              await second.log.produce([{ topic: 'test.known.v1', partition, key, value, headers }]);
            }
          }
          await second.reached(end);
          await second.stop();
          const again = result(second);
          expect({ naps: again.naps, diary: again.diary }).toEqual({ naps: slept, diary: lines });
        },
      ),
      { numRuns: 25 },
    );
  });

  test('after a death at any step', async () => {
    await fc.assert(
      fc.asyncProperty(
        histories,
        fc.constantFrom('after-acquire', 'before-commit', 'after-commit', 'before-publish', 'after-publish'),
        fc.integer({ min: 1, max: 40 }),
        async (history, point, pass) => {
          const expected = await run(history, { tick: 15 });
          let left = pass;
          let dead: Topology | undefined;
          const first = await topology(toys, { partitions: 2, portion: () => 3, tuning: { batch: 5 } });
          onFailPoint((name) => {
            if (dead !== undefined) throw new Error('dead');
            if (name !== point || --left > 0) return;
            dead = first;
            throw new Error('killed');
          });
          await replay(first, history, 15);
          await Promise.race([until(() => dead !== undefined), first.reached(end)]);
          await first.kill();
          onFailPoint(undefined);
          const second = await topology(toys, { log: first.log, stores: first.stores, partitions: 2 });
          await second.reached(end);
          await second.stop();
          expect(result(second)).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('each person sleeps an hour after the last ping, and a ping at that very instant prevents it', async () => {
    const { naps: slept } = await run(
      [
        { who: '1', minute: 0 },
        { who: '2', minute: 0 },
        { who: '3', minute: 0 },
        { who: '2', minute: 60 },
        { who: '3', minute: 61 },
      ],
      { tick: 15 },
    );
    const at = (m: number): string => new Date(start + m * minute).toISOString();
    expect(slept.map(({ at: when, count }) => `${when} ${String(count)}`).sort()).toEqual([
      `${at(60)} 1`,
      `${at(60)} 1`,
      `${at(120)} 2`,
      `${at(121)} 2`,
    ]);
  });
});
