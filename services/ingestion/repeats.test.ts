import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { collected, identified, profiles, topicOf } from '#contracts';
import { MemoryLog, MemoryStore, topology, until, type Topology } from '#testing';
import { collect } from './domain/collect.ts';
import { withdrawal, withdrawnIn } from './domain/withdrawals.ts';
import { identity } from './identity.processor.ts';
import { profile } from './profile.processor.ts';

type Call = Readonly<Record<string, unknown>>;
const described = [identity, profile].map((processor) => ({ processor, rules: undefined, rulesVersion: 'test' }));
const installation = () => ({
  partitions: 1,
  log: new MemoryLog(1),
  stores: new Map([
    ['identity', new MemoryStore()],
    ['profile', new MemoryStore()],
  ]),
});

const send = (to: Topology, calls: readonly Call[]): Promise<unknown> =>
  to.log.produce(
    calls.map((call) => {
      const verdict = collect(call, { source: 'site', arrivedAt: Date.now() });
      if (!verdict.accepted) throw new Error(verdict.reason);
      return { topic: topicOf('test', collected), key: verdict.key, partition: 0, value: JSON.stringify(verdict.value) };
    }),
  );

/** Sends the calls, each portion under owners of its own, and waits until all are taken or dropped. */
async function after(...portions: readonly (readonly Call[])[]) {
  const options = installation();
  let flow = await topology(described, options);
  await flow.clock(collected, { clock: 'live' });
  let sent = 0;
  for (const portion of portions) {
    await send(flow, portion);
    sent += portion.length;
    const { accepted = 0, duplicates = 0 } = options.stores.get('identity')?.tallies('identity') ?? {};
    if (sent > accepted + duplicates)
      await until(
        () => {
          const now = options.stores.get('identity')?.tallies('identity') ?? {};
          return (now['accepted'] ?? 0) + (now['duplicates'] ?? 0) === sent;
        },
        () => JSON.stringify(flow.status()),
      );
    await flow.kill();
    flow = await topology(described, options);
  }
  const known = options.log.topics.get('test.identified.v1')?.[0] ?? [];
  const heard = () => flow.status().find(({ processor }) => processor === 'profile')?.lagRecords === 0;
  await until(
    () => heard() && known.length > 0,
    () => JSON.stringify(flow.status()),
  );
  await flow.stop();
  return {
    heard: flow
      .read(identified)
      .map((call) => [call.type === withdrawal ? 'withdrawal' : 'call', call.message_id, withdrawnIn(call)]),
    consents: flow.read(profiles).at(-1)?.consents ?? {},
    tallies: options.stores.get('identity')?.tallies('identity') ?? {},
  };
}

const identify = (messageId: string, consents: object): Call => ({
  type: 'identify',
  userId: 'u',
  messageId,
  traits: { consents },
});

test('a repeated message id with another payload does not swallow its withdrawal', async () => {
  const { consents, tallies } = await after([
    identify('same', { news: true }),
    identify('same', { news: false, offers: true }),
    identify('same', { news: false, offers: true }),
  ]);
  expect(consents).toMatchObject({ news: { granted: false } });
  expect(consents).not.toHaveProperty('offers');
  expect(tallies).toMatchObject({ accepted: 2, duplicates: 1, 'repeats.salvaged': 1 });
});

test('a repeat of a withdrawal is heard once: a grant that came after it stays', async () => {
  const no = { type: 'track', event: 'Consent Withdrawn', userId: 'u', messageId: 'no', properties: { category: 'news' } };
  const yes = { type: 'track', event: 'Consent Granted', userId: 'u', messageId: 'yes', properties: { category: 'news' } };
  const { consents, tallies } = await after([no], [yes], [no], [no, { ...no, properties: { category: 'news', page: 2 } }]);
  expect(consents).toMatchObject({ news: { granted: true } });
  expect(tallies).toMatchObject({ accepted: 2, duplicates: 3 });
  expect(tallies).not.toHaveProperty(['repeats.salvaged']);
});

test('a repeat that speaks of another person is heard for that person alone', async () => {
  const { heard } = await after([
    identify('same', { news: false }),
    { ...identify('same', { news: false }), userId: 'v' },
    { type: 'page', anonymousId: 'a', userId: 'u', messageId: 'same', context: { consent: { news: false } } },
  ]);
  expect(heard).toHaveLength(3);
});

test('of any calls with any ids, every withdrawal is heard once and no repeat grants', async () => {
  const call = fc.record({
    id: fc.constantFrom('m1', 'm2'),
    no: fc.subarray(['news', 'offers']),
    yes: fc.subarray(['news', 'tips']),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(call, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
      async (portions) => {
        const made = portions.map((calls) =>
          calls.map(({ id, no, yes }) =>
            identify(
              id,
              Object.fromEntries([...yes.map((name) => [name, true] as const), ...no.map((name) => [name, false] as const)]),
            ),
          ),
        );
        const ids = new Set<string>();
        const said = new Set<string>();
        const expected: (readonly [string, readonly string[]])[] = [];
        for (const { id, no } of portions.flat()) {
          const words = `${id} ${no.join()}`;
          if (!ids.has(id)) expected.push(['call', no]);
          else if (no.length > 0 && !said.has(words)) expected.push(['withdrawal', no]);
          ids.add(id);
          if (no.length > 0) said.add(words);
        }
        const { heard, tallies } = await after(...made);
        expect(heard.map(([kind, , names]) => [kind, names])).toEqual(expected);
        expect((tallies['accepted'] ?? 0) + (tallies['duplicates'] ?? 0)).toBe(portions.flat().length);
      },
    ),
    { numRuns: 30 },
  );
});
