import type { ServiceStatus } from '#platform';
import { failureTally } from '#playbook';
import { printable } from './printable.ts';
import { table } from './table.ts';

/** A service that answered, or one that did not and why. */
export type Answer = { readonly url: string; readonly status: ServiceStatus } | { readonly url: string; readonly silent: string };

type Task = ServiceStatus['tasks'][number];

/** A line per task; tasks of one processor that are doing the same are one line. */
export function statusTable(answers: readonly Answer[], now: number): string {
  const rows = [['SERVICE', 'PROCESSOR', 'PARTITIONS', 'CLOCK', 'WATERMARK', 'DELAY', 'LAG', 'WAITS FOR']];
  const remarks: string[] = [];
  for (const answer of answers) {
    if ('silent' in answer) remarks.push(`${answer.url} does not answer: ${answer.silent}`);
    else {
      const { service, notReady, tasks } = answer.status;
      if (notReady !== null) remarks.push(`${service} is not ready: ${notReady}`);
      for (const same of Map.groupBy(tasks, likeness).values()) rows.push([service, ...cells(same, now)]);
    }
  }
  return [
    table(rows),
    ...remarks.map(printable),
    ...refusedLines(answers),
    ...unreadableLines(answers),
    ...sharedLines(answers),
    ...conditionLines(answers),
  ].join('\n');
}

/** What was refused anywhere, summed over all instances, most first. */
function refusedLines(answers: readonly Answer[]): string[] {
  const sums = new Map<string, readonly [service: string, processor: string, source: string, reason: string, count: number]>();
  for (const answer of answers) {
    if ('silent' in answer) continue;
    const { service, refused } = answer.status;
    for (const { processor, source, reason, count } of refused) {
      const key = JSON.stringify([service, processor, source, reason]);
      sums.set(key, [service, processor, source, reason, (sums.get(key)?.[4] ?? 0) + count]);
    }
  }
  if (sums.size === 0) return [];
  const rows = [...sums.values()].sort((a, b) => b[4] - a[4]).map((row) => row.map((cell) => (cell === '' ? '-' : String(cell))));
  return ['', table([['REFUSED AT', 'BY', 'SOURCE', 'REASON', 'COUNT'], ...rows]), '`hito dead-letters ls` shows them.'];
}

/** Values in calls that nobody can read: the call is taken without them. */
const unreadableLines = (answers: readonly Answer[]): string[] =>
  foundLines(['UNREADABLE FROM', 'VALUE', 'COUNT'], answers, ({ unreadable }) => unreadable);

/** User ids that look like those of many people, once a day each. */
function sharedLines(answers: readonly Answer[]): string[] {
  const lines = foundLines(['SHARED USER IDS FROM', 'TOO MANY', 'COUNT'], answers, ({ shared }) => shared);
  const hint =
    'Their profiles have `shared_at` (`hito read profiles`): add an id that stands for nobody to `ids.nobody` of the playbook.';
  return lines.length === 0 ? [] : [...lines, hint];
}

function foundLines(
  head: readonly string[],
  answers: readonly Answer[],
  of: (status: ServiceStatus) => ServiceStatus['unreadable'],
): string[] {
  const rows = answers.flatMap((answer) =>
    'silent' in answer ? [] : of(answer.status).map(({ source, what, count }) => [source, what, String(count)]),
  );
  return rows.length === 0 ? [] : ['', table([head, ...rows])];
}

/** Rules whose condition came to no answer, and so was false: the most often first. */
function conditionLines(answers: readonly Answer[]): string[] {
  const sums = new Map<string, number>();
  for (const answer of answers)
    for (const { tallies } of 'silent' in answer ? [] : answer.status.tasks)
      for (const [name, count] of Object.entries(tallies))
        if (failureTally.test(name)) sums.set(name, (sums.get(name) ?? 0) + count);
  const rows = [...sums]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => [...(failureTally.exec(name)?.slice(1).reverse() ?? []), String(count)]);
  return rows.length === 0 ? [] : ['', table([['CONDITION WITHOUT ANSWER', 'WHY', 'COUNT'], ...rows])];
}

const likeness = (task: Task): string =>
  JSON.stringify([task.processor, task.clock, task.waitsFor, task.stopped, task.clock === 'driven' ? task.watermark : null]);

function cells(tasks: readonly Task[], now: number): string[] {
  const [first] = tasks;
  const watermarks = tasks.map((task) => task.watermark).filter((watermark) => watermark !== undefined);
  const slowest = watermarks.length === 0 ? undefined : Math.min(...watermarks);
  const lag = tasks.reduce((sum, task) => sum + task.lagRecords, 0);
  return [
    first?.processor ?? '',
    ranges(tasks.map((task) => task.partition)),
    first?.clock ?? '',
    slowest === undefined ? 'none yet' : new Date(slowest).toISOString(),
    slowest === undefined ? '' : age(now - slowest),
    String(lag),
    first?.waitsFor ?? '',
  ];
}

/** 0–3,7 */
export function ranges(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const parts: [number, number][] = [];
  for (const n of sorted) {
    const last = parts.at(-1);
    if (last !== undefined && n === last[1] + 1) last[1] = n;
    else parts.push([n, n]);
  }
  return parts.map(([from, to]) => (from === to ? String(from) : `${String(from)}–${String(to)}`)).join(',');
}

export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${String(seconds)} s`;
  if (seconds < 7200) return `${String(Math.round(seconds / 60))} min`;
  if (seconds < 172_800) return `${String(Math.round(seconds / 3600))} h`;
  return `${String(Math.round(seconds / 86_400))} d`;
}
