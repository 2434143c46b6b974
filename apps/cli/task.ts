import { assured, type Assurance } from './assurance.ts';
import { Refusal } from './explain.ts';
import { changeOf, type Order } from './task-change.ts';
import { TaskRows } from './task-rows.ts';

/**
 * Lets a task rest, go on, or leave a record out; its owner looks at its row and sees it within seconds. `partition`: a number, or
 * `all`. DATABASE_URL is the service's, or an administrator's: then the processor is looked for in the schemas of all services.
 */
export async function changeTask(order: Order, processor: string, partition: string, assurance: Assurance): Promise<void> {
  const number = /^\d+$/.test(partition) ? Number(partition) : undefined;
  if (number === undefined && (partition !== 'all' || order.verb === 'skip'))
    throw new Refusal(
      'The partition is a whole number, as `hito status` shows it; `task pause` and `task resume` also take `all`.',
    );
  await TaskRows.with(`hito task ${order.verb}`, async (rows) => {
    const tasks = await rows.all();
    const meant = tasks.filter((task) => task.processor === processor && (number === undefined || task.partition === number));
    if (meant.length === 0) throw new Refusal(`There is no task ${processor} of partition ${partition}. ${others(tasks)}.`);
    const planned = meant.map((task) => ({ task, change: changeOf(order, task) }));
    const sure = assured(
      assurance,
      planned.map(({ change }) => change.says),
      planned.some(({ change }) => change.set !== undefined),
    );
    if (!sure) return;
    for (const { task, change } of planned)
      if (change.set !== undefined && !(await rows.change(task, change.set)))
        throw new Refusal(
          `Task ${processor} of partition ${String(task.partition)} changed meanwhile. Look at it and give the command again.`,
        );
  });
}

const others = (tasks: readonly { readonly processor: string }[]): string =>
  tasks.length === 0
    ? 'There are no tasks that the role of DATABASE_URL may see'
    : `There are tasks of ${[...new Set(tasks.map((task) => task.processor))].sort().join(', ')}`;
