import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  afterCommits,
  announcements,
  ends,
  followers,
  jobs,
  MemoryLog,
  MemoryStore,
  steps,
  survivor,
  topology,
  until,
  whoId,
  type FollowedRules as Rules,
  type FollowerState as State,
  type Topology,
  type TopologyOptions,
} from '#testing';
import { onFailPoint, type Logger } from '#stream';

const start = Date.parse('2026-01-01T00:00:00Z');
const minute = 60_000;
const iso = (at: number): string => new Date(at).toISOString();

const announce = (log: MemoryLog, ...values: readonly unknown[]): Promise<void> =>
  log.produce(
    values.map((value) => ({
      topic: 'test.books.v1',
      partition: 0,
      key: null,
      value: typeof value === 'string' ? value : JSON.stringify(value),
    })),
  );
const rules = (name: string, quietMs: number, from?: number) => ({ from, content: { name, quietMs } });

const flowOf = (log: MemoryLog, stores: Map<string, MemoryStore>, options: TopologyOptions = {}): Promise<Topology> =>
  topology(followers, { log, stores, announcements: announcements(300), ...options });
const storesOf = (): Map<string, MemoryStore> => new Map(followers.map(({ processor: { name } }) => [name, new MemoryStore()]));

afterEach(() => {
  onFailPoint(undefined);
});

/** What the rules in force at each instant make of a history, by the book. */
function expected(
  history: readonly { who: number; m: number }[],
  books_: readonly { from: number; rules: Rules }[],
  until_: number,
) {
  const at = (instant_: number): Rules => (books_.findLast(({ from }) => from <= instant_) ?? books_[0])?.rules as Rules;
  const lines: string[] = [];
  const since = new Map<number, number>();
  const changes = books_.map(({ from }) => from).filter((from) => from > start);
  const instants = [...new Set([...history.map(({ m }) => start + m * minute), ...changes])];
  const quiet = (before: number): void => {
    for (const [who, last] of since) {
      // The first instant at which the rules of that instant call the person quiet, and the one that they name.
      const due = [last, ...changes.filter((change) => change > last)]
        .map((from, n, all) => {
          const named = last + at(from).quietMs;
          return { named, fires: Math.max(from, named), end: all[n + 1] ?? Infinity };
        })
        .find(({ fires, end }) => fires < end);
      // A record comes before a wake that is named for its instant, but behind one for an earlier instant.
      if (due === undefined || !(due.fires < before || (due.fires === before && due.named < before))) continue;
      since.delete(who);
      lines.push(`${iso(due.fires)} ${at(due.fires).name} ${whoId(String(who))} quiet`);
    }
  };
  for (const instant_ of instants.sort((a, b) => a - b)) {
    quiet(instant_);
    for (const [n, { who, m }] of history.entries()) {
      if (start + m * minute !== instant_) continue;
      since.set(who, instant_);
      lines.push(`${iso(instant_)} ${at(instant_).name} ${whoId(String(who))} ${String(n)}`);
    }
  }
  quiet(until_);
  return lines.sort();
}

