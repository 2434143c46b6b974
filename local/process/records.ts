import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { end } from './end.ts';
import { isAlive, type Identity } from './identity.ts';

/** In which order processes are ended: clients before what they need. */
export type Rank = 'replay' | 'service' | 'inbox' | 'infrastructure';
const order: readonly Rank[] = ['replay', 'service', 'inbox', 'infrastructure'];

/** What is known on disk about a process that the local start made, so that a later start finds it when its launcher was killed. */
export interface ProcessRecord extends Identity {
  readonly name: string;
  readonly rank: Rank;
  /** How it is told to end: Postgres' fast shutdown is SIGINT. */
  readonly signal?: NodeJS.Signals;
  /** How long its orderly stop may take, ms; 15,000 where absent. */
  readonly graceMs?: number;
}

const standardGraceMs = 15_000;
const folder = (dir: string): string => join(dir, 'run');
const fileOf = (dir: string, name: string): string => join(folder(dir), `${name}.json`);

export function remember(dir: string, record: ProcessRecord): void {
  mkdirSync(folder(dir), { recursive: true, mode: 0o700 });
  const file = fileOf(dir, record.name);
  writeFileSync(`${file}.new`, JSON.stringify(record));
  renameSync(`${file}.new`, file);
}

/** Removes the record of this very process; a successor of the same name keeps its own. */
export function forget(dir: string, name: string, { pid, started }: Identity): void {
  const file = fileOf(dir, name);
  const known = read(file);
  if (known?.pid === pid && known.started === started) rmSync(file, { force: true });
}

/** All processes on record, alive or not. */
export function records(dir: string): ProcessRecord[] {
  if (!existsSync(folder(dir))) return [];
  return readdirSync(folder(dir))
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => read(join(folder(dir), file)) ?? []);
}

/** Undefined where it is gone: whoever ends a process takes its record away, at any moment. */
function read(file: string): ProcessRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** How long ending all that is on record may take at most, ms: one rank after the other, each as long as its slowest. */
export function graceOfAll(dir: string): number {
  const graces = (rank: Rank): number[] =>
    records(dir).flatMap((record) => (record.rank === rank ? [record.graceMs ?? standardGraceMs] : []));
  return order.reduce((sum, rank) => sum + Math.max(0, ...graces(rank)), 0);
}

/** Ends whatever an earlier start left running, in good order, and says what it was. */
export async function endLeftovers(dir: string, options: { ranks?: readonly Rank[]; graceMs?: number } = {}): Promise<string[]> {
  const ended: string[] = [];
  for (const rank of options.ranks ?? order) {
    const ofRank = records(dir).filter((record) => record.rank === rank);
    await Promise.all(
      ofRank.map(async (record) => {
        if (isAlive(record)) {
          await end(record, options.graceMs ?? record.graceMs ?? standardGraceMs, record.signal);
          ended.push(record.name);
        }
        forget(dir, record.name, record);
      }),
    );
  }
  return ended.sort();
}
