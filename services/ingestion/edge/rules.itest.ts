import { request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { collected, events, personId } from '#contracts';
import { partitionOf } from '#stream';
import { topology, until, type Topology } from '#testing';
import { identity } from '../identity.processor.ts';
import { profile } from '../profile.processor.ts';
import { basic, Edge, key, track } from '../testing/edge.ts';

let edge: Edge;
let running: Topology | undefined;
beforeEach(async () => {
  edge = await Edge.start([], 2_000);
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await edge.stop();
});

const own = basic(`${key}:`);
const post = async (path: string, body: object, headers = own): Promise<void> => {
  const answer = await edge.post(path, JSON.stringify(body), headers);
  expect([answer.status, await answer.json()]).toEqual([200, { success: true }]);
};

/** What the edge has put on `collected`, through identity and profile: the events, and what identity counted. */
async function judged(): Promise<{ readonly said: string[]; readonly counts: Readonly<Record<string, number>> }> {
  const flow = (running = await topology(
    [identity, profile].map((processor) => ({ processor, rules: undefined, rulesVersion: '1' })),
    { partitions: 2 },
  ));
  await flow.clock(collected, { clock: 'live' });
  const sent = edge.log.of('collected.v1');
  await flow.log.produce(
    sent.map((record) => ({
      topic: 'test.collected.v1',
      key: record.key,
      partition: partitionOf(record.key, 2),
      value: JSON.stringify(record.value),
    })),
  );
  const counts = (): Record<string, number> => flow.store('identity').tallies('identity');
  await until(
    () => (counts()['accepted'] ?? 0) + (counts()['duplicates'] ?? 0) === sent.length,
    () => JSON.stringify([counts(), flow.status()]),
  );
  const people = new Map(['u1', 'a', 'b', 'c'].map((user) => [personId(user), user]));
  const told = (): string[] => flow.read(events).map(({ person_id, event }) => `${people.get(person_id) ?? person_id}: ${event}`);
  let before = -1;
  await until(async () => {
    const unmoved = before === told().length;
    before = told().length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return unmoved;
  });
  return { said: told(), counts: counts() };
}

describe('a body is JSON by its content', () => {
  test.each([
    'application/x-www-form-urlencoded',
    'application/octet-stream',
    'multipart/form-data; boundary=x',
    'application/json; charset=iso-8859-1',
    '',
  ])('whatever its type says: "%s", plain and as gzip', async (type) => {
    const headers = type === '' ? own : { ...own, 'content-type': type };
    for (const body of [JSON.stringify(track), gzipSync(JSON.stringify(track))])
      expect((await edge.post('/v1/track', body, headers)).status).toBe(200);
    expect(edge.log.calls).toHaveLength(2);
  });

  test('gzip in chunks without a length, as mobile clients send it', async () => {
    const status = await new Promise((resolve, reject) => {
      const call = request(`${edge.url}/v1/import`, { method: 'POST', headers: own }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).on('error', reject);
      const bytes = gzipSync(JSON.stringify({ batch: [{ type: 'track', ...track }] }));
      for (let at = 0; at < bytes.length; at += 10) call.write(bytes.subarray(at, at + 10));
      call.end();
    });
    expect([status, edge.log.calls.length]).toEqual([200, 1]);
  });
});

describe('the key', () => {
  const json = JSON.stringify({ ...track, writeKey: 'shop-secret' });
  test.each([
    ['of the body counts before that of the query', '/v1/track?writeKey=website-key', json, {}, 'shop'],
    [
      'of the query counts before a Bearer',
      '/v1/track?writeKey=website-key',
      JSON.stringify(track),
      { authorization: 'Bearer shop-secret' },
      'website',
    ],
  ])('%s', async (_, path, body, headers, source) => {
    expect((await edge.post(path, body, headers)).status).toBe(200);
    expect(edge.log.calls).toMatchObject([{ source }]);
  });

  test('that Basic names is the one that counts: an unknown one is not rescued by the body', async () => {
    expect((await edge.post('/v1/track', json, basic('nobody:'))).status).toBe(401);
    expect(edge.log.records).toEqual([]);
  });
});

describe('no answer of a data path tells a client to drop what could be delivered later', () => {
  const body = JSON.stringify(track);
  const batch = JSON.stringify({ batch: [{ type: 'track', ...track }] });
  const troubles: readonly (readonly [string, number, () => void])[] = [
    ['the broker is away', 429, () => (edge.log.away = true)],
    ['the broker does not answer', 429, () => (edge.log.silent = true)],
    ['history is being replayed', 429, () => (edge.log.clocks = ['driven', 'live'])],
    ['nothing is wrong', 200, () => undefined],
  ];
  test.each(troubles)('on any of them, when %s: %d', async (_, status, trouble) => {
    trouble();
    for (const [path, sent] of [
      ...['identify', 'track', 'page', 'screen', 'group', 'i', 't', 'p', 's', 'g'].map((route) => [`/v1/${route}`, body]),
      ...['batch', 'b', 'import', 'batch/', 'batch?writeKey=website-key'].map((route) => [`/v1/${route}`, batch]),
    ] as [string, string][]) {
      const answer = await edge.post(path, sent, { ...own, 'x-retry-count': '3' });
      expect([path, answer.status, answer.redirected]).toEqual([path, status, false]);
      if (status === 429) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
  });

  test('what is too large or cannot be read is 400, never 413: sent smaller, or mended, it is taken', async () => {
    const big = JSON.stringify({ batch: [{ ...track, type: 'track', x: 'x'.repeat(5_300_000) }] });
    for (const sent of [big, gzipSync(big), batch.slice(5)]) expect((await edge.post('/v1/batch', sent)).status).toBe(400);
    expect((await edge.post('/v1/batch', batch)).status).toBe(200);
  });
});

describe('a batch', () => {
  test('of 2,500 events and almost 5 MB is taken whole, each judged alone', async () => {
    const batch: unknown[] = Array.from({ length: 2_500 }, (_, i) => ({
      ...track,
      type: 'track',
      messageId: `m${String(i)}`,
      properties: { x: 'x'.repeat(1_850) },
    }));
    batch[1_200] = { type: 'track', userId: 'u1' };
    const body = JSON.stringify({ batch, sentAt: new Date().toISOString() });
    expect(body.length).toBeGreaterThan(4_800_000);
    const answer = await edge.post('/v1/batch', body);
    expect([answer.status, await answer.json()]).toEqual([200, { success: true }]);
    expect(edge.log.calls).toHaveLength(2_499);
    expect(edge.log.of('ingestion.dead-letters.v1').map(({ headers }) => headers?.['hito-dl-reason'])).toEqual([
      'event is missing: a track needs the name of what happened',
    ]);
  });

  test("is answered 200 after the broker's acknowledgement, and not before", async () => {
    edge.log.silent = true;
    let answered = false;
    const answer = edge.post('/v1/track', JSON.stringify(track)).then(({ status }) => {
      answered = true;
      return status;
    });
    await until(() => edge.log.unanswered === 1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(answered).toBe(false);
    edge.log.acknowledge();
    expect(await answer).toBe(200);
  });
});

describe('times', () => {
  const hour = 3_600_000;
  const iso = (at: number): string => new Date(at).toISOString();
  /** Ms between what happened and now, as the edge understands it. */
  const ago = (call: Record<string, unknown> | undefined): number =>
    Date.parse(String(call?.['at'])) - Date.parse(String(call?.['occurred_at']));
  const now = Date.now();
  test.each([
    ['one of them, and sentAt: corrected', { timestamp: iso(now - 5 * hour), sentAt: iso(now - 4 * hour) }, hour],
    ['the other, and sentAt: corrected', { originalTimestamp: iso(now + 5 * hour), sentAt: iso(now + 6 * hour) }, hour],
    ['one of them, no sentAt: as it is', { timestamp: iso(now - 5 * hour) }, 5 * hour],
    [
      'both: timestamp is right as it is',
      { timestamp: iso(now - 2 * hour), originalTimestamp: iso(now - 7 * hour), sentAt: iso(now - 4 * hour) },
      2 * hour,
    ],
    ['none: the arrival', {}, 0],
    ['four minutes ahead: believed', { timestamp: iso(now + 240_000) }, -240_000],
    ['an hour ahead: the arrival', { timestamp: iso(now + hour) }, 0],
  ])('%s; all that was said is kept', async (_, times: Record<string, string>, expected) => {
    await post('/v1/track', { ...track, ...times });
    // The same as the item of a batch, with `sentAt` on the envelope.
    const { sentAt, ...item } = times;
    await post('/v1/batch', { batch: [{ type: 'track', ...track, ...item }], ...(sentAt === undefined ? {} : { sentAt }) });
    expect(edge.log.calls).toHaveLength(2);
    for (const call of edge.log.calls) {
      expect(Math.abs(ago(call) - expected)).toBeLessThan(30_000);
      expect(call['timestamp']).toBe(times['timestamp']);
      expect(call['original_timestamp']).toBe(times['originalTimestamp']);
      expect(call['sent_at']).toBe(sentAt);
      expect(Math.abs(Date.parse(String(call['at'])) - Date.now())).toBeLessThan(30_000);
    }
  });

  test("an item's own sentAt counts before the envelope's; what was clamped is counted", async () => {
    await post('/v1/batch', {
      batch: [{ type: 'track', ...track, timestamp: iso(now - 5 * hour), sentAt: iso(now - 4 * hour) }],
      sentAt: iso(now - 2 * hour),
    });
    expect(Math.abs(ago(edge.log.calls[0]) - hour)).toBeLessThan(30_000);
    await post('/v1/track', { ...track, messageId: 'm2', timestamp: iso(now + hour) });
    expect((await judged()).counts).toEqual({ accepted: 2, clamped: 1 });
  });
});

describe('message ids', () => {
  const idOf = (): unknown[] => edge.log.calls.map((call) => call['message_id']);

  test('are kept, hashed when long, and the same again when a request without them is repeated', async () => {
    const { messageId: _, ...unnamed } = track;
    await post('/v1/track', { ...track, messageId: 'x'.repeat(100) });
    await post('/v1/track', { ...track, messageId: 'x'.repeat(101) });
    await post('/v1/track', { ...track, messageId: 12 });
    const timed = { ...unnamed, timestamp: '2026-01-01T00:00:00.000Z' };
    for (const sentAt of ['2026-01-01T00:01:00.000Z', '2026-01-01T00:02:00.000Z'])
      await post('/v1/batch', {
        batch: [
          { type: 'track', ...timed },
          { type: 'track', ...timed },
        ],
        sentAt,
      });
    const [kept, hashed, number, ...derived] = idOf();
    expect([kept, number]).toEqual(['x'.repeat(100), '12']);
    expect(String(hashed)).toMatch(/^[0-9a-f-]{36}$/);
    expect(derived.slice(0, 2)).toEqual(derived.slice(2));
    expect(new Set(derived).size).toBe(2);
  });

  test('count once per source whatever the event time, and the first payload wins', async () => {
    await post('/v1/track', { ...track, event: 'first' });
    await post('/v1/track', { ...track, event: 'second', timestamp: '2026-01-01T00:00:00Z' });
    await post('/v1/track', { ...track, event: 'of another source' }, basic('shop-secret:'));
    const { said, counts } = await judged();
    expect(said.sort()).toEqual(['u1: first', 'u1: of another source']);
    expect(counts).toEqual({ accepted: 2, duplicates: 1 });
  });
});

describe('ids and fields', () => {
  test('numbers become strings, unknown fields stay', async () => {
    await post('/v1/track', { ...track, userId: 42, anonymousId: 7, groupId: 'g', integrations: { All: false } });
    expect(edge.log.calls).toMatchObject([
      { user_id: '42', anonymous_id: '7', rest: { groupId: 'g', integrations: { All: false } } },
    ]);
    expect(edge.log.of('collected.v1')[0]?.key).toBe('7');
  });

  test('alias chains, cycles and self-aliases are safe: everything goes out once, and nothing goes round', async () => {
    const alias = (previousId: string, userId: string) => post('/v1/alias', { previousId, userId });
    const says = (anonymousId: string, event: string) => post('/v1/track', { event, anonymousId });
    await says('anon-7', 'before');
    await alias('anon-7', 'a');
    await alias('a', 'b');
    await alias('b', 'c');
    await alias('c', 'a');
    await alias('a', 'a');
    await alias('a', 'b');
    await says('anon-7', 'after');
    await post('/v1/track', { event: 'of a', userId: 'a' });
    const { said, counts } = await judged();
    expect(said.filter((line) => /before|after|of a$/.test(line)).sort()).toEqual(['a: after', 'a: before', 'a: of a']);
    expect(counts['accepted']).toBe(9);
    expect(counts['waiting'] ?? 0).toBe(0);
  });
});

test('a body that trickles is cut off: its time is for the whole of it', async () => {
  const socket = connect(edge.port, '127.0.0.1');
  socket.write(
    `POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: ${own['authorization'] ?? ''}\r\nContent-Length: 100000\r\n\r\n{`,
  );
  const trickle = setInterval(() => socket.write(' '), 50);
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.on('close', resolve));
  clearInterval(trickle);
  expect(text).toMatch(/^HTTP\/1.1 408/);
  expect(edge.log.records).toEqual([]);
});
