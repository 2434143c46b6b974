import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { identified } from '#contracts';
import { kafkaProxy, servers, until } from '#testing';
import { SourceCluster } from '../testing/source-cluster.ts';

let cluster: SourceCluster;
beforeEach(async () => {
  cluster = await new SourceCluster().start();
});
afterEach(() => cluster.stop());

const sourceOf = (topics: readonly string[], from = 'earliest', name = 'clicks'): string => `sources:
  - name: ${name}
    topics: [${topics.join(', ')}]
    from: ${from}
    map:
      person: record.value.user
      name: record.value.action
      properties: { n: record.value.n }
`;
const click = (n: number, more: object = {}): { key: string; value: string; timestamp: string } => ({
  key: `k${String(n)}`,
  value: JSON.stringify({ user: `u${String(n % 7)}`, action: 'Clicked', n, ...more }),
  timestamp: String(Date.now() - 60_000),
});
const clicks = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => click(from + n));
const numbersOf = (calls: readonly Record<string, unknown>[]): number[] =>
  calls.map(({ properties }) => (properties as { n: number }).n).sort((a, b) => a - b);
const count = (to: number) => Array.from({ length: to }, (_, n) => n);

/** Says of a batch of gzip that ends an answer that it is of codec 7. A batch: https://kafka.apache.org/documentation/#recordbatch */
function asCodec7(answer: Buffer): void {
  const [magicAt, attributesAt, head] = [16, 21, 61];
  for (let start = 0; start + head < answer.length; start++)
    if (
      answer[start + magicAt] === 2 &&
      answer.readInt16BE(start + attributesAt) === 1 &&
      answer.readInt32BE(start + 8) === answer.length - start - 12
    )
      answer.writeInt16BE(7, start + attributesAt);
}

test('reads topics of any compression and any number of partitions, each record once', async () => {
  const topics = [];
  for (const [n, codec] of ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'].entries()) {
    const topic = await cluster.topic(codec, n === 0 ? 3 : 1, { 'compression.type': codec });
    await cluster.write(topic, [
      ...clicks(n * 300, (n + 1) * 300 - 1),
      click((n + 1) * 300 - 1, { pad: 'lz4 snappy '.repeat(9_000) }),
    ]);
    topics.push(topic);
  }
  cluster.spawn(sourceOf(topics));
  for (const topic of topics) await cluster.read(topic);
  const { calls } = await cluster.calls();
  expect(numbersOf(calls)).toEqual(count(1_500));
  expect(await cluster.letters()).toEqual([]);
  await until(async () => (await cluster.calls(identified)).calls.length === 1_500, cluster.told);
  expect(calls[0]).toMatchObject({ source: 'clicks', type: 'track', event: 'Clicked' });
  expect(new Set(calls.map(({ message_id }) => message_id)).size).toBe(1_500);
});

test('a batch of a codec that nobody knows stops its partition with an alarm that names the topic, and nothing else', async () => {
  const odd = await cluster.topic('odd', 1, { 'compression.type': 'gzip' });
  const plain = await cluster.topic('plain', 1);
  await cluster.write(odd, clicks(0, 50));
  await cluster.write(plain, clicks(50, 100));
  // A broker takes no such batch: what it answers says another codec than it has.
  const proxy = await kafkaProxy(servers().broker, asCodec7);
  try {
    const running = cluster.spawn(sourceOf([odd, plain]), { KAFKA_BROKERS: `127.0.0.1:${String(proxy.port)}` });
    await cluster.read(plain);
    const stopped = (): Promise<Record<string, unknown>[]> =>
      cluster.query('select topic, next_offset::int as next, stopped from source_cursor where stopped is not null');
    await until(async () => (await stopped()).length > 0, cluster.told);
    expect(await stopped()).toEqual([
      { topic: odd, next: 0, stopped: `${odd} partition 0: a batch is compressed by codec 7, which nobody knows` },
    ]);
    await until(
      () => running.status()?.tasks.some(({ readings }) => readings?.[`source.stopped.clicks/${odd}/0`] === 1) === true,
      cluster.told,
    );
    expect(numbersOf((await cluster.calls()).calls)).toEqual(count(100).slice(50));
    expect(await cluster.hito(['source', 'lag'], sourceOf([odd, plain]))).toContain('compressed by codec 7');
  } finally {
    await proxy.close();
  }
});

