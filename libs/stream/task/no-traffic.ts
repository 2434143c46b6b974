import type { TaskStatus } from '../model/runtime.types.ts';

/** Without these a process can neither publish what outsiders send nor read what it knows. */
const needed = ['broker', 'database'];

/** What a task's status says of writes that were refused: by the broker, else by the database. */
export function refusalOf(unpublished: string | undefined, unwritten: string | undefined): Pick<TaskStatus, 'refusal'> {
  if (unpublished !== undefined) return { refusal: `cannot produce: ${unpublished}` };
  return unwritten === undefined ? {} : { refusal: `cannot write: ${unwritten}` };
}

/**
 * Why these tasks keep their process out of traffic; undefined if nothing does. A task that an alarm has stopped, and one that another
 * process owns, do not: calls of outsiders are published all the same, and wait in the log.
 */
export function noTraffic(
  tasks: readonly Pick<TaskStatus, 'processor' | 'partition' | 'waitsFor' | 'refusal'>[],
): string | undefined {
  const waiting = tasks.find(({ waitsFor }) => needed.includes(waitsFor));
  if (waiting === undefined) return undefined;
  const { processor, partition, waitsFor, refusal } = waiting;
  return `${processor}/${String(partition)}: ${waitsFor}${refusal === undefined ? '' : `: ${refusal}`}`;
}
