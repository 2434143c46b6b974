import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { onFailPoint } from '#stream';
import { longHistory, MemoryLog, replayRecords, toyEnd, toyResult, toys, topology, until } from '#testing';

const history = longHistory(120, 8, 600);
const partitions = 2;

async function run(disturb: (flow: Awaited<ReturnType<typeof topology>>) => Promise<void>) {
  const flow = await topology(toys, { partitions, portion: () => 7, tuning: { batch: 9 } });
  await flow.log.produce(replayRecords('test', partitions, history));
  await disturb(flow);
  await flow.reached(toyEnd);
  // What a former owner still had in hand must not come out later either.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await flow.stop();
  return {
    said: toyResult((contract) => flow.read(contract)),
    stored: ['router', 'sleeper', 'writer'].map((name) => [
      flow
        .store(name)
        .all(name)
        .map(({ key, state }) => ({ key, state }))
        .sort((a, b) => (a.key < b.key ? -1 : 1)),
      flow.store(name).tallies(name),
      [0, 1].map((partition) => flow.store(name).row(name, partition).task.watermark),
    ]),
  };
}

describe('an owner who is one no longer', () => {
  const takes = fc.array(
    fc.record({
      processor: fc.constantFrom('router', 'sleeper', 'writer'),
      partition: fc.nat(1),
      atCommit: fc.integer({ min: 1, max: 25 }),
    }),
    { minLength: 1, maxLength: 4 },
  );
  afterEach(() => {
    onFailPoint(undefined);
  });

  test('drops everything and leaves: somebody else took the task in between', async () => {
    const expected = await run(() => Promise.resolve());
    await fc.assert(
      fc.asyncProperty(takes, async (taken) => {
        const actual = await run((flow) => {
          let commits = 0;
          onFailPoint((name) => {
            if (name !== 'before-commit') return;
            commits++;
            for (const { processor, partition } of taken.filter(({ atCommit }) => atCommit === commits)) {
              // Another owner takes it, commits nothing, and is gone; the copy in memory here is worth nothing now.
              const row = flow.store(processor).row(processor, partition);
              row.task = { ...row.task, epoch: row.task.epoch + 1 };
            }
          });
          return Promise.resolve();
        });
        expect(actual).toEqual(expected);
      }),
      { numRuns: 12 },
    );
  });

  test('takes no state from its memory when the task is its own again: others have worked on it', async () => {
    let lost: number | undefined;
    let commits = 0;
    const { said } = await run((flow) => {
      onFailPoint((name) => {
        if (name !== 'before-commit' || lost !== undefined || ++commits < 40) return;
        const row = flow.store('sleeper').row('sleeper', 0);
        if (row.states.size === 0) return;
        lost = row.states.size;
        row.task = { ...row.task, epoch: row.task.epoch + 1 };
        for (const [key, stored] of row.states) {
          const state = JSON.parse(stored.state) as { count: number };
          row.states.set(key, { ...stored, state: JSON.stringify({ ...state, count: state.count + 1_000 }) });
        }
      });
      return Promise.resolve();
    });
    const counts = said.flatMap((line) => /nap after (\d+)/.exec(line)?.[1] ?? []).map(Number);
    expect(lost).toBeGreaterThan(0);
    expect(counts.filter((count) => count > 1_000).length).toBeGreaterThan(0);
    // Who had a state then counts from there on: nobody falls back.
    const people = Map.groupBy(
      said.filter((line) => line.startsWith('diary')),
      (line) => line.split(' ')[3],
    );
    for (const lines of people.values()) {
      const own = lines
        .map((line) => /(\d+) nap after (\d+)/.exec(line))
        .filter((found) => found !== null)
        .map(([, at, count]) => [Number(at), Number(count)] as const)
        .sort(([a], [b]) => a - b);
      for (const [n, [, count]] of own.entries()) expect(count).toBeGreaterThan(own[n - 1]?.[1] ?? 0);
    }
  });

  test('folds nothing again from memory when the answer to a commit was lost', async () => {
    const expected = await run(() => Promise.resolve());
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('router', 'sleeper', 'writer'),
        fc.array(fc.nat(8), { minLength: 1, maxLength: 3 }),
        async (processor, losses) => {
          const actual = await run(async (flow) => {
            const store = flow.store(processor);
            for (const loss of losses) {
              store.loseAnswerAfter = loss;
              await until(
                () => store.loseAnswerAfter === Infinity || flow.status().every(({ watermark }) => watermark === toyEnd),
              );
            }
            store.loseAnswerAfter = Infinity;
          });
          expect(actual).toEqual(expected);
        },
      ),
      { numRuns: 8 },
    );
  });
});

test('what was committed while the broker took nothing is published by the next owner', async () => {
  const expected = await run(() => Promise.resolve());
  class ClosedLog extends MemoryLog {
    closed = true;
    override produce(records: Parameters<MemoryLog['produce']>[0]): Promise<void> {
      return this.closed && records.some(({ topic }) => topic !== 'test.pings.v1')
        ? Promise.reject(new Error('closed'))
        : super.produce(records);
    }
  }
  const log = new ClosedLog(partitions);
  const first = await topology(toys, { log, tuning: { batch: 9 } });
  await log.produce(replayRecords('test', partitions, history));
  const store = first.store('router');
  await until(
    () => [0, 1].every((partition) => store.row('router', partition).task.watermark === toyEnd),
    () => JSON.stringify(first.status()),
  );
  expect(store.row('router', 0).outbox.length + store.row('router', 1).outbox.length).toBeGreaterThan(2);
  await first.kill();
  log.closed = false;
  const second = await topology(toys, { log, stores: first.stores });
  await second.reached(toyEnd);
  await second.stop();
  expect(toyResult((contract) => second.read(contract))).toEqual(expected.said);
});
