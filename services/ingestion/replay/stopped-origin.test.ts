import { describe, expect, test } from '@jest/globals';
import { clockKey, processor } from '#stream';
import { collected, events, identified, messages, topicOf } from '#contracts';
import { silent, topology, until } from '#testing';
import { identity } from '../identity.processor.ts';
import { profile } from '../profile.processor.ts';
import { replay } from './client.ts';
import type { Order } from './history.ts';
import { callCount, schedule } from './schedule.ts';

const partitions = 3;
const day = 86_400_000;
const options = { until: Date.parse('2026-10-31') };
const orders = Array.from({ length: 3_000 }, (_, i): Order => ({
  line: i + 1,
  customer: String(i % 50),
  day: Math.floor(i / 10) * day,
  quantity: 1,
  dollars: 1,
}));
const ahead = { calls: 100, ticks: 50 };

/** Stands where orchestration stands: its time on `messages` is what the replayer waits for. */
const last = processor({
  service: 'orchestration',
  name: 'orchestration',
  version: 1,
  inputs: [{ contract: events, kind: 'ordered' }],
  outputs: [{ contract: messages }],
  decide: () => ({ state: undefined }),
});

const flowOf = () =>
  topology(
    [identity, profile, last].map((one) => ({ processor: one, rules: undefined, rulesVersion: '1' })),
    { partitions },
  );

function replayInto(flow: Awaited<ReturnType<typeof flowOf>>): Promise<void> {
  return replay({
    log: flow.log,
    target: { prefix: flow.prefix, partitions },
    ticks: schedule(orders, options),
    total: callCount(orders),
    ahead,
    checkpoint: { history: 'h', until: 'u', position: 0, done: false },
    save: () => undefined,
    progress: () => undefined,
    logger: silent,
    signal: new AbortController().signal,
  });
}

const eventIds = (flow: Awaited<ReturnType<typeof flowOf>>): string[] =>
  flow
    .read(events)
    .map(({ id }) => id)
    .sort();

describe('one origin of a re-keyed hop that has stopped', () => {
  test('holds time behind it, and the closed loop keeps what waits in memory within its bound; then all is as ever', async () => {
    const flow = await flowOf();
    const row = flow.store('identity').row('identity', 1);
    row.task = { ...row.task, stopped: 'for this test' };
    await flow.stop();

    const held = await topology(
      [identity, profile, last].map((one) => ({ processor: one, rules: undefined, rulesVersion: '1' })),
      { log: flow.log, stores: flow.stores },
    );
    const done = replayInto(held);
    const calls = (): number => held.log.read(topicOf(held.prefix, collected)).filter(({ key }) => key !== clockKey).length;
    const others = (): number[] =>
      held
        .status()
        .filter(({ processor: name, partition }) => name === 'identity' && partition !== 1)
        .map(({ lagRecords }) => lagRecords);
    let before = -1;
    // Until nothing moves any more: the replayer waits, and who is not stopped has done its part.
    await until(
      async () => {
        const unmoved = before === calls() && before > 0 && others().every((lag) => lag === 0);
        before = calls();
        await new Promise((resolve) => setTimeout(resolve, 200));
        return unmoved;
      },
      () => JSON.stringify(held.status()),
    );
    const identifiedSoFar = held.log
      .read(topicOf(held.prefix, identified))
      .filter(({ headers }) => headers['hito-control'] === undefined);
    expect(calls()).toBeLessThanOrEqual(ahead.calls);
    // All that waits for the stopped origin waits in the buffers of `profile`: no more than the replayer was allowed to send.
    expect(identifiedSoFar.length).toBeGreaterThan(10);
    expect(held.read(events)).toEqual([]);
    const waiting = held.status().filter(({ processor: name }) => name === 'profile');
    expect(waiting.map(({ waitsFor }) => waitsFor)).toEqual(
      Array.from({ length: partitions }, () => 'input identified.v1 of identity/1'),
    );
    expect(waiting.map(({ watermark }) => watermark)).toEqual(Array.from({ length: partitions }, () => undefined));

    held.store('identity').resume('identity', 1);
    await done;
    await held.stop();

    const undisturbed = await flowOf();
    await replayInto(undisturbed);
    await undisturbed.stop();
    expect(eventIds(held)).toEqual(eventIds(undisturbed));
    expect(eventIds(held)).toHaveLength(orders.length);
  });
});
