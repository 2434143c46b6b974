import type { Observed } from '../launcher/observe.ts';

type Task = Observed['tasks'][number];
const nameOf = ({ processor, partition }: Task): string => `${processor}/${String(partition)}`;

/**
 * What each task and each process said last. While a process is down, or has not taken its tasks yet, their totals stand where they stood:
 * no sum falls because somebody is silent. One entry per task and process.
 */
export class LastSeen {
  private readonly byTask = new Map<string, Task>();
  private readonly byProcess = new Map<string, Observed>();

  /** Takes a round of answers; gives all tasks and, for silent processes, what they said last. */
  take(observed: readonly Observed[]): { readonly tasks: readonly Task[]; readonly processes: readonly Observed[] } {
    for (const one of observed.filter(({ up }) => up)) {
      this.byProcess.set(one.name, one);
      for (const task of one.tasks) if (this.knowsMore(task)) this.byTask.set(nameOf(task), task);
    }
    return {
      tasks: [...this.byTask.values()],
      processes: observed.map((one) =>
        one.up ? one : { ...(this.byProcess.get(one.name) ?? one), up: false, notReady: one.notReady, tasks: [] },
      ),
    };
  }

  /** A task that has not read its row yet has no epoch and knows nothing; of two owners the later one counts. */
  private knowsMore(task: Task): boolean {
    const before = this.byTask.get(nameOf(task));
    return before === undefined || (task.epoch !== undefined && task.epoch >= (before.epoch ?? 0));
  }
}