describe('driven, announced rules', () => {
  test('decide just what lies in their time, whatever dies when', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ who: fc.integer({ min: 1, max: 5 }), m: fc.integer({ min: 0, max: 90 }) }), { maxLength: 30 }),
        fc.array(fc.record({ m: fc.integer({ min: 1, max: 90 }), quiet: fc.integer({ min: 1, max: 60 }) }), { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 3 }),
        fc.integer({ min: 1, max: 7 }),
        async (unsorted, unsortedChanges, kills, portion) => {
          const history = [...unsorted].sort((a, b) => a.m - b.m);
          const changes = [...new Map(unsortedChanges.map((change) => [change.m, change])).values()].sort((a, b) => a.m - b.m);
          const all = [
            { from: start, rules: { name: 'v0', quietMs: 20 * minute } },
            ...changes.map(({ m, quiet }, n) => ({
              from: start + m * minute,
              rules: { name: `v${String(n + 1)}`, quietMs: quiet * minute },
            })),
          ];
          const log = new MemoryLog(2, () => portion);
          const stores = storesOf();
          await announce(log, ...all.map(({ from, rules: { name, quietMs } }) => rules(name, quietMs, from)));
          const options = { tuning: { retimed: 1 } };
          let flow = await flowOf(log, stores, options);
          const replayer = flow;
          await flow.clock(jobs, { clock: 'driven', at: start - minute });
          await flow.replay(
            jobs,
            ...history.map(({ who, m }, n) => ({
              key: whoId(String(who)),
              data: { id: String(n), at: iso(start + m * minute) },
            })),
          );
          flow = await survivor(flow, afterCommits(kills), () => flowOf(log, stores, options));
          await replayer.clock(jobs, { clock: 'driven', at: start + 200 * minute });
          await flow.reached(start + 200 * minute);
          await flow.stop();
          const said = flow.read(steps).map(({ at, by, person_id, what }) => `${at} ${by} ${person_id} ${what}`);
          expect(said.sort()).toEqual(expected(history, all, start + 200 * minute));
          // The next service goes by the same version at the same instant.
          for (const { by, what } of flow.read(ends)) expect(what.split(' ')[0]).toBe(by);
        },
      ),
      { numRuns: 100 },
    );
  }, 120_000);

  test('stay as they are where a record is no version, and where a later one takes its place', async () => {
    const log = new MemoryLog(1);
    const said: object[] = [];
    const logger: Logger = { debug: () => 0, info: () => 0, warn: () => 0, error: (fields) => said.push(fields) };
    await announce(
      log,
      rules('one', 1_000 * minute),
      rules('never', 1, start + 20 * minute),
      'no JSON',
      rules('two', 1_000 * minute, start + 10 * minute),
      JSON.stringify({ from: '9', content: {} }),
    );
    const flow = await flowOf(log, storesOf(), { logger });
    await flow.clock(jobs, { clock: 'driven', at: start - minute });
    await flow.replay(
      jobs,
      ...[0, 9, 10, 30].map((m) => ({ key: whoId('1'), data: { id: String(m), at: iso(start + m * minute) } })),
    );
    await flow.clock(jobs, { clock: 'driven', at: start + 60 * minute });
    await flow.reached(start + 60 * minute);
    await flow.stop();
    expect(flow.read(steps).map(({ by, what }) => `${what} ${by}`)).toEqual(['0 one', '9 one', '10 two', '30 two']);
    expect(said).toMatchObject([
      { topic: 'test.books.v1', offset: 2 },
      { topic: 'test.books.v1', offset: 4 },
    ]);
  });
});

