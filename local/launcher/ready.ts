import { setTimeout as sleep } from 'node:timers/promises';
import { tailOf } from '../process/launch.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { observe } from './observe.ts';
import { Problem } from './problem.ts';
import type { Instance } from './service-specs.ts';

const patienceMs = 180_000;
const deathsTooMany = 4;

/** Waits until every instance is ready. Throws Problem with the end of its log for one that keeps dying or does not get ready. */
export async function untilReady(
  instances: readonly Instance[],
  supervisor: Supervisor,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const until = Date.now() + patienceMs;
  for (;;) {
    signal.throwIfAborted();
    const observed = await Promise.all(instances.map(observe));
    const waiting = observed.filter(({ notReady }) => notReady !== undefined);
    if (waiting.length === 0) return;
    for (const { name, restarts, lastExit, logFile } of supervisor.status())
      if (restarts >= deathsTooMany)
        throw new Problem(
          `${name} ends again and again (${String(lastExit)}). The end of ${String(logFile)}:\n${tailOf(logFile ?? '')}`,
        );
    if (Date.now() > until)
      throw new Problem(
        `Not ready after ${String(patienceMs / 1000)} s:\n${waiting.map(({ name, notReady }) => `  ${name}: ${String(notReady)}`).join('\n')}\nTheir logs are in the folder logs.`,
      );
    progress(`waiting for ${waiting.map(({ name }) => name).join(', ')}`);
    await sleep(300, undefined, { signal });
  }
}
