import { expect, test } from '@jest/globals';
import { collected, events, topicOf } from '#contracts';
import { partitionOf } from '#stream';
import { topology, until } from '#testing';
import { collect } from './domain/collect.ts';
import { identity } from './identity.processor.ts';
import { profile } from './profile.processor.ts';

test('calls as large as can be, of one person, keep nobody else from going on', async () => {
  const flow = await topology(
    [identity, profile].map((processor) => ({ processor, rules: undefined, rulesVersion: 'test' })),
    { partitions: 1 },
  );
  await flow.clock(collected, { clock: 'live' });
  let sequence = 0;
  const send = (...items: Record<string, unknown>[]): Promise<void> =>
    flow.log.produce(
      items.flatMap((item) => {
        const verdict = collect({ messageId: `m${String(sequence++)}`, ...item }, { source: 's', arrivedAt: Date.now() });
        // What the edge refuses does not come this far.
        if (!verdict.accepted) return [];
        return {
          topic: topicOf('test', collected),
          key: verdict.key,
          partition: partitionOf(verdict.key, 1),
          value: JSON.stringify(verdict.value),
        };
      }),
    );
  const large = (key: string, size: number) => ({ [key]: 'é'.repeat(size) });
  await send(
    ...Array.from({ length: 4 }, (_, i) => ({ type: 'identify', userId: 'victim', traits: large(`k${String(i)}`, 110_000) })),
  );
  await send(
    ...Array.from({ length: 60 }, (_, n) => ({ type: 'identify', userId: 'victim', traits: { ...large('more', 22_000), n } })),
  );
  await send(
    ...Array.from({ length: 60 }, () => ({ type: 'track', event: 'Seen', anonymousId: 'a', properties: large('p', 22_000) })),
    { type: 'identify', anonymousId: 'a', userId: 'victim' },
  );
  await send({ type: 'track', event: 'Order Completed', userId: 'somebody-else' });
  await until(
    () => flow.read(events).some(({ event }) => event === 'Order Completed'),
    () => JSON.stringify(flow.status()),
  );
  expect(flow.status().filter(({ stopped }) => stopped)).toEqual([]);
  const tallies = { ...flow.store('identity').tallies('identity'), ...flow.store('profile').tallies('profile') };
  expect(Object.keys(tallies).filter((name) => name.startsWith('dead_letter.bug'))).toEqual([]);
  await flow.stop();
});
