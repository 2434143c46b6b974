import { told } from './faults.ts';
import type { Strike } from './injector.ts';

const columns = ['second', 'virtual date', 'what', 'process', 'where', 'frozen for'];

/** What was killed and frozen when, as a plain table. */
export function strikeTable(strikes: readonly Strike[]): string {
  const rows = strikes.map(({ fault, seconds, virtual, frozenMs }) => [
    seconds.toFixed(1),
    virtual,
    fault.kind === 'kill' ? 'kill -9' : 'SIGSTOP',
    fault.process,
    told(fault),
    frozenMs === undefined ? '' : `${(frozenMs / 1_000).toFixed(1)} s`,
  ]);
  const widths = columns.map((column, i) => Math.max(column.length, ...rows.map((row) => String(row[i]).length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(columns), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}
