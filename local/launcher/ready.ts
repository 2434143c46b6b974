import { setTimeout as sleep } from 'node:timers/promises';
import { tailOf } from '../process/launch.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { observe, type Observed } from './observe.ts';
import { Problem } from './problem.ts';
import type { Instance } from './service-specs.ts';

const patienceMs = 180_000;
const deathsTooMany = 4;

/** Why an instance cannot do its work; undefined if it can. Ready is not enough: a task that an alarm has stopped would never finish a replay. */
const hindrance = ({ notReady, tasks }: Observed): string | undefined =>
  notReady ?? tasks.find(({ stopped }) => stopped)?.waitsFor;

/** Waits until every instance is ready and none of its tasks is stopped. Throws Problem with the end of its log for one that keeps dying or does not get ready. */
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
    const waiting = observed.filter((one) => hindrance(one) !== undefined);
    if (waiting.length === 0) return;
    for (const { name, restarts, lastExit, logFile } of supervisor.status())
      if (restarts >= deathsTooMany)
        throw new Problem(
          `${name} ends again and again (${String(lastExit)}). The end of ${String(logFile)}:\n${tailOf(logFile ?? '')}`,
        );
    if (Date.now() > until)
      throw new Problem(
        `Not ready after ${String(patienceMs / 1000)} s:\n${waiting.map((one) => `  ${one.name}: ${String(hindrance(one))}`).join('\n')}\nTheir logs are in the folder logs.`,
      );
    progress(`waiting for ${waiting.map(({ name }) => name).join(', ')}`);
    await sleep(300, undefined, { signal });
  }
}
