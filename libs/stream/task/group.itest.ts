import { afterEach, describe, expect, test } from '@jest/globals';
import { topicOf } from '#contracts';
import { difference, inMemory, longHistory, pings, ToyCluster, until, whoId, type ToyProcess } from '#testing';

const history = longHistory(900, 40);
let cluster: ToyCluster;

const tasks = (process: ToyProcess): number => process.status()?.tasks.length ?? 0;
const spread = (processes: readonly ToyProcess[], each: (n: number, i: number) => boolean) =>
  until(
    () => processes.every((process, i) => each(tasks(process), i)),
    () => JSON.stringify(processes.map((process) => [tasks(process), process.errors])),
  );

describe('a group on a real broker', () => {
  afterEach(() => cluster.stop());

  test('grows from one to three members and shrinks to two under load; every record is taken once', async () => {
    cluster = await new ToyCluster(4).start();
    const first = cluster.spawn({ TOY_BATCH: '50' });
    await cluster.replay(history, 0, 300);
    await spread([first], (n) => n === 12);
    const [second, third] = [cluster.spawn({ TOY_BATCH: '50' }), cluster.spawn({ TOY_BATCH: '50' })];
    await cluster.replay(history, 300, 600);
    // Three processors of four partitions: nobody is idle, nobody has all.
    await spread([first, second, third], (n) => n >= 3 && n <= 6);
    await cluster.replay(history, 600, 800);
    first.child.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    await cluster.replay(history, 800);
    await spread([second, third], (n) => n === 6);
    await cluster.reached();
    const { result, repeats } = await cluster.said();
    expect(difference(result, await inMemory(history, 4))).toBe('none');
    // Rebalances end ownerships at any step; what was published without being known to be may come again, and is dropped.
    expect(repeats).toBeLessThan(result.length);
  });

  test('an owner frozen past its session wakes after its partitions moved: it is fenced, and nothing is twice', async () => {
    cluster = await new ToyCluster().start();
    const frozen = cluster.spawn({ TOY_BATCH: '20' });
    await spread([frozen], (n) => n === 6);
    await cluster.replay(history, 0, 500);
    await until(async () => Number((await cluster.query('select coalesce(sum(txn), 0)::int as n from task'))[0]?.['n']) > 15);
    frozen.child.kill('SIGSTOP');
    const next = cluster.spawn({ TOY_BATCH: '20' });
    await cluster.replay(history, 500);
    await spread([next], (n) => n === 6);
    await until(async () => Number((await cluster.query('select min(owner_epoch)::int as n from task'))[0]?.['n']) >= 2);
    frozen.child.kill('SIGCONT');
    await cluster.reached();
    expect(difference((await cluster.said()).result, await inMemory(history, 2))).toBe('none');
    expect(await cluster.query('select 1 from task where stopped is not null')).toEqual([]);
  });

  test('a record on which the process dies becomes a dead letter, and the flow goes on', async () => {
    cluster = await new ToyCluster(1).start();
    const short = longHistory(40, 5);
    await cluster.replay(short);
    const deadly = { TOY_DEADLY: '20' };
    let deaths = 0;
    // The supervisor of this test: whoever dies is started again. Two at a time, so that nobody waits for a dead member's session.
    let over = false;
    const keeper = Promise.all(
      [1, 2].map(async () => {
        while (!over) {
          const child = cluster.spawn(deadly);
          if ((await child.exited) === 'SIGKILL') deaths++;
        }
      }),
    );
    await cluster.reached();
    over = true;
    const letters = await cluster.deadLetters('ingestion');
    for (const { child } of cluster.processes) child.kill('SIGTERM');
    await keeper;
    expect(
      letters.map(({ headers, value }) => [
        headers['hito-dl-topic'],
        headers['hito-dl-attempts'],
        headers['hito-dl-reason'],
        (JSON.parse(String(value)) as { n: number }).n,
      ]),
    ).toEqual([['pings.v1', '2', 'the process died on it', 20]]);
    expect(letters[0]?.headers['hito-seq']).toMatch(/^replayer;1;/);
    expect(deaths).toBeGreaterThanOrEqual(3);
    const { result } = await cluster.said();
    expect(result.filter((line) => line.startsWith('known'))).toHaveLength(39);
  });

  test('a record of 900 kB and a tombstone are dead letters, byte for byte; large batches are published in portions', async () => {
    cluster = await new ToyCluster(1).start();
    const topic = topicOf(cluster.prefix, pings);
    await cluster.replay(history, 0, 1);
    const big = Buffer.from(`{"id":7,"rest":"${'z'.repeat(900_000)}"}`);
    for (let i = 0; i < 3; i++)
      await cluster.produce([{ topic, partition: 0, key: '1', value: big, headers: { 'x-theirs': `of ${whoId('1')}` } }]);
    await cluster.produce([{ topic, partition: 0, key: '1', value: null }]);
    await cluster.replay(history, 1);
    cluster.spawn();
    await cluster.reached();
    const letters = await cluster.deadLetters('ingestion');
    expect(letters.map(({ value }) => value?.equals(big) ?? null)).toEqual([true, true, true, null]);
    expect(letters[0]?.headers).toMatchObject({
      'x-theirs': `of ${whoId('1')}`,
      'hito-dl-offset': '1',
      'hito-dl-processor': 'router',
    });
    expect(difference((await cluster.said()).result, await inMemory(history, 1))).toBe('none');
  });

  test('a database whose tables went back is an alarm and a stop', async () => {
    cluster = await new ToyCluster(1).start();
    const first = cluster.spawn();
    await cluster.replay(history, 0, 300);
    const taken = async () =>
      Number(
        (await cluster.query(`select coalesce(max(next_offset), 0)::int as n from cursor where processor = 'router'`))[0]?.['n'],
      );
    await until(async () => (await taken()) >= 300);
    first.child.kill('SIGTERM');
    await first.exited;
    const tables = ['task', 'cursor', 'outbox', 'seen', 'tally', 'router_state', 'sleeper_state', 'writer_state'];
    await cluster.query(tables.map((table) => `create table backup_${table} as table ${table}`).join(';'));
    const second = cluster.spawn();
    await cluster.replay(history, 300);
    await cluster.reached();
    second.child.kill('SIGTERM');
    await second.exited;
    await cluster.query(tables.map((table) => `truncate ${table}; insert into ${table} table backup_${table}`).join(';'));
    const before = (await cluster.said()).result;
    const third = cluster.spawn();
    const alarm = async () => (await cluster.query("select stopped from task where processor = 'router'"))[0]?.['stopped'];
    await until(
      async () => (await alarm()) !== null,
      () => JSON.stringify(third.status()),
    );
    expect(await alarm()).toMatch(/the database went back.*hito task resume/);
    expect((await cluster.said()).result).toEqual(before);
  });
});
