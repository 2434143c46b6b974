import { afterEach, describe, expect, test } from '@jest/globals';
import { collected, events, identified, personId, profiles, topicOf } from '#contracts';
import { topology, until, type Topology } from '#testing';
import { collect } from './domain/collect.ts';
import { identity } from './identity.processor.ts';
import { profile } from './profile.processor.ts';
import type { Order } from './replay/history.ts';
import { recordsOf } from './replay/records.ts';
import { callCount, schedule } from './replay/schedule.ts';

const processors = [identity, profile].map((processor) => ({ processor, rules: undefined, rulesVersion: 'test' }));

const partitions = 2;
const day = 86_400_000;
let running: Topology | undefined;

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

/** Durable counters of a processor over all its tasks. */
function tallies(running: Topology, processor: string): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const task of running.status())
    if (task.processor === processor)
      for (const [name, count] of Object.entries(task.tallies)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

describe('a replay through the runtime', () => {
  const orders = Array.from({ length: 60 }, (_, i): Order => ({
    line: i + 1,
    customer: String(i % 13).padStart(3, '0'),
    day: Math.floor(i / 4) * day,
    quantity: 1,
    dollars: i,
  }));
  const until = Date.parse('2026-10-31');

  const replayed = async (tickMs: number) => {
    running = await topology(processors, { partitions });
    for (const tick of schedule(orders, { until, tickMs }))
      await running.log.produce(recordsOf(tick, { prefix: 'test', partitions }));
    await running.reached(until + day);
    const seen = {
      events: running.read(events),
      profiles: running.read(profiles),
      accepted: tallies(running, 'identity')['accepted'],
    };
    await running.stop();
    return seen;
  };

  test('every order becomes one event at its instant, every person has one profile, which is marked', async () => {
    const seen = await replayed(900_000);
    expect(seen.accepted).toBe(callCount(orders));
    expect(seen.events.map(({ message_id }) => message_id).sort()).toEqual(
      orders.map(({ line }) => `order-${String(line)}`).sort(),
    );
    expect(seen.events.every(({ at, moment }) => at === moment)).toBe(true);
    expect(seen.profiles).toHaveLength(13);
    expect(
      seen.profiles.every(({ replayed, email, zone, locale }) => replayed && [email, zone, locale].every((x) => x !== undefined)),
    ).toBe(true);
  });

  test('is the same, id for id, with other ticks', async () => {
    const ids = async (tickMs: number) => {
      const seen = await replayed(tickMs);
      return [...seen.events, ...seen.profiles].map(({ id }) => id).sort();
    };
    expect(await ids(3 * day)).toEqual(await ids(1000));
  });
});

describe('live', () => {
  let sequence = 0;
  const send = async (to: Topology, ...items: Record<string, unknown>[]): Promise<void> => {
    for (const item of items) {
      const verdict = collect({ messageId: `m${String(sequence++)}`, ...item }, { source: 's', arrivedAt: Date.now() });
      if (!verdict.accepted) throw new Error(verdict.reason);
      await to.log.produce([
        { topic: topicOf('test', collected), key: verdict.key, partition: 0, value: JSON.stringify(verdict.value) },
      ]);
    }
  };

  test('450 anonymous events wait, and are their person’s events once an identify comes', async () => {
    running = await topology(processors, { partitions: 1 });
    await running.clock(collected, { clock: 'live' });
    await send(
      running,
      ...Array.from({ length: 450 }, (_, i) => ({
        type: 'track',
        event: `e${String(i)}`,
        anonymousId: 'a',
        timestamp: '2026-01-01T00:00:00Z',
      })),
    );
    const live = running;
    await until(() => tallies(live, 'identity')['waiting'] === 450);
    expect(live.read(identified)).toEqual([]);
    await send(live, { type: 'identify', anonymousId: 'a', userId: 'u', traits: { email: 'ana@shop.example' } });
    await until(() => live.read(events).length === 450);
    expect(live.read(events).map(({ event }) => event)).toEqual(Array.from({ length: 450 }, (_, i) => `e${String(i)}`));
    expect(new Set(live.read(events).map(({ person_id, moment }) => `${person_id} ${moment}`))).toEqual(
      new Set([`${personId('u')} 2026-01-01T00:00:00.000Z`]),
    );
    expect(live.read(profiles)).toMatchObject([{ email: 'ana@shop.example', replayed: false }]);
    expect(tallies(live, 'identity')).toMatchObject({ accepted: 451, waiting: 0 });
  });

  test('one person’s 64 large identifies stop nobody: the traits are bounded', async () => {
    running = await topology(processors, { partitions: 1 });
    await running.clock(collected, { clock: 'live' });
    const large = Array.from({ length: 4 }, (_, n) => ({ [`k${String(n)}`]: 'x'.repeat(240_000), email: 'ana@shop.example' }));
    const small = Array.from({ length: 60 }, (_, n) => ({ [`m${String(n)}`]: 'y'.repeat(5_000), n }));
    await send(running, ...[...large, ...small].map((traits) => ({ type: 'identify', userId: 'u', traits })));
    await send(running, { type: 'track', event: 'Order Completed', userId: 'somebody else' });
    const live = running;
    await until(() => live.read(events).length === 1);
    expect(live.status().filter(({ stopped }) => stopped)).toEqual([]);
    const sizes = live.read(profiles).map((record) => JSON.stringify(record).length);
    expect(Math.max(...sizes)).toBeLessThan(40_000);
    expect(live.read(profiles).at(-2)).toMatchObject({ email: 'ana@shop.example', traits: { n: 59 } });
    expect(tallies(live, 'profile')['traits.dropped']).toBeGreaterThan(50);
  });

  test('an alias of two known users is refused and counted, and each stays who they are', async () => {
    running = await topology(processors, { partitions: 1 });
    await running.clock(collected, { clock: 'live' });
    const live = running;
    await send(
      live,
      { type: 'identify', userId: 'old', traits: { email: 'old@shop.example' } },
      { type: 'identify', userId: 'new', traits: { email: 'new@shop.example' } },
      { type: 'alias', previousId: 'old', userId: 'new' },
      { type: 'alias', previousId: 'never seen', userId: 'new' },
      { type: 'track', event: 'x', userId: 'old' },
      // A site that sends the user id as the anonymous id too: these are not the other user's.
      { type: 'track', event: 'y', anonymousId: 'old' },
      { type: 'track', event: 'z', userId: 'old', anonymousId: 'old' },
    );
    await until(() => live.read(events).length === 3);
    expect(live.read(events).map(({ event }) => event)).toEqual(['x', 'z', 'y']);
    for (const { person_id } of live.read(events)) expect(person_id).toBe(personId('old'));
    expect(live.read(profiles).map(({ email }) => email)).toEqual(['old@shop.example', 'new@shop.example']);
    await until(() => tallies(live, 'profile')['dead_letter.refused.s'] === 1);
    expect(tallies(live, 'profile')).toMatchObject({ persons: 2, dead_letters: 1 });
  });

  test('a message id counts once per source', async () => {
    running = await topology(processors, { partitions: 1 });
    await running.clock(collected, { clock: 'live' });
    const twice = { type: 'track', event: 'x', userId: 'u', messageId: 'same' };
    await send(running, twice, { ...twice, event: 'other' }, { ...twice, messageId: 'last' });
    const live = running;
    await until(
      () => live.read(events).length >= 2,
      () => JSON.stringify([live.status(), live.read(events).length, live.read(identified).length]),
    );
    expect(live.read(events).map(({ event, message_id }) => `${event} ${message_id}`)).toEqual(['x same', 'x last']);
  });
});
