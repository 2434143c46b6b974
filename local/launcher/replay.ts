import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { logFileOf, tailOf } from '../process/launch.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { root } from '../root.ts';
import { countOf, observe, talliesOf } from './observe.ts';
import { Problem } from './problem.ts';
import { nodeFlags, type Instance } from './service-specs.ts';

const program = join(root, 'dist', 'services', 'ingestion', 'replay', 'main.js');

export interface ReplayOptions {
  readonly dir: string;
  readonly supervisor: Supervisor;
  readonly instances: readonly Instance[];
  /** Ingestion's environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly history: string;
  readonly until: string;
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
}

interface Told {
  readonly virtual: string;
  readonly events: number;
  readonly total: number;
}

const bytesRead = 65_536;

/** The last progress line that the replayer wrote into its log. */
export function lastTold(file: string): Told | undefined {
  if (!existsSync(file)) return undefined;
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const buffer = Buffer.alloc(Math.min(size, bytesRead));
    readSync(handle, buffer, 0, buffer.length, size - buffer.length);
    const line = buffer
      .toString('utf8')
      .split('\n')
      .findLast((text) => text.startsWith('{"virtual"') && text.endsWith('}'));
    return line === undefined ? undefined : (JSON.parse(line) as Told);
  } finally {
    closeSync(handle);
  }
}

/** One line: where the replay is, and what has come of it so far. */
function progressLine(told: Told | undefined, counts: { readonly milestones: number; readonly mails: number }): string {
  if (told === undefined) return 'replay: starting';
  const number = (n: number): string => n.toLocaleString('en');
  const percent = told.total === 0 ? 100 : Math.floor((100 * told.events) / told.total);
  return `replay: ${told.virtual.slice(0, 10)}   ${number(told.events)} of ${number(told.total)} events (${String(percent)} %)   ${number(counts.milestones)} milestones   ${number(counts.mails)} mails`;
}

const failuresTooMany = 6;

/**
 * Runs the replayer until it says that all has come back; one that dies is started again and carries on. Throws Problem when it
 * ends by itself again and again without getting further.
 */
export async function replayHistory({
  dir,
  supervisor,
  instances,
  env,
  history,
  until,
  progress,
  signal,
}: ReplayOptions): Promise<void> {
  const name = 'replay';
  const failures = { count: 0, events: -1 };
  const log = logFileOf(dir, name);
  const onDied = (who: string, exit: string): void => {
    if (who !== name || !exit.startsWith('code')) return;
    const events = lastTold(log)?.events ?? 0;
    failures.count = events > failures.events ? 1 : failures.count + 1;
    failures.events = events;
  };
  supervisor.on('died', onDied);
  await supervisor.run({
    name,
    rank: 'replay',
    command: process.execPath,
    args: [...nodeFlags, program],
    env: { ...env, HITO_HISTORY: history, HITO_UNTIL: until, HITO_REPLAY_STATE: join(dir, 'replay.json') },
    forEver: false,
  });
  try {
    for (;;) {
      signal.throwIfAborted();
      const state = supervisor.status().find((status) => status.name === name)?.state;
      const tallies = talliesOf(await Promise.all(instances.map(observe)));
      progress(
        progressLine(lastTold(log), {
          milestones: countOf(tallies, 'milestones/milestone'),
          mails: countOf(tallies, 'sender/mails.accepted', 'delivery/mails.accepted'),
        }),
      );
      if (state === 'done') return;
      if (failures.count >= failuresTooMany)
        throw new Problem(`The replay fails again and again. The end of ${log}:\n${tailOf(log, 8)}`);
      await sleep(500, undefined, { signal });
    }
  } finally {
    supervisor.off('died', onDied);
    await supervisor.stop([name]);
  }
}

/** Makes the clock live: it may be repeated. */
export async function goLive(supervisor: Supervisor, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const name = 'clock-live';
  await supervisor.run({
    name,
    rank: 'replay',
    command: process.execPath,
    args: [...nodeFlags, program, 'live'],
    env,
    forEver: false,
  });
  try {
    for (;;) {
      const status = supervisor.status().find((one) => one.name === name);
      if (status?.state === 'done') return;
      if ((status?.restarts ?? 0) >= failuresTooMany)
        throw new Problem(
          `The clock could not be made live. The end of ${String(status?.logFile)}:\n${tailOf(status?.logFile ?? '', 8)}`,
        );
      await sleep(50, undefined, { signal });
    }
  } finally {
    await supervisor.stop([name]);
  }
}
