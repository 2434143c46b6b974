import type { TaskStatus } from '#stream';

/** Away is no reason to restart: a new process would wait for the same. */
const away = ['broker', 'database', 'ownership'];

/**
 * Which task has made no turn for longer than `limitMs` although nothing outside of the process explains it; undefined if each moves.
 * A task that an alarm has stopped waits for an operator: it is not stuck.
 */
export function stuckTask(tasks: readonly TaskStatus[], limitMs: number): string | undefined {
  const stuck = tasks.find(
    ({ sinceTurnMs = 0, stopped, waitsFor }) => sinceTurnMs > limitMs && !stopped && !away.includes(waitsFor),
  );
  if (stuck === undefined) return undefined;
  const { processor, partition, sinceTurnMs = 0 } = stuck;
  return `${processor}/${partition} has made no progress for ${Math.round(sinceTurnMs / 1_000)} s`;
}
