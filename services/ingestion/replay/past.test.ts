import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { callId } from '#contracts';
import { pastTicks, type PastCall } from './past.ts';
import { recordsOf } from './records.ts';

const start = Date.parse('2026-10-01T00:00:00Z');
const past = (n: number, ms: number, partition: number): PastCall => ({
  partition,
  offset: n,
  key: `u${String(n % 5)}`,
  value: {
    id: callId('web', String(n)),
    source: 'web',
    message_id: String(n),
    type: 'track',
    user_id: `u${String(n % 5)}`,
    event: 'Order Completed',
    occurred_at: new Date(start + ms).toISOString(),
    at: new Date(start + ms).toISOString(),
  },
});

describe('a replay of what came before', () => {
  test('writes every call once, marked as replayed, in the order of arrival, and no clock that is later than what follows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 20 * 3_600_000 }), fc.nat({ max: 2 })), { minLength: 1, maxLength: 60 }),
        (made) => {
          const calls = made.map(([ms, partition], n) => past(n, ms, partition));
          const until = start + 21 * 3_600_000;
          const ticks = [...pastTicks(calls, until)];
          const sent = ticks.flatMap((tick) => tick.calls);
          expect(sent.map((call) => call.past.value.message_id).sort()).toEqual(
            calls.map(({ value }) => value.message_id).sort(),
          );
          expect(sent.every((call) => call.past.value.replayed === true)).toBe(true);
          let clock = -Infinity;
          let position = 0;
          for (const { calls: some, clock: end } of ticks) {
            for (const call of some) {
              expect(call.at).toBeGreaterThanOrEqual(clock);
              expect(call.position).toBe(++position);
            }
            expect(end.position).toBe(++position);
            expect(some.every(({ at }) => at < end.at)).toBe(true);
            clock = end.at;
          }
          expect(clock).toBe(until);
          expect([...pastTicks([...calls].reverse(), until)]).toEqual(ticks);
        },
      ),
    );
  });

  test('goes to the topic of the other installation, by the key that it had', () => {
    const [, tick] = [...pastTicks([past(1, 0, 0)], start + 1_000)];
    const [record] = recordsOf(tick ?? { calls: [], clock: { position: 0, at: 0 } }, { prefix: 'trial', partitions: 3 });
    expect(record).toMatchObject({ topic: 'trial.collected.v1', key: 'u1' });
    expect(JSON.parse(String(record?.value))).toMatchObject({ source: 'web', message_id: '1', replayed: true });
  });
});
