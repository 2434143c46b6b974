import type { TaskStatus } from '../model/runtime.types.ts';

/** Without these a process can neither publish what outsiders send nor read what it knows. */
const needed = ['broker', 'database'];

/**
 * Why these tasks keep their process out of traffic; undefined if nothing does. A task that an alarm has stopped, and one that another
 * process owns, do not: calls of outsiders are published all the same, and wait in the log.
 */
export function noTraffic(tasks: readonly Pick<TaskStatus, 'processor' | 'partition' | 'waitsFor'>[]): string | undefined {
  const waiting = tasks.find(({ waitsFor }) => needed.includes(waitsFor));
  return waiting && `${waiting.processor}/${String(waiting.partition)}: ${waiting.waitsFor}`;
}
