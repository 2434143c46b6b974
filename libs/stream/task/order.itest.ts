import { afterEach, expect, test } from '@jest/globals';
import { topicOf } from '#contracts';
import { diary, known, naps, toyStart, ToyCluster, until, whoId } from '#testing';
import { seqHeader, seqText, watermarkRecord } from '../model/control.ts';
import type { OutRecord } from '../model/log.ts';

const hour = 3_600_000;
const iso = (at: number): string => new Date(at).toISOString();
let cluster: ToyCluster;
afterEach(() => cluster.stop());

/** What an origin writes into partition 0 of its topic: records in their places, and watermarks. */
function origin(contract: typeof known | typeof naps, name: string) {
  const topic = topicOf(cluster.prefix, contract);
  let seq = 0;
  return {
    says: (at: number, data: object): OutRecord => {
      const value = { id: whoId(String(++seq)), person_id: whoId('1'), at: iso(at), cause: { id: 'x' }, ...data };
      return {
        topic,
        partition: 0,
        key: whoId('1'),
        value: JSON.stringify(value),
        headers: { [seqHeader]: seqText(name, 1, seq) },
      };
    },
    reaches: (at: number): OutRecord => ({ topic, partition: 0, ...watermarkRecord({ origin: name, at, clock: 'live' }) }),
  };
}

test('live, after five hours of outage two inputs on a real broker are taken in the order of their causes', async () => {
  cluster = await new ToyCluster(1).start();
  const [router, sleeper] = [origin(known, 'router/0'), origin(naps, 'sleeper/0')];
  const first = cluster.spawn({ TOY_ONLY: 'writer' });
  await cluster.produce([router.reaches(toyStart), sleeper.reaches(toyStart)]);
  const told = (): string => JSON.stringify(cluster.processes.map((process) => [process.status(), process.errors]));
  await until(() => first.status()?.tasks[0]?.watermark === toyStart, told);
  first.child.kill('SIGTERM');
  await first.exited;

  // One input comes whole with the first fetch, the other needs several: who does not wait takes the first before the second.
  const pings = Array.from({ length: 300 }, (_, n) => ({ at: toyStart + n * 60_000, line: `ping ${String(n)}` }));
  const rests = Array.from({ length: 3_000 }, (_, n) => ({ at: toyStart + n * 6_000 + 1_000, line: `nap after ${String(n)}` }));
  const pad = 'z'.repeat(1_000);
  await cluster.produce([...pings.map(({ at }, n) => router.says(at, { n })), router.reaches(toyStart + 5 * hour)]);
  await cluster.produce([
    ...rests.map(({ at }, n) => sleeper.says(at, { since: iso(toyStart), count: n, pad })),
    sleeper.reaches(toyStart + 5 * hour),
  ]);
  const second = cluster.spawn({ TOY_ONLY: 'writer' });
  const left = async () =>
    Number((await cluster.query(`select count(*) from task where watermark >= ${String(toyStart + 5 * hour)}`))[0]?.['count']) ===
      1 && Number((await cluster.query('select count(*) from outbox'))[0]?.['count']) === 0;
  await until(left, told);
  expect(second.status()?.tasks[0]?.clock).toBe('live');
  const lines = (await cluster.read(topicOf(cluster.prefix, diary))).flatMap(({ headers, value }) =>
    headers['hito-control'] === undefined ? [JSON.parse(String(value)) as { line: string; at: string }] : [],
  );
  const expected = [...pings, ...rests].sort((a, b) => a.at - b.at);
  expect(lines.map(({ line }) => line.split(' at ')[0])).toEqual(expected.map(({ line }, n) => `${String(n + 1)} ${line}`));
  // Live, a record is stamped with the time that its transaction reaches: never before its cause, and never going back.
  expect(lines.every(({ at }, n) => at >= iso(expected[n]?.at ?? Infinity) && at >= (lines[n - 1]?.at ?? ''))).toBe(true);
});
