import { afterAll, beforeAll, expect, test } from '@jest/globals';
import avro, { type Schema } from 'avsc';
import protobuf from 'protobufjs';
import { identified } from '#contracts';
import { servers, until } from '#testing';
import { framed, TestRegistry } from '../testing/registry.ts';
import { SourceCluster } from '../testing/source-cluster.ts';

let cluster: SourceCluster;
let registry: TestRegistry;
beforeAll(async () => {
  cluster = await new SourceCluster().start();
  registry = await new TestRegistry().start();
});
afterAll(async () => {
  await cluster.stop();
  await registry.stop();
});

const env = (): Record<string, string> => ({
  HITO_SOURCE_CLUSTERS: JSON.stringify({
    shop: { brokers: [servers().broker], registry: { url: registry.url, username: 'hito', password: 'very-secret' } },
  }),
});
const sourceOf = (format: string, topic: string): string => `
  - name: ${format}
    topics: [${topic}]
    cluster: shop
    format: ${format}
    from: earliest
    map: { person: record.value.user, name: record.value.action, properties: { n: record.value.n } }`;

const click: Schema = {
  type: 'record',
  name: 'Click',
  fields: [
    { name: 'user', type: 'string' },
    { name: 'action', type: 'string' },
    { name: 'n', type: 'long' },
  ],
};
const proto = 'syntax = "proto3"; message Click { string user = 1; string action = 2; int64 n = 3; }';
const inAvro = (n: number): Buffer =>
  framed(1, avro.Type.forSchema(click).toBuffer({ user: `u${String(n % 7)}`, action: 'Clicked', n }));
const message = protobuf.parse(proto).root.lookupType('Click');
const inProtobuf = (n: number): Buffer =>
  framed(2, [0], message.encode({ user: `u${String(n % 7)}`, action: 'Clicked', n }).finish());
const count = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

test('values of Avro and Protobuf come out once each, whatever the registry does, and whoever dies', async () => {
  const [avroTopic, protobufTopic] = [await cluster.topic('avro', 2), await cluster.topic('protobuf', 2)];
  const sources = `sources:${sourceOf('avro', avroTopic)}${sourceOf('protobuf', protobufTopic)}`;
  const written = (value: Buffer) => ({ value, timestamp: String(Date.now() - 60_000) });
  await cluster.write(avroTopic, [...count(0, 700).map((n) => written(inAvro(n))), written(Buffer.from('{"user":"ana"}'))]);
  await cluster.write(
    protobufTopic,
    count(1_000, 1_700).map((n) => written(inProtobuf(n))),
  );
  // It knows neither schema at first, is broken, wants another log-in, shows somebody else's page, and is slow.
  registry.next.push(
    { status: 404, body: '{"error_code":40403}' },
    { status: 500, body: '{"error_code":50001}' },
    { status: 401, body: 'Unauthorized' },
    { status: 404, body: '<html>' },
    { status: 404, body: '{"error_code":40403}', afterMs: 500 },
  );
  registry.answers.set('/schemas/ids/1', { schema: JSON.stringify(click) });
  registry.answers.set('/schemas/ids/2', { schemaType: 'PROTOBUF', schema: proto });
  const first = cluster.spawn(sources, { ...env(), HITO_FAILPOINTS: 'after-worker-commit:3' });
  expect(await first.exited).toBe('SIGKILL');
  registry.next.push({ status: 503, body: '', afterMs: 200 }, { status: 404, body: '{"error_code":40403}' });
  cluster.spawn(sources, env());
  await cluster.read(avroTopic);
  await cluster.read(protobufTopic);
  const numbers = (calls: readonly Record<string, unknown>[]): number[] =>
    calls.map(({ properties }) => (properties as { n: number }).n).sort((a, b) => a - b);
  const expected = [...count(0, 700), ...count(1_000, 1_700)];
  const { calls } = await cluster.calls();
  expect(numbers(calls)).toEqual(expected);
  expect(calls.find(({ source }) => source === 'protobuf')).toMatchObject({ type: 'track', event: 'Clicked' });
  await until(async () => (await cluster.calls(identified)).calls.length >= expected.length, cluster.told);
  expect(numbers((await cluster.calls(identified)).calls)).toEqual(expected);
  // Only what is no value of the registry is a dead letter.
  expect((await cluster.letters()).map(({ headers }) => headers['hito-dl-reason'])).toEqual([
    'source avro: the value does not begin with a zero byte and the id of a schema, as a writer with a registry makes it',
  ]);
  expect(registry.next).toEqual([]);
  expect(new Set(registry.logins)).toEqual(new Set([`Basic ${Buffer.from('hito:very-secret').toString('base64')}`]));
  const lag = await cluster.hito(['source', 'lag'], sources, { env: env() });
  expect(lag).toMatch(/^SOURCE +TOPIC +PARTITION +NEXT +END +LAG +REMARK/);
  expect(lag.match(/^(avro|protobuf) .* 0 *$/gm)).toHaveLength(4);
});

test('`hito source try --value` shows what the registry makes of a value, and the event; without the value, the event alone', async () => {
  registry.answers.set('/schemas/ids/1', { schema: JSON.stringify(click) });
  const sources = `sources:${sourceOf('avro', 'clicks')}`;
  const tried = (input: Buffer, ...more: string[]): Promise<string> =>
    cluster.hito(['source', 'try', 'playbook.yaml', '--source', 'avro', ...more], sources, { input, env: env() });
  const shown = await tried(inAvro(10), '--value');
  // A value may end with the byte that a shell would end a line with: 10 in zigzag form is 20, 5 is 10.
  expect(JSON.parse(shown.slice(0, shown.indexOf('\n}') + 2))).toEqual({ user: 'u3', action: 'Clicked', n: 10 });
  expect(JSON.parse(shown.slice(shown.indexOf('\n}') + 2))).toMatchObject({
    user_id: 'u3',
    event: 'Clicked',
    properties: { n: 10 },
  });
  expect(JSON.parse(await tried(inAvro(5)))).toMatchObject({ user_id: 'u5', properties: { n: 5 } });
  await expect(tried(framed(99, [1]))).rejects.toThrow('No event: its schema 99 is not known yet');
});
