import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const checkpoint = z.object({
  /** SHA-256 of the history file, and the day its last order is moved to: another of either is another replay. */
  history: z.string(),
  until: z.string(),
  /** Everything up to this position is acknowledged. */
  position: z.int().min(0),
  /** All of it is acknowledged and has come back. */
  done: z.boolean(),
});

export type Checkpoint = z.infer<typeof checkpoint>;

/** The replay that is to be carried on is another one; the message says what to do. */
export class OtherReplay extends Error {}

/**
 * Where an earlier run of this very replay stopped; position 0 where there is none, or where the file was cut short: sending
 * again is harmless, for what was taken is dropped by its position. Throws OtherReplay.
 */
export function readCheckpoint(file: string, history: string, until: string): Checkpoint {
  const found = parsed(file);
  if (found === undefined) return { history, until, position: 0, done: false };
  const differs =
    found.history === history
      ? found.until === until
        ? undefined
        : `ends on ${found.until}, not on ${until}`
      : 'is of another history file';
  if (differs !== undefined)
    throw new OtherReplay(
      `${file} belongs to a replay that ${differs}. A replay needs a fresh installation: start with --fresh, or give the same history and date.`,
    );
  return found;
}

/** Written beside and renamed, so that a kill leaves the old one or the new one. */
export function writeCheckpoint(file: string, state: Checkpoint): void {
  writeFileSync(`${file}.tmp`, `${JSON.stringify(state)}\n`);
  renameSync(`${file}.tmp`, file);
}

function parsed(file: string): Checkpoint | undefined {
  try {
    return checkpoint.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
