import type { collected, DataOf } from '#contracts';
import type { RepeatedCall, Tick } from './schedule.ts';

/** A call that lies on `collected`, with its place there. */
export interface PastCall {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: DataOf<typeof collected>;
}

const atOf = ({ value }: PastCall): number => Date.parse(value.at);

/**
 * The replay of calls that have come before, in the order in which they arrived: ticks as `schedule` makes them. Each call says that it is
 * replayed, so that its person is never mailed for real. The same calls give the same positions. `until`: the instant at which the replay's
 * clock ends, epoch ms, after every call.
 */
export function* pastTicks(calls: readonly PastCall[], until: number, tickMs = 900_000): Generator<Tick<RepeatedCall>, void> {
  const sorted = [...calls].sort((a, b) => atOf(a) - atOf(b) || a.partition - b.partition || a.offset - b.offset);
  const [first] = sorted;
  if (first === undefined) return;
  let position = 0;
  let open: RepeatedCall[] = [];
  let last = atOf(first);
  const close = (at: number): Tick<RepeatedCall> => {
    last = at;
    const tick = { calls: open, clock: { position: ++position, at } };
    open = [];
    return tick;
  };
  yield close(last);
  for (const [index, call] of sorted.entries()) {
    const at = atOf(call);
    open.push({ position: ++position, at, past: { key: call.key, value: { ...call.value, replayed: true } } });
    const next = sorted[index + 1];
    const tickEnd = (Math.floor(at / tickMs) + 1) * tickMs;
    const nextAt = next === undefined ? until : atOf(next);
    if (nextAt >= tickEnd || next === undefined) yield close(Math.min(tickEnd, nextAt));
  }
  if (last < until) yield close(until);
}
