import type { ServiceStatus } from '#platform';
import { printable } from './printable.ts';

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
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...table, ...remarks].map(printable).join('\n');
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
