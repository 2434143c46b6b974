import { groupOf } from '#stream/runtime';
import { Refusal } from './explain.ts';
import { withLog } from './installation.ts';
import { printableJson } from './printable.ts';
import { table } from './table.ts';
import { TaskRows } from './task-rows.ts';

/** Where a processor stands in a partition of one of its inputs. `committed`: what lag tools read from the broker; -1 for nothing. */
interface Standing {
  readonly processor: string;
  readonly topic: string;
  readonly partition: number;
  readonly start: number;
  /** Next offset to be taken, as the database says: this one counts. */
  readonly next: number;
  readonly committed: number;
  readonly end: number;
  readonly lag: number;
  readonly remark: string;
}

/**
 * Prints, for each processor and partition, where its inputs begin, where it stands (the database's word, and the broker's) and where they
 * end. Changes nothing. `processor`: of this one only.
 */
export async function offsets(processor: string | undefined, { json }: { json?: true }): Promise<void> {
  const standings = await standingsOf(processor);
  const rows = standings.map((s) => [
    s.processor,
    s.topic,
    ...[s.partition, s.start, s.next, s.committed, s.end, s.lag].map(String),
    s.remark,
  ]);
  process.stdout.write(
    json === true
      ? `${printableJson(standings, 2)}\n`
      : `${table([['PROCESSOR', 'TOPIC', 'PARTITION', 'START', 'NEXT', 'COMMITTED', 'END', 'LAG', 'REMARK'], ...rows])}\n`,
  );
}

async function standingsOf(processor: string | undefined): Promise<Standing[]> {
  const tasks = await TaskRows.with('hito offsets', (rows) => rows.all());
  const processors = [...new Set(tasks.map((task) => task.processor))];
  if (processor !== undefined && !processors.includes(processor))
    throw new Refusal(`There is no processor ${processor}. There are: ${processors.join(', ') || 'none yet'}.`);
  const found: Standing[] = [];
  await withLog(async ({ log, prefix }) => {
    for (const [name, ofOne] of Map.groupBy(tasks, (task) => task.processor)) {
      if (processor !== undefined && name !== processor) continue;
      const inputs = [...new Set(ofOne.flatMap(({ cursors }) => Object.keys(cursors)))].sort();
      const topics = inputs.map((input) => `${prefix}.${input}`);
      const there = await log.partitionCounts(topics);
      const known = topics.filter((topic) => there.has(topic));
      const [starts, ends, committed] =
        known.length === 0
          ? [new Map<string, number[]>(), new Map<string, number[]>(), new Map<string, number[]>()]
          : await Promise.all([log.starts(known), log.ends(known), log.committed(groupOf(prefix, name), known)]);
      for (const input of inputs)
        for (const { partition, cursors } of ofOne) {
          const next = cursors[input];
          if (next === undefined) continue;
          const of = (all: ReadonlyMap<string, number[]>): number => all.get(`${prefix}.${input}`)?.[partition] ?? -1;
          found.push(
            standing({
              processor: name,
              topic: input,
              partition,
              start: of(starts),
              next,
              committed: of(committed),
              end: of(ends),
            }),
          );
        }
    }
  });
  return found;
}

/** With its lag and what is amiss about it. */
export function standing(places: Omit<Standing, 'lag' | 'remark'>): Standing {
  const { start, next, committed, end } = places;
  const remark =
    end < 0
      ? 'the topic is missing'
      : next < start
        ? `retention has overtaken it: ${String(start - next)} records are lost`
        : next > end
          ? 'it stands behind the end: the topic was made anew'
          : committed > next
            ? 'the database stands before what was committed: it went back'
            : '';
  return { ...places, lag: Math.max(0, end - next), remark };
}
