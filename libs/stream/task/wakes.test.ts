import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { v5 as uuidv5 } from 'uuid';
import { z } from 'zod';
import { contract, derived, instant, namespace } from '#contracts';
import { MemoryLog, MemoryStore, topology, until, whoId, type Topology } from '#testing';
import { emit, onFailPoint, processor, type Message } from '#stream';

const start = Date.parse('2026-01-01T00:00:00Z');
const minute = 60_000;
const jobs = contract('jobs.v1', z.object({ id: z.string(), at: instant, inMinutes: z.int() }), { retentionMs: -1 });
const done = contract('done.v1', z.object({ ...derived, what: z.string() }), {
  writer: { processor: 'timer', rekeyed: false },
  retentionMs: -1,
});

interface State {
  readonly due?: number;
  readonly points: number;
  readonly since: number;
}
interface Rules {
  readonly earlierMs: number;
}
let lazy = false;

/** A decaying score and a timer: `points` would differ in its last digit if it were touched once more than needed. */
const timer = processor({
  service: 'scoring',
  name: 'timer',
  version: 1,
  inputs: [{ contract: jobs, kind: 'source' }],
  outputs: [{ contract: done }],
  decide(state: State | undefined, message: Message<typeof jobs>, rules: Rules) {
    if (message.kind === 'record') {
      const points = 1 + (state === undefined ? 0 : state.points * 0.5 ** ((message.at - state.since) / 7_000_000));
      return {
        state: { points, since: message.at, due: message.at + message.data.inMinutes * minute },
        emit: [emit(done, { what: message.data.id })],
      };
    }
    if (state?.due === undefined || message.named < state.due - rules.earlierMs) return { state };
    return {
      state: { points: state.points, since: state.since },
      emit: [emit(done, { what: `wake at ${new Date(message.named).toISOString()} with ${String(state.points)}` })],
    };
  },
  // Asked too early on purpose: a wake that comes for nothing.
  wakeAt: ({ due, since }: State, { earlierMs }: Rules) =>
    due === undefined ? undefined : lazy ? due - earlierMs : Math.max(since, due - earlierMs),
});

const flowOf = (
  options: Parameters<typeof topology>[1] = {},
  rules: Rules & { version?: string } = { earlierMs: 0 },
): Promise<Topology> =>
  topology([{ processor: timer, rules, rulesVersion: rules.version ?? '1' }], { partitions: 1, ...options });
const job = (id: string, who: number, m: number, inMinutes: number) => ({
  key: whoId(String(who)),
  data: { id, at: new Date(start + m * minute).toISOString(), inMinutes },
});
const said = (flow: Topology): string[] =>
  flow.read(done).map(({ person_id, at, what }) => `${person_id.slice(-3)} ${at} ${what}`);

