import { setTimeout as sleep } from 'node:timers/promises';
import { startedAt } from '../process/identity.ts';
import type { Infrastructure, Server } from './infrastructure.types.ts';

const lookEveryMs = 500;
const againAfterMs = 2_000;

/** Starts Kafka and Postgres again when they die (only where they are processes of ours). The answer ends the watch; it resolves when it has ended. */
export function keepAlive({ kafka, postgres }: Infrastructure, log: (line: string) => void): () => Promise<void> {
  const stop = new AbortController();
  const pause = (ms: number): Promise<unknown> => sleep(ms, undefined, { signal: stop.signal }).catch(() => undefined);
  const watch = async (name: string, server: Server): Promise<void> => {
    for (;;) {
      await pause(lookEveryMs);
      if (stop.signal.aborted) return;
      if (startedAt(server.pid) !== undefined) continue;
      log(`${name} died; it is started again`);
      // Postgres' children outlive a killed parent for a moment and hold its memory: then it takes a second try.
      await server.start().catch(async (error: unknown) => {
        log(`${name} could not be started: ${(error as Error).message.split('\n')[0] ?? ''}`);
        await pause(againAfterMs);
      });
    }
  };
  const watches = [
    ...(kafka === undefined ? [] : [watch('Kafka', kafka)]),
    ...(postgres === undefined ? [] : [watch('Postgres', postgres)]),
  ];
  return async () => {
    stop.abort();
    await Promise.all(watches);
  };
}
