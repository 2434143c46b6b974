import { describe, expect, test } from '@jest/globals';
import { lanes, MemoryLog, MemoryStore, pings, topology, until, whoId, type LaneRules } from '#testing';
import { processor, type Described } from '#stream';
import { lanesOf, Turns } from './lanes.ts';

const minute = 60_000;
const rules: LaneRules = { name: 'old', weight: 1, quietMs: 20 * minute };
const described = (from: number): readonly Described[] => lanes(rules, { rules: { ...rules, name: 'new' }, from });
const scorerOf = (all: readonly Described[]): Described => all[1] as Described;
const storesOf = () => new Map(lanes(rules).map(({ processor: { name } }) => [name, new MemoryStore()]));

describe('silent lanes', () => {
  test('work one at a time in a process', async () => {
    const turns = new Turns();
    let running = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
    };
    await Promise.all(Array.from({ length: 5 }, () => turns.take(work, 0, new AbortController().signal)));
    expect(most).toBe(1);
  });

  test('rest after each turn for as many times as long as it took', async () => {
    const turns = new Turns();
    const { signal } = new AbortController();
    const ended: number[] = [];
    const turn = async (): Promise<void> => {
      ended.push(performance.now());
      await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await turns.take(turn, 3, signal);
    await turns.take(turn, 3, signal);
    const [one = 0, two = 0] = ended;
    expect(two - one).toBeGreaterThan(60);
  });

  test('go on after a turn that failed', async () => {
    const turns = new Turns();
    const { signal } = new AbortController();
    await expect(turns.take(() => Promise.reject(new Error('no')), 1, signal)).rejects.toThrow('no');
    await turns.take(() => Promise.resolve(), 1, signal);
  });
});

describe('a second lane', () => {
  test('fires no timer, live, before what has put it off', async () => {
    const log = new MemoryLog(1);
    const stores = storesOf();
    // What came over 75 minutes lies in one fetch of a live log.
    const start = Date.now() - 100 * minute;
    const key = whoId('1');
    await log.produce([
      ...[0, 15, 30, 45, 60, 75].map((m, n) => ({
        topic: 'test.known.v1',
        partition: 0,
        key,
        value: JSON.stringify({
          id: whoId(String(n)),
          person_id: key,
          at: new Date(start + m * minute).toISOString(),
          cause: { id: 'x' },
          n,
        }),
        headers: { 'hito-seq': `router/0;1;${String(n + 1)};${String(start + m * minute)}` },
      })),
      {
        topic: 'test.known.v1',
        partition: 0,
        key: '~wm/router/0',
        value: JSON.stringify({ origin: 'router/0', watermark: new Date(start + 94 * minute).toISOString(), clock: 'live' }),
        headers: { 'hito-control': 'watermark' },
      },
    ]);
    const flow = await topology([scorerOf(described(start + 1_000 * minute))], {
      log,
      stores: new Map([['scorer', stores.get('scorer') as MemoryStore]]),
      tuning: { silentBatch: 2 },
    });
    const wakes: number[] = [];
    const store = flow.store('scorer');
    const { commit } = store;
    store.commit = (one) => {
      for (const { state } of one.states)
        if (one.task.processor === 'scorer_b' && (state as { quiet?: boolean } | null)?.quiet === true)
          wakes.push((state as { since: number }).since);
      return commit.call(store, one);
    };
    await until(async () => (await store.standing('scorer_b', 0))?.watermark === start + 94 * minute);
    await flow.stop();
    const [state] = store.all('scorer_b').map((one) => one.state);
    expect(state).toMatchObject({ since: start + 75 * minute, quiet: false });
    expect(wakes).toEqual([]);
  });

  test('does not speak as the only one before it has taken over', async () => {
    const log = new MemoryLog(1);
    const stores = storesOf();
    const both = described(Date.now() + 1_000 * minute);
    const flow = await topology(both, { log, stores });
    await flow.clock(pings, { clock: 'live' });
    await until(() => flow.status().some(({ processor: lane, silent }) => lane === 'scorer_b' && silent?.behindMs === 0));
    await flow.stop();
    const alone = await topology([{ ...scorerOf(lanes(rules)), lane: 'scorer_b' }], { log, stores });
    await until(() => alone.status()[0]?.refusal?.includes('has not taken over yet') === true);
    await alone.stop();
  });

  test('leaves an alarm on the lane before, where it is not declared itself', async () => {
    const log = new MemoryLog(1);
    const stores = storesOf();
    const flow = await topology(described(Date.now()), { log, stores, tuning: { meetingMs: 20, followMs: 4 } });
    await flow.clock(pings, { clock: 'live' });
    const store = flow.store('scorer');
    await until(() => store.row('scorer', 0).task.successor === 'scorer_b');
    await flow.stop();
    const before = await topology(lanes(rules), { log, stores });
    await until(() => store.row('scorer', 0).task.stopped !== null);
    expect(store.row('scorer', 0).task.stopped).toBe('lane scorer_b has taken over from scorer: declare that one');
    await before.stop();
    // Declared, it speaks.
    const after = await topology(
      lanes(rules).map((one) => (one.processor.name === 'scorer' ? { ...one, lane: 'scorer_b' } : one)),
      { log, stores },
    );
    await until(() => after.status().some(({ processor: lane, silent }) => lane === 'scorer_b' && silent === undefined));
    await after.stop();
  });

  test('cannot be where its name is that of the first one, is no name, or the processor has tables of its own', () => {
    const scorer = scorerOf(described(0));
    const second = { lane: 'scorer', from: 0, rules, rulesVersion: '1' };
    expect(() => lanesOf({ ...scorer, second }, undefined)).toThrow('names no second lane of scorer');
    expect(() => lanesOf({ ...scorer, second: { ...second, lane: 'a; drop' } }, undefined)).toThrow('names no second lane');
    const own = processor({ ...scorer.processor, apply: () => Promise.resolve() });
    expect(() => lanesOf({ ...scorer, processor: own }, undefined)).toThrow('tables of its own');
  });
});