describe('wakes', () => {
  afterEach(() => {
    onFailPoint(undefined);
    lazy = false;
  });

  test('lazy and early ones change nothing, not the last digit', async () => {
    const rows = fc
      .array(
        fc.record({
          who: fc.integer({ min: 1, max: 3 }),
          minute: fc.integer({ min: 0, max: 100 }),
          inMinutes: fc.integer({ min: 1, max: 60 }),
        }),
        { minLength: 1, maxLength: 20 },
      )
      .map((all) => all.sort((a, b) => a.minute - b.minute));
    await fc.assert(
      fc.asyncProperty(rows, fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 10 }), async (history, disturbances) => {
        const run = async (disturbed: boolean) => {
          const flow = await flowOf();
          await flow.clock(jobs, { clock: 'driven', at: start });
          const ticks = disturbed ? history.length : 1;
          for (const [n, { who, minute: m, inMinutes }] of history.entries()) {
            await flow.replay(jobs, job(`j${String(n)}`, who, m, inMinutes));
            if (disturbed && n % Math.ceil(history.length / ticks) === 0) {
              await flow.clock(jobs, { clock: 'driven', at: start + m * minute });
              await flow.reached(start + m * minute);
              // Columns that are earlier than wakeAt: as a lazily moved timer leaves them, and earlier still.
              const { states } = flow.store('timer').row('timer', 0);
              for (const [key, state] of states)
                if (state.wakeAt !== null)
                  states.set(key, {
                    ...state,
                    wakeAt: state.wakeAt - (disturbances[n % (disturbances.length || 1)] ?? 0) * minute,
                  });
            }
          }
          await flow.clock(jobs, { clock: 'driven', at: start + 1_000 * minute });
          await flow.reached(start + 1_000 * minute);
          await flow.stop();
          return {
            said: said(flow).sort(),
            states: flow
              .store('timer')
              .all('timer')
              .map(({ key, state }) => ({ key, state })),
          };
        };
        expect(await run(true)).toEqual(await run(false));
      }),
      { numRuns: 20 },
    );
  });

  test('a later timer is not written for its own sake, an earlier one is', async () => {
    const flow = await flowOf();
    await flow.clock(jobs, { clock: 'driven', at: start });
    const column = async (m: number): Promise<number | null | undefined> => {
      await flow.clock(jobs, { clock: 'driven', at: start + m * minute });
      await flow.reached(start + m * minute);
      return flow.store('timer').all('timer')[0]?.wakeAt;
    };
    await flow.replay(jobs, job('a', 1, 0, 50));
    expect(await column(1)).toBe(start + 50 * minute);
    await flow.replay(jobs, job('b', 1, 2, 90));
    expect(await column(3)).toBe(start + 50 * minute);
    await flow.replay(jobs, job('c', 1, 4, 10));
    expect(await column(5)).toBe(start + 14 * minute);
    await flow.stop();
  });

  test('a timer earlier than all others fires in its time, also when the task had looked when the first one is due', async () => {
    const flow = await flowOf();
    await flow.clock(jobs, { clock: 'driven', at: start });
    await flow.replay(jobs, job('a', 1, 0, 60));
    for (const m of [1, 2, 3]) {
      await flow.clock(jobs, { clock: 'driven', at: start + m * minute });
      await flow.reached(start + m * minute);
    }
    await flow.replay(jobs, job('b', 2, 4, 10));
    for (const m of [5, 20]) {
      await flow.clock(jobs, { clock: 'driven', at: start + m * minute });
      await flow.reached(start + m * minute);
    }
    const now = said(flow);
    await flow.stop();
    expect(now.filter((line) => line.includes('wake'))).toMatchObject([
      expect.stringMatching(/^002 2026-01-01T00:14:00.000Z wake at 2026-01-01T00:14/),
    ]);
  });

  test.each([2_000, 3])('driven, those of one instant come by key (%d in a transaction)', async (wakesDriven) => {
    const flow = await flowOf({ tuning: { wakesDriven } });
    await flow.clock(jobs, { clock: 'driven', at: start });
    const people = [7, 3, 9, 1, 8, 2, 6, 4, 5];
    await flow.replay(jobs, ...people.map((who) => job(`j${String(who)}`, who, 0, 60)));
    for (const m of [1, 61]) {
      await flow.clock(jobs, { clock: 'driven', at: start + m * minute });
      await flow.reached(start + m * minute);
    }
    await flow.stop();
    const woken = flow.read(done).filter(({ what }) => what.startsWith('wake'));
    expect(woken.map(({ person_id }) => Number(person_id.slice(-1)))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('rules that changed re-time them, once, also when the process dies half-way', async () => {
    const log = new MemoryLog(1);
    const stores = new Map([['timer', new MemoryStore()]]);
    const first = await flowOf({ log, stores });
    await first.clock(jobs, { clock: 'driven', at: start });
    await first.replay(jobs, ...Array.from({ length: 2_500 }, (_, n) => job(`j${String(n)}`, n, 0, 60)));
    await first.clock(jobs, { clock: 'driven', at: start + minute });
    await first.reached(start + minute);
    await first.stop();

    let commits = 0;
    onFailPoint((name) => {
      if (name === 'after-commit' && ++commits >= 2) throw new Error('dead');
    });
    const dying = await flowOf({ log, stores }, { earlierMs: 30 * minute, version: '2' });
    await until(() => commits >= 2);
    await dying.kill();
    onFailPoint(undefined);
    const columns = (): (number | null)[] => [
      ...new Set(
        stores
          .get('timer')
          ?.all('timer')
          .map(({ wakeAt }) => wakeAt),
      ),
    ];
    expect(columns()).toHaveLength(2);

    const next = await flowOf({ log, stores }, { earlierMs: 30 * minute, version: '2' });
    await until(
      () => columns().length === 1,
      () => JSON.stringify(columns()),
    );
    expect(columns()).toEqual([start + 30 * minute]);
    await first.clock(jobs, { clock: 'driven', at: start + 31 * minute });
    await next.reached(start + 31 * minute);
    await next.stop();
    expect(
      next
        .read(done)
        .filter(({ what }) => what.startsWith('wake'))
        .map(({ at }) => at),
    ).toEqual(Array.from({ length: 2_500 }, () => new Date(start + 30 * minute).toISOString()));
    expect(stores.get('timer')?.row('timer', 0).task.rulesVersion).toBe('2');
  });

  test('live and late, a wake is stamped with the time it is taken at; its id is that of the instant it was named for', async () => {
    const flow = await flowOf({ now: () => start + 60 * minute });
    flow
      .store('timer')
      .row('timer', 0)
      .states.set(whoId('1'), {
        wakeAt: start,
        version: 1,
        state: JSON.stringify({ points: 1, since: start - minute, due: start } satisfies State),
      });
    await flow.clock(jobs, { clock: 'live' });
    await until(() => flow.read(done).length === 1);
    await flow.stop();
    const [message] = flow.read(done);
    expect(message?.what).toMatch(new RegExp(`^wake at ${new Date(start).toISOString()}`));
    expect(message?.at).toBe(new Date(start + 60 * minute).toISOString());
    const id = uuidv5(`timer/${whoId('1')}/${String(start)}`, namespace);
    expect(message?.cause).toEqual({ id, processor: 'timer', wake_at: new Date(start).toISOString() });
    expect(message?.id).toBe(uuidv5('timer/0', id));
  });

  test('idle, time is not moved for its own sake, and at once when a wake is due', async () => {
    let now = start;
    const flow = await flowOf({ now: () => now, tuning: { idleMs: 1e9 } });
    await flow.clock(jobs, { clock: 'live' });
    const { key, data } = job('a', 1, 0, 10);
    await flow.log.produce([{ topic: 'test.jobs.v1', partition: 0, key, value: JSON.stringify(data) }]);
    await until(() => said(flow).length === 1);
    const before = flow.status()[0]?.transactions ?? 0;
    for (let m = 1; m < 10; m++) {
      now = start + m * minute;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    // One more may clear what was published.
    expect((flow.status()[0]?.transactions ?? 0) - before).toBeLessThanOrEqual(1);
    now = start + 11 * minute;
    await until(
      () => said(flow).length === 2,
      () => JSON.stringify(flow.status()),
    );
    await flow.stop();
  });

  test("100,000 people due at one instant, live: others' records go on meanwhile, each person's wake comes before their next record", async () => {
    const people = 100_000;
    const now = start + 60 * minute;
    const flow = await flowOf({ now: () => now, portion: () => 100, tuning: { idleMs: 0, cacheBytes: 40_000 } });
    const { states } = flow.store('timer').row('timer', 0);
    for (let n = 0; n < people; n++)
      states.set(whoId(String(n)), {
        wakeAt: start,
        version: 1,
        state: JSON.stringify({ points: 1, since: start - minute, due: start } satisfies State),
      });
    const published = (): number => flow.log.topics.get('test.done.v1')?.[0]?.length ?? 0;
    const reached = (count: number): Promise<void> =>
      until(
        () => published() >= count,
        () => `${String(published())} ${JSON.stringify(flow.status())}`,
      );
    await flow.clock(jobs, { clock: 'live' });
    const sent: { readonly behind: number; readonly ids: ReadonlySet<string> }[] = [];
    for (const [round, share] of [0, 0.2, 0.4, 0.6, 0.8].entries()) {
      await reached(share * people);
      const jobsNow = Array.from({ length: 100 }, (_, i) => {
        const n = round * 100 + i;
        // Every third is one of those who are due, of the last of them; the others are new.
        return job(`r${String(n)}`, n % 3 === 0 ? people - 1 - n : people + n, 60, 1_000);
      });
      sent.push({ behind: published(), ids: new Set(jobsNow.map(({ data }) => data.id)) });
      await flow.log.produce(
        jobsNow.map(({ key, data }) => ({ topic: 'test.jobs.v1', partition: 0, key, value: JSON.stringify(data) })),
      );
    }
    await until(
      () => [...states.values()].every(({ wakeAt }) => wakeAt !== start) && flow.status()[0]?.taken === 500,
      () => JSON.stringify(flow.status()),
    );
    await flow.stop();

    const all = flow.read(done);
    // A few portions of 500 wakes may have been under way; the hundred thousand are not waited for.
    for (const { behind, ids } of sent) {
      const places = all.flatMap(({ what }, i) => (ids.has(what) ? [i] : []));
      expect(places).toHaveLength(100);
      expect((places.at(-1) ?? Infinity) - behind).toBeLessThan(3_000);
    }
    const woken = new Set<string>();
    let early = 0;
    let twice = 0;
    for (const { person_id, what } of all) {
      if (what.startsWith('wake')) {
        if (woken.has(person_id)) twice++;
        woken.add(person_id);
      } else if (Number(person_id.slice(-12)) < people && !woken.has(person_id)) early++;
    }
    expect([woken.size, twice, early]).toEqual([people, 0, 0]);
  });
});

describe('versions of states', () => {
  const newer = processor({
    ...timer,
    version: 3,
    upgrades: {
      1: (state: State) => ({ ...state, points: state.points * 100 }),
      2: (state: State) => ({ ...state, due: state.due === undefined ? undefined : state.due - 10 * minute }),
    },
  });
  const rules = { earlierMs: 0 };

  test('are upgraded step by step, timers too; an older member does not run the task', async () => {
    const log = new MemoryLog(1);
    const stores = new Map([['timer', new MemoryStore()]]);
    const first = await flowOf({ log, stores });
    await first.clock(jobs, { clock: 'driven', at: start });
    await first.replay(jobs, job('a', 1, 0, 60), job('b', 2, 0, 60));
    await first.clock(jobs, { clock: 'driven', at: start + minute });
    await first.reached(start + minute);
    await first.stop();
    const next = await topology([{ processor: newer, rules, rulesVersion: '1' }], { log, stores });
    await first.clock(jobs, { clock: 'driven', at: start + 55 * minute });
    await next.reached(start + 55 * minute);
    await next.stop();
    expect(
      next
        .read(done)
        .filter(({ what }) => what.startsWith('wake'))
        .map(({ what, at }) => `${what} ${at}`),
    ).toEqual(
      Array.from(
        { length: 2 },
        () => `wake at ${new Date(start + 50 * minute).toISOString()} with 100 ${new Date(start + 50 * minute).toISOString()}`,
      ),
    );
    expect(
      stores
        .get('timer')
        ?.all('timer')
        .map(({ version }) => version),
    ).toEqual([3, 3]);

    const older = await flowOf({ log, stores });
    await first.replay(jobs, job('c', 1, 56, 60));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(older.status()[0]?.taken).toBe(0);
    await older.stop();
    expect(stores.get('timer')?.row('timer', 0).task.stateVersion).toBe(3);
  });
});