test("what README's lines make of a topic that a plain producer writes", async () => {
  const readme = readFileSync('README.md', 'utf8');
  const [, lines = ''] = /## Point it at your topic[^]*?```yaml\n([^]*?)```/.exec(readme) ?? [];
  const [, sample = ''] = /A record such as `([^`]+)`/.exec(readme) ?? [];
  expect(lines.trim().split('\n').length).toBeLessThanOrEqual(10);
  const topic = await cluster.topic('readme', 3);
  await cluster.write(topic, [{ value: sample }, { value: sample.replace('Order Completed', 'Order Cancelled') }]);
  cluster.spawn(lines.replace('shop.clicks', topic));
  await cluster.read(topic);
  await until(async () => (await cluster.calls(identified)).calls.length === 2, cluster.told);
  const { calls } = await cluster.calls();
  expect(calls.find(({ event }) => event === 'Order Completed')).toMatchObject({
    source: 'clicks',
    user_id: 'ana',
    occurred_at: '2026-11-20T09:30:00.000Z',
    properties: { revenue: 50 },
  });
});

test('two processes share the partitions, follow new ones, and take over those of one that dies', async () => {
  const topic = await cluster.topic('shared', 2);
  await cluster.write(topic, clicks(0, 200));
  const first = cluster.spawn(sourceOf([topic], 'latest'));
  await until(async () => (await cluster.query('select from source_cursor')).length === 2, cluster.told);
  await cluster.write(topic, clicks(200, 400));
  cluster.spawn(sourceOf([topic], 'latest'));
  await cluster.operate((admin) => admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] }));
  await cluster.write(topic, clicks(400, 900));
  await cluster.read(topic);
  first.child.kill('SIGKILL');
  await first.exited;
  await cluster.write(topic, clicks(900, 1_000));
  await cluster.read(topic);
  expect(numbersOf((await cluster.calls()).calls)).toEqual(count(1_000).slice(200));
  expect(await cluster.query('select count(*)::int from source_cursor')).toEqual([{ count: 5 }]);
});

test('killed between each two statements: nothing is lost, nothing comes twice', async () => {
  const topic = await cluster.topic('deadly', 4);
  const told: (string | number | null)[] = [];
  const points = [
    'after-worker-acquire:2',
    'after-source-begin',
    'after-source-fetch:2',
    'in-source-commit:2',
    'before-worker-commit:3',
    'after-worker-commit:3',
    'before-publish:2',
    'after-publish:2',
  ];
  let written = 0;
  for (const point of points) {
    await cluster.write(topic, clicks(written, (written += 700)));
    told.push(await cluster.spawn(sourceOf([topic]), { HITO_FAILPOINTS: point }).exited);
  }
  expect(told).toEqual(points.map(() => 'SIGKILL'));
  // It has to have been hard: some was published by one who died before knowing it, also where the processes above published time only.
  const repeated = async (): Promise<boolean> => {
    const both = await Promise.all([cluster.calls(), cluster.calls(identified)]);
    return both.some(({ repeats }) => repeats > 0);
  };
  for (let pass = 1; pass <= 6 && !(await repeated()); pass++) {
    await cluster.write(topic, clicks(written, (written += 100)));
    await cluster.spawn(sourceOf([topic]), { HITO_FAILPOINTS: `after-publish:${String(pass)}` }).exited;
  }
  cluster.spawn(sourceOf([topic]));
  await cluster.read(topic);
  expect(numbersOf((await cluster.calls()).calls)).toEqual(count(written));
  expect(await repeated()).toBe(true);
  await until(async () => (await cluster.calls(identified)).calls.length === written, cluster.told);
  expect(numbersOf((await cluster.calls(identified)).calls)).toEqual(count(written));
}, 240_000);

test('what does not map becomes a dead letter that says why, and holds nobody up', async () => {
  const topic = await cluster.topic('hostile', 1, { 'message.timestamp.after.max.ms': '9223372036854775807' });
  const valueOf = (value: string | Buffer | null, key: string | Buffer = 'k') => ({ key, value, timestamp: String(Date.now()) });
  await cluster.write(topic, [
    valueOf(null),
    valueOf('{'),
    valueOf(Buffer.from([0x22, 0xff, 0x22])),
    valueOf('null'),
    valueOf('{"action": "Clicked", "n": 1}'),
    valueOf('{"user": "u1", "action": "Clicked", "n": 2, "__proto__": {"user": "x"}}', Buffer.from([0xff, 0xfe])),
    valueOf('{"user": "u1 \\ud800", "action": "Clicked", "n": 3}'),
    valueOf(
      JSON.stringify({ user: 'u1', action: 'Clicked', n: Object.fromEntries(count(10_000).map((n) => [`k${String(n)}`, n])) }),
    ),
    valueOf(`{"user": "u1", "action": "Clicked", "n": "${'x'.repeat(400_000)}"}`),
    valueOf(`{"user": "u1", "action": "Clicked", "n": ${'['.repeat(5_000)}${']'.repeat(5_000)}}`),
    { ...valueOf('{"user": "u1", "action": "Clicked", "n": 4}'), timestamp: '-1' },
    { ...valueOf('{"user": "u1", "action": "Clicked", "n": 5}'), timestamp: String(Date.UTC(1971)) },
    { ...valueOf('{"user": "u1", "action": "Clicked", "n": 6}'), timestamp: String(Date.UTC(9_000)) },
    click(7),
  ]);
  const running = cluster.spawn(sourceOf([topic]));
  await cluster.read(topic);
  const letters = await cluster.letters();
  expect(
    letters
      .map(({ headers }) => [headers['hito-dl-offset'], headers['hito-dl-kind']])
      .sort((a, b) => Number(a[0]) - Number(b[0])),
  ).toEqual([
    ['1', 'unreadable'],
    ['2', 'unreadable'],
    ['3', 'unmapped'],
    ['4', 'unmapped'],
    ['6', 'odd_id'],
    ['7', 'too_many_keys'],
    ['8', 'too_large'],
    ['9', 'unmapped'],
    ['10', 'unmapped'],
    ['12', 'unmapped'],
  ]);
  expect(letters[3]?.headers).toMatchObject({
    'hito-dl-topic': topic,
    'hito-dl-source': 'clicks',
    'hito-dl-reason':
      'source clicks: person is record.value.user, which comes to no answer (missing); record.value is {"action":"Clicked","n":1}',
  });
  expect(numbersOf((await cluster.calls()).calls)).toEqual([2, 5, 7]);
  await until(
    () => running.status()?.tasks.some(({ tallies }) => tallies['source.refused.unmapped.clicks'] === 5) === true,
    cluster.told,
  );
});

test('stops a partition where retention overtook it or its topic was made anew, until an operator says how to go on', async () => {
  const topic = await cluster.topic('moved', 1);
  const stopped = async (word: string): Promise<void> => {
    await until(
      async () => String((await cluster.query('select stopped from source_cursor'))[0]?.['stopped']).includes(word),
      cluster.told,
    );
  };
  const resume = async (from: string): Promise<void> => {
    const said = await cluster.hito([
      'source',
      'resume',
      'clicks',
      '--topic',
      topic,
      '--partition',
      '0',
      '--from',
      from,
      '--yes',
    ]);
    expect(said).toContain(`goes on from ${from}`);
  };
  await cluster.write(topic, clicks(0, 100));
  const first = cluster.spawn(sourceOf([topic]));
  await cluster.read(topic);
  first.child.kill('SIGTERM');
  await first.exited;
  // Retention.
  await cluster.write(topic, clicks(100, 200));
  await cluster.operate(async (admin) => {
    // kafkajs knows a topic only once it was asked about.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '150' }] });
  });
  const second = cluster.spawn(sourceOf([topic]));
  await stopped('retention has overtaken the reader: it stands at 100, the topic begins at 150; 50 records are lost');
  expect(await cluster.hito(['source', 'lag'], sourceOf([topic]))).toMatch(
    /clicks +\S+ +0 +100 +200 +100 +source clicks, .*retention has overtaken/,
  );
  await resume('earliest');
  await cluster.read(topic);
  expect(numbersOf((await cluster.calls()).calls)).toEqual([...count(100), ...count(200).slice(150)]);
  // Made anew and longer than before, while the reader was away.
  second.child.kill('SIGTERM');
  await second.exited;
  await cluster.deleteTopic(topic);
  await cluster.operate((admin) => admin.createTopics({ topics: [{ topic, numPartitions: 1 }] }));
  await cluster.write(topic, clicks(200, 500));
  const third = cluster.spawn(sourceOf([topic]));
  await stopped('the topic was made anew');
  await resume('earliest');
  await cluster.read(topic);
  const { calls } = await cluster.calls();
  expect(numbersOf(calls)).toEqual([...count(100), ...count(500).slice(150)]);
  expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
  await until(async () => (await cluster.calls(identified)).calls.length === calls.length, cluster.told);
  expect(third.status()?.tasks.some(({ readings }) => readings?.[`source.stopped.clicks/${topic}/0`] === 0)).toBe(true);
}, 240_000);
