import { afterEach, describe, expect, test } from '@jest/globals';
import { topicOf } from '#contracts';
import { chores, errandTable, ToyCluster, until } from '#testing';
import { seqHeader } from '../model/control.ts';

const errands = 1_600;
const partitions = 16;
let cluster: ToyCluster;

const left = async (rows: string): Promise<number> => Number((await cluster.query(`select count(*) from ${rows}`))[0]?.['count']);

/** Every errand that a reader hears of, repeats by `hito-seq` left out; and how many of them there were. */
async function heard(): Promise<{ readonly numbers: number[]; readonly ids: number; readonly repeats: number }> {
  const seen = new Set<string>();
  const ids = new Set<string>();
  const numbers: number[] = [];
  let repeats = 0;
  for (const { headers, value } of await cluster.read(topicOf(cluster.prefix, chores))) {
    const seq = headers[seqHeader] ?? '';
    if (seen.has(seq)) {
      repeats++;
      continue;
    }
    seen.add(seq);
    const { n, id } = JSON.parse(String(value)) as { n: number; id: string };
    numbers.push(n);
    ids.add(id);
  }
  return { numbers: numbers.sort((a, b) => a - b), ids: ids.size, repeats };
}

/** Where each process dies or freezes; each works its partitions one by one (`single`) or in common transactions (`together`). */
const ends: readonly (readonly [how: 'single' | 'together', point: string])[] = [
  ['single', 'after-worker-acquire:3'],
  ['single', 'before-worker-commit:9'],
  ['together', 'before-worker-commit:5'],
  ['single', 'after-worker-commit:8'],
  ['together', 'after-worker-commit:4'],
  ['single', 'before-publish:5'],
  ['single', 'after-publish:7'],
  ['together', 'before-worker-commit:6:stop'],
];

describe('a worker', () => {
  afterEach(() => cluster.stop());

  test('killed at every step between transaction and publishing, or frozen there: nothing is lost, nothing twice', async () => {
    cluster = await new ToyCluster(partitions).start();
    await cluster.query(
      `${errandTable} insert into errand select n % ${String(partitions)}, n from generate_series(1, ${String(errands)}) n`,
    );
    const told = (): string => JSON.stringify(cluster.processes.map((process) => [process.status(), process.errors]));
    // All at once, so that the partitions of who has died or sleeps move to those who are still to die.
    const doomed = ends.map(([how, point]) => cluster.spawn({ TOY_WORKER: how, HITO_FAILPOINTS: point }));
    const frozen = doomed.pop();
    expect(await Promise.all(doomed.map(({ exited }) => exited))).toEqual(doomed.map(() => 'SIGKILL'));
    await until(async () => (await frozen?.frozen()) === true, told);
    cluster.spawn({ TOY_WORKER: 'single' });
    // The frozen one sleeps with its transaction open: the database ends that after half a minute.
    await until(async () => (await left('errand where runs = 0')) === 0, told, 90_000);
    frozen?.child.kill('SIGCONT');
    await until(async () => (await left('outbox')) === 0 && frozen?.status()?.notReady === null, told);

    const { numbers, ids, repeats } = await heard();
    expect(numbers).toEqual(Array.from({ length: errands }, (_, n) => n + 1));
    expect(ids).toBe(errands);
    // It has to have been hard: some was published by one who died before knowing it.
    expect(repeats).toBeGreaterThan(0);
    expect(await cluster.query('select runs, count(*)::int from errand group by 1')).toEqual([{ runs: 1, count: errands }]);
    expect(await cluster.query('select sum(count)::int as errands from tally')).toEqual([{ errands }]);
  });
});
