import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, type Identity } from './identity.ts';

/** Sends a signal to this very process; nothing when it is gone. */
export function signalTo(process_: Identity, signal: NodeJS.Signals): void {
  if (!isAlive(process_)) return;
  try {
    process.kill(process_.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Resolves true when the process is gone, false when it is still there after `timeoutMs`. */
export async function gone(process_: Identity, timeoutMs: number): Promise<boolean> {
  const until = Date.now() + timeoutMs;
  while (isAlive(process_)) {
    if (Date.now() >= until) return false;
    await sleep(25);
  }
  return true;
}

/** Ends a process in good order; by force after `graceMs`. A stopped one (SIGSTOP) is woken to hear the signal. */
export async function end(
  process_: Identity,
  graceMs: number,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<'orderly' | 'forced'> {
  signalTo(process_, signal);
  signalTo(process_, 'SIGCONT');
  if (await gone(process_, graceMs)) return 'orderly';
  signalTo(process_, 'SIGKILL');
  await gone(process_, 10_000);
  return 'forced';
}
