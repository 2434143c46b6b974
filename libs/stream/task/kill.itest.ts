import { afterEach, describe, expect, test } from '@jest/globals';
import { difference, inMemory, longHistory, ToyCluster } from '#testing';

const history = longHistory(800, 40);
let cluster: ToyCluster;

describe('processes on a real broker and database', () => {
  afterEach(() => cluster.stop());

  test('give what the same history gives in memory, id for id', async () => {
    cluster = await new ToyCluster().start();
    cluster.spawn();
    await cluster.replay(history);
    await cluster.reached();
    expect(difference((await cluster.said()).result, await inMemory(history, 2))).toBe('none');
  });

  test('killed at every step between transaction and publishing: nothing is lost, nothing twice', async () => {
    cluster = await new ToyCluster().start();
    const points = ['after-publish:6', 'after-commit:4', 'before-publish:5', 'before-commit:3', 'after-acquire:2'];
    await cluster.replay(history);
    const died: unknown[] = [];
    const queue = [...points];
    // Three at a time: the next one starts when one has died, and the partitions move each time.
    await Promise.all(
      [1, 2, 3].map(async () => {
        for (let point = queue.shift(); point !== undefined; point = queue.shift())
          died.push(await cluster.spawn({ HITO_FAILPOINTS: point, TOY_BATCH: '20' }).exited);
      }),
    );
    expect(died).toEqual(points.map(() => 'SIGKILL'));
    cluster.spawn();
    await cluster.reached();
    const { result, repeats } = await cluster.said();
    expect(difference(result, await inMemory(history, 2))).toBe('none');
    // It has to have been hard: some was published by one who died before knowing it.
    expect(repeats).toBeGreaterThan(0);
    expect(await cluster.query("select sum(count)::int as naps from tally where name = 'naps'")).toEqual([
      { naps: result.filter((line) => line.startsWith('naps')).length },
    ]);
  });

  test('killed between two sends of one outbox row: the next owner sends all of it, and nothing is twice', async () => {
    const long = longHistory(6_000, 60);
    cluster = await new ToyCluster().start();
    await cluster.replay(long);
    expect(await cluster.spawn({ HITO_FAILPOINTS: 'between-sends' }).exited).toBe('SIGKILL');
    cluster.spawn();
    await cluster.reached();
    const { result, repeats } = await cluster.said();
    expect(difference(result, await inMemory(long, 2))).toBe('none');
    expect(repeats).toBeGreaterThanOrEqual(2_000);
  });
});
