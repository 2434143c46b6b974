import { constants } from 'node:os';

/**
 * Ends the process by SIGTERM and SIGINT as long as nothing else listens to them. The kernel does nothing by itself for PID 1: without
 * this, a container that still starts, or runs a command, would wait until it is killed.
 */
export function endOnSignals(): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
    });
}