describe('live, announced rules', () => {
  const call = (flow: Topology, who: string, id: string): Promise<void> =>
    flow.log.produce([
      {
        topic: 'test.jobs.v1',
        partition: 0,
        key: whoId(who),
        value: JSON.stringify({ id, at: iso(Date.now()) }),
      },
    ]);

  test('take effect in all tasks at one instant, a lead after they were announced', async () => {
    const log = new MemoryLog(1);
    await announce(log, rules('one', 1_000 * minute));
    const flow = await flowOf(log, storesOf());
    await flow.clock(jobs, { clock: 'live' });
    for (let n = 0; n < 60; n++) {
      await call(flow, String(n % 7), String(n));
      if (n === 20) await announce(log, rules('two', 1_000 * minute));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await until(() => flow.read(ends).length === 60);
    await flow.stop();
    const [, two] = log.read('test.books.v1');
    const effective = (two?.timestamp ?? 0) + 300;
    for (const { at, by } of flow.read(steps)) expect([at, by]).toEqual([at, Date.parse(at) < effective ? 'one' : 'two']);
    expect(new Set(flow.read(steps).map(({ by }) => by))).toEqual(new Set(['one', 'two']));
    for (const { by, what } of flow.read(ends)) expect(what.split(' ')[0]).toBe(by);
  });

  test('hold time back while it is not known whether there are others', async () => {
    const log = new MemoryLog(1);
    const { ends: endsOf } = log;
    await announce(log, rules('one', 1_000 * minute));
    const flow = await flowOf(log, storesOf());
    await flow.clock(jobs, { clock: 'live' });
    await call(flow, '1', 'before');
    await until(() => flow.read(steps).length === 1);
    log.ends = (topics) => (topics.includes('test.books.v1') ? Promise.reject(new Error('no leader')) : endsOf.call(log, topics));
    await new Promise((resolve) => setTimeout(resolve, 400));
    await call(flow, '1', 'after');
    await until(() => flow.status().some(({ waitsFor }) => waitsFor === 'rules'));
    expect(flow.read(steps).map(({ what }) => what)).toEqual(['before']);
    log.ends = endsOf;
    await until(() => flow.read(steps).length === 2);
    await flow.stop();
  });

  test('set timers anew while people go on, each due once, also when a process dies half-way', async () => {
    const people = 4_500;
    const log = new MemoryLog(1);
    const stores = storesOf();
    await announce(log, rules('one', 1_000 * minute));
    const asleep = stores.get('first')?.row('first', 0).states;
    for (let n = 0; n < people; n++) {
      const since = Date.now() - 20 * minute;
      const state = JSON.stringify({ since } satisfies State);
      asleep?.set(whoId(String(1_000 + n)), { wakeAt: since + 1_000 * minute, version: 1, state });
    }
    let flow = await flowOf(log, stores);
    await flow.clock(jobs, { clock: 'live' });
    await call(flow, '1', 'begin');
    await until(() => flow.read(steps).length === 1);
    const store = flow.store('first');
    const { scan } = store;
    let dead = false;
    let done = 0;
    store.scan = async (...asked) => {
      await new Promise((resolve) => setImmediate(resolve));
      const found = (await scan.apply(store, asked)).slice(0, 50);
      done += found.length;
      if (done === 100) await call(flow, '2', 'meanwhile');
      if (flow.read(steps).some(({ what }) => what === 'meanwhile'))
        onFailPoint((name) => {
          dead = true;
          if (name === 'before-commit') throw new Error('dead');
        });
      return found;
    };
    await announce(log, rules('two', 10 * minute));
    await until(() => dead);
    expect(done).toBeLessThan(people);
    await flow.kill();
    onFailPoint(undefined);
    store.scan = scan;
    flow = await flowOf(log, stores);
    await until(() => flow.read(steps).filter(({ what }) => what === 'quiet').length >= people);
    await flow.stop();
    const quiet = flow.read(steps).filter(({ what }) => what === 'quiet');
    expect(new Set(quiet.map(({ person_id }) => person_id)).size).toBe(quiet.length);
    expect(quiet.every(({ by }) => by === 'two')).toBe(true);
    expect(store.row('first', 0).task.rulesVersion).toBe('two');
  }, 60_000);

  test('fire a timer that they bring forward, also where nobody does anything', async () => {
    const log = new MemoryLog(1);
    await announce(log, rules('one', 1_000 * minute));
    const flow = await flowOf(log, storesOf());
    await flow.clock(jobs, { clock: 'live' });
    await call(flow, '1', 'last');
    await until(() => flow.read(steps).length === 1);
    await announce(log, rules('two', 1));
    await until(() => flow.read(steps).length === 2);
    await flow.stop();
    expect(flow.read(steps).map(({ by, what }) => `${what} ${by}`)).toEqual(['last one', 'quiet two']);
  });

  test("fire a person's timer before their next record, even where it has not been set anew yet", async () => {
    const log = new MemoryLog(1);
    const stores = storesOf();
    await announce(log, rules('one', 1_000 * minute));
    const since = Date.now() - 20 * minute;
    const last = whoId('7');
    const states = stores.get('first')?.row('first', 0).states;
    states?.set(last, { wakeAt: since + 1_000 * minute, version: 1, state: JSON.stringify({ since } satisfies State) });
    const flow = await flowOf(log, stores);
    await flow.clock(jobs, { clock: 'live' });
    const store = flow.store('first');
    const { scan } = store;
    let turn = false;
    let portions = 0;
    // Until it is this person's turn, each portion holds somebody else.
    store.scan = async (...asked) => {
      portions++;
      await new Promise((resolve) => setImmediate(resolve));
      if (turn) return scan.apply(store, asked);
      return (await scan.call(store, asked[0], asked[1], '', 1)).map((one) => ({
        ...one,
        key: '!',
        unreadable: 'somebody else',
      }));
    };
    await announce(log, rules('two', 10 * minute));
    await until(() => portions > 0);
    await call(flow, '7', 'back');
    await until(() => flow.read(steps).length >= 2);
    turn = true;
    await until(() => store.row('first', 0).task.rulesVersion === 'two');
    await flow.stop();
    expect(flow.read(steps).map(({ by, what }) => `${what} ${by}`)).toEqual(['quiet two', 'back two']);
  });
});
