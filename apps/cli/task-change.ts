import { printable } from './printable.ts';

/** A task as its row says. */
export interface TaskFacts {
  readonly processor: string;
  readonly partition: number;
  readonly stopped: string | null;
  readonly paused: string | null;
  readonly skips: Readonly<Record<string, string>>;
  /** Next offset to be taken, by topic without prefix. */
  readonly cursors: Readonly<Record<string, number>>;
}

/** A word of an operator; `record`: `topic@offset`, the topic without prefix. */
export type Order =
  | { readonly verb: 'pause'; readonly reason: string }
  | { readonly verb: 'resume' }
  | { readonly verb: 'skip'; readonly record?: string; readonly reason?: string };

/** Columns of the task's row, as they shall be. */
export interface Columns {
  readonly stopped?: null;
  readonly attempts?: 0;
  readonly confirmed?: boolean;
  readonly skip_record?: true;
  readonly paused?: string | null;
  readonly skips?: Readonly<Record<string, string>>;
}

/** What an order does to a task, in words; `set` is absent where it does nothing. */
export interface Change {
  readonly says: string;
  readonly set?: Columns;
}

const mostSkips = 100;
const failuresInARow = / messages in a row threw/;

/** What the order would do to this task. Pure: it is the dry run and the deed. */
export function changeOf(order: Order, task: TaskFacts): Change {
  const name = `Task ${task.processor} of partition ${String(task.partition)}`;
  if (order.verb === 'pause') return { says: `${name} rests: ${printable(order.reason)}`, set: { paused: order.reason } };
  if (order.verb === 'skip' && order.record !== undefined)
    return skipRecord(name, task, order.record, order.reason ?? 'an operator skipped it');
  if (order.verb === 'skip') {
    if (task.stopped === null) return { says: `${name} is not stopped; nothing was changed.` };
    return {
      says: `${name} goes on without that record. It had stopped: ${printable(task.stopped)}`,
      set: { stopped: null, attempts: 0, skip_record: true },
    };
  }
  if (task.stopped === null && task.paused === null)
    return { says: `${name} is neither stopped nor paused; nothing was changed.` };
  const had =
    task.stopped === null ? `It was paused: ${printable(task.paused ?? '')}` : `It had stopped: ${printable(task.stopped)}`;
  return {
    says: `${name} goes on. ${had}`,
    set: {
      ...(task.paused !== null && { paused: null }),
      // `confirmed` accepts what an alarm about log and database said; a row of failures leaves those checks on.
      ...(task.stopped !== null && { stopped: null, attempts: 0, confirmed: !failuresInARow.test(task.stopped) }),
    },
  };
}

function skipRecord(name: string, task: TaskFacts, record: string, reason: string): Change {
  const [topic, offset] = placeOf(record) ?? [];
  const topics = Object.keys(task.cursors);
  const no = (why: string): Change => ({ says: `${name}: ${why} Nothing was changed.` });
  if (topic === undefined || offset === undefined)
    return no(`${printable(record)} is no place of a record. Give TOPIC@OFFSET, such as events.v1@1234.`);
  const next = task.cursors[topic];
  if (next === undefined) return no(`it does not read ${printable(topic)}, it reads ${topics.join(', ') || 'nothing yet'}.`);
  if (offset < next) return no(`it has taken ${record} already: ${String(next)} comes next.`);
  if (task.stopped === null && task.paused === null)
    return no('it runs. Pause it first (`hito task pause`): then the record is not taken meanwhile.');
  const open = Object.entries(task.skips).filter(([other]) => {
    const [of, at] = placeOf(other) ?? ['', -1];
    return at >= (task.cursors[of] ?? 0);
  });
  if (open.length >= mostSkips) return no(`${String(mostSkips)} records wait to be skipped already: mend the cause.`);
  const then = task.paused === null ? 'It goes on now.' : 'It stays paused until `hito task resume`.';
  return {
    says: `${name} makes ${record} a dead letter instead of taking it: ${printable(reason)}. ${then}`,
    set: {
      skips: Object.fromEntries([...open, [record, reason]]),
      ...(task.stopped !== null && { stopped: null, attempts: 0 }),
    },
  };
}

function placeOf(record: string): readonly [topic: string, offset: number] | undefined {
  const [, topic, offset] = /^([a-z0-9.-]+)@(\d{1,15})$/.exec(record) ?? [];
  return topic === undefined ? undefined : [topic, Number(offset)];
}
