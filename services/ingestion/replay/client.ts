import { setTimeout as sleep } from 'node:timers/promises';
import { messages, topicOf } from '#contracts';
import { controlHeader, failPoint, parseWatermark, type Log, type Logger } from '#stream';
import type { Checkpoint } from './checkpoint.ts';
import { recordsOf, type Target } from './records.ts';
import { Returns, type Ahead } from './returns.ts';
import type { Tick } from './schedule.ts';

/** What the launcher shows; `virtual` is the instant up to which everything has come back (or the replay's beginning). */
export interface Progress {
  readonly virtual: string;
  /** Calls sent and acknowledged, of `total`. */
  readonly events: number;
  readonly total: number;
  readonly ticks: number;
}

export interface ReplayParts {
  readonly log: Pick<Log, 'produce' | 'tail'>;
  readonly target: Target;
  readonly ticks: Iterable<Tick>;
  readonly total: number;
  readonly ahead: Ahead;
  readonly checkpoint: Checkpoint;
  readonly save: (checkpoint: Checkpoint) => void;
  readonly progress: (progress: Progress) => void;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Replays in a closed loop: never further ahead of the slowest watermark on `messages` than allowed, each tick acknowledged
 * before the next one. Resolves when all has come back, or the signal aborts; carries on from the checkpoint.
 */
export async function replay(parts: ReplayParts): Promise<void> {
  const { target, checkpoint, signal } = parts;
  const returns = new Returns(
    Array.from({ length: target.partitions }, (_, p) => `orchestration/${String(p)}`),
    parts.ahead,
  );
  const tail = await parts.log.tail(topicOf(target.prefix, messages), { from: 'beginning' }, (_, records) => {
    for (const record of records) {
      const watermark = record.headers[controlHeader] === 'watermark' ? parseWatermark(record) : undefined;
      if (watermark !== undefined) returns.returned(watermark.origin, watermark.at);
    }
  });
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
  const ready = (test: () => boolean): Promise<void> => Promise.race([returns.until(test), aborted]);

  let sent = 0;
  let ticks = 0;
  let position = checkpoint.position;
  let beginning: number | undefined;
  const told = setInterval(() => {
    tell();
  }, 250);
  const tell = (): void => {
    const virtual = Number.isFinite(returns.slowest) ? Math.max(returns.slowest, beginning ?? 0) : (beginning ?? 0);
    parts.progress({ virtual: new Date(virtual).toISOString(), events: sent, total: parts.total, ticks });
  };
  try {
    for (const tick of parts.ticks) {
      beginning ??= tick.clock.at;
      const before = tick.clock.position <= checkpoint.position;
      if (!before) await ready(() => returns.mayGo(tick.calls.length));
      if (signal.aborted) return;
      returns.sending(tick.clock.at, tick.calls.length);
      if (!before) {
        await send(parts, tick);
        if (signal.aborted) return;
        failPoint('after-publish');
        position = tick.clock.position;
        parts.save({ ...checkpoint, position });
        failPoint(`tick-${String(ticks)}`);
      }
      sent += tick.calls.length;
      ticks += 1;
    }
    await ready(() => returns.allBack);
    if (!signal.aborted) parts.save({ ...checkpoint, position, done: true });
  } finally {
    clearInterval(told);
    tell();
    await tail.stop();
  }
}

/** Repeats a tick until the broker has all of it; what arrives twice is dropped by its position. */
async function send({ log, target, logger, signal }: ReplayParts, tick: Tick): Promise<void> {
  const records = recordsOf(tick, target);
  for (let wait = 100; !signal.aborted; wait = Math.min(wait * 2, 5000)) {
    try {
      await log.produce(records);
      return;
    } catch (error) {
      logger.warn(
        { err: error, position: tick.clock.position, againInMs: wait },
        'The broker did not acknowledge a tick; it is sent again',
      );
      await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
  }
}
