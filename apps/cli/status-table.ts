import { summed, type ServiceStatus } from '#platform';
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
    ...suppressedLines(answers),
    ...breakerLines(answers),
  ].join('\n');
}

/** What all services answered of one kind. */
const all = <Row>(answers: readonly Answer[], of: (status: ServiceStatus) => readonly Row[]): readonly Row[] =>
  answers.flatMap((answer) => ('silent' in answer ? [] : of(answer.status)));

/** What was refused anywhere, summed over all instances, most first. */
function refusedLines(answers: readonly Answer[]): string[] {
  const sums = summed(all(answers, ({ service, refused }) => refused.map((one) => ({ service, ...one }))));
  if (sums.length === 0) return [];
  const rows = sums.map(({ service, processor, source, reason, count }) =>
    [service, processor, source, reason, String(count)].map((cell) => (cell === '' ? '-' : cell)),
  );
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
  const rows = summed(all(answers, of)).map(({ source, what, count }) => [source, what, String(count)]);
  return rows.length === 0 ? [] : ['', table([head, ...rows])];
}

/** Rules whose condition came to no answer, and so was false: the most often first. */
function conditionLines(answers: readonly Answer[]): string[] {
  const rows = summed(all(answers, ({ conditions }) => conditions)).map(({ rule, reason, count }) => [
    rule,
    reason,
    String(count),
  ]);
  return rows.length === 0 ? [] : ['', table([['CONDITION WITHOUT ANSWER', 'WHY', 'COUNT'], ...rows])];
}

/** Mails that are not sent, and why. */
function suppressedLines(answers: readonly Answer[]): string[] {
  const rows = summed(all(answers, ({ suppressed }) => suppressed)).map(({ reason, count }) => [reason, String(count)]);
  return rows.length === 0 ? [] : ['', table([['MAIL SUPPRESSED FOR', 'COUNT'], ...rows])];
}

/** Each way out of each process, with what to do where it is closed: below the table, which cuts long cells. */
function breakerLines(answers: readonly Answer[]): string[] {
  const found = answers.flatMap((answer) =>
    'silent' in answer ? [] : answer.status.breakers.map((breaker) => ({ url: answer.url, ...breaker })),
  );
  if (found.length === 0) return [];
  const rows = found.map(({ url, name, open, since }) => [name, url, open ? 'open' : 'closed', since]);
  return [
    '',
    table([['MAIL LEAVES BY', 'OF', 'STATE', 'SINCE'], ...rows]),
    ...new Set(found.flatMap(({ name, trouble }) => (trouble === undefined ? [] : [printable(`${name}: ${trouble}`)]))),
  ];
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
