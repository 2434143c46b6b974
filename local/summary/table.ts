import { cut } from '#facts';
import type { Counts, Summary } from './summary.ts';

const width = 100;
const gap = 4;
const longestName = 40;

interface Block {
  readonly title: string;
  readonly rows: readonly (readonly [name: string, count: number])[];
}

const number = (n: number): string => n.toLocaleString('en');
const rowsOf = (counts: Counts, prefix = ''): Block['rows'] =>
  Object.entries(counts).map(([name, n]) => [`${prefix}${name}`, n] as const);
const fitted = (name: string): string => (name.length > longestName ? `${cut(name, longestName - 1)}…` : name);

/** A block as lines of one width: its title, then names on the left and numbers on the right. */
function lines({ title, rows }: Block): string[] {
  const names = Math.max(title.length, ...rows.map(([name]) => fitted(name).length));
  const numbers = Math.max(5, ...rows.map(([, n]) => number(n).length));
  const body = rows.map(([name, n]) => `${fitted(name).padEnd(names)}  ${number(n).padStart(numbers)}`);
  const all = names + 2 + numbers;
  return [title.padEnd(all), '─'.repeat(all), ...body];
}

function beside(left: readonly string[], right: readonly string[]): string[] {
  const wide = left[0]?.length ?? 0;
  return Array.from(
    { length: Math.max(left.length, right.length) },
    (_, n) => `${(left[n] ?? '').padEnd(wide)}${' '.repeat(gap)}${right[n] ?? ''}`,
  );
}

/** Blocks side by side as long as they fit, then below. */
function laidOut(blocks: readonly Block[]): string[] {
  const shelves: string[][] = [];
  for (const block of blocks.map(lines)) {
    const shelf = shelves.at(-1);
    if (shelf !== undefined && (shelf[0]?.length ?? 0) + gap + (block[0]?.length ?? 0) <= width)
      shelves[shelves.length - 1] = beside(shelf, block);
    else shelves.push(block);
  }
  return shelves.flatMap((shelf) => [...shelf.map((line) => line.trimEnd()), '']);
}

const shown = (instant: string): string => cut(instant, 16).replace('T', ' ');

/** The summary as a table for people, at most 100 columns wide. */
export function summaryTable({
  events,
  persons,
  milestones,
  stages,
  stage_transitions,
  decisions,
  mails,
  ...time
}: Summary): string {
  const { dropped, ...counted } = decisions;
  const { in_inbox, distinct_message_ids, ...states } = mails;
  const blocks: Block[] = [
    { title: 'Milestones', rows: rowsOf(milestones) },
    { title: 'Stages now', rows: rowsOf(stages) },
    { title: 'Stage transitions', rows: rowsOf(stage_transitions) },
    { title: 'Events', rows: [...rowsOf(events), ['persons', persons]] },
    { title: 'Decisions', rows: [...rowsOf(counted), ...rowsOf(dropped, 'dropped: ')] },
    { title: 'Mails', rows: rowsOf({ ...states, 'in inbox': in_inbox, 'distinct message ids': distinct_message_ids }) },
  ];
  const heading = `History from ${shown(time.virtual_from)} to ${shown(time.virtual_to)} UTC, in ${number(Math.round(time.wall_ms / 100) / 10)} s`;
  return [
    '',
    heading,
    '',
    ...laidOut(
      blocks.map((block) => ({ ...block, rows: block.rows.map(([name, n]) => [name.replaceAll('_', ' '), n] as const) })),
    ),
  ].join('\n');
}
