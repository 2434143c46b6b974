import type { Broadcast } from '../input/broadcast.ts';
import type { Log } from '../model/log.ts';
import type { Logger } from '../model/runtime.types.ts';

/** How a broadcast topic is followed. */
export interface Following {
  readonly log: Log;
  /** With its prefix. */
  readonly topic: string;
  /** How often the topic's end is asked for, ms. */
  readonly askMs: number;
  /** Wall clock, ms. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** Reads a broadcast topic from its beginning and goes on; rejects where the broker is away at the start. */
export async function follow(
  broadcast: Broadcast,
  { log, topic, askMs, now, logger }: Following,
): Promise<{ stop(): Promise<void> }> {
  const tail = await log.tail(topic, { from: 'beginning', partitions: [0] }, (_, records) => {
    broadcast.records(records);
  });
  let asking = false;
  const ask = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    const at = now();
    try {
      const [end] = (await log.ends([topic])).get(topic) ?? [];
      if (end !== undefined && end >= 0) broadcast.ends(end, at);
    } catch (error) {
      logger.warn({ topic, error: (error as Error).message }, 'the end of the rules is not known: it is asked for again');
    } finally {
      asking = false;
    }
  };
  void ask();
  const timer = setInterval(() => void ask(), askMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await tail.stop();
    },
  };
}
