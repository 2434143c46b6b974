import { closeSync, existsSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { Refusal } from '../explain.ts';
import type { Out } from './format.ts';

/** Where an export goes. */
export interface Target {
  readonly name: string;
  readonly write: Out;
  /** Bytes written so far. */
  bytes(): number;
  /** True where nobody reads any more: the export ends. */
  isClosed(): boolean;
  /** Makes the file whole. */
  keep(): void;
  /** Leaves nothing behind. */
  drop(): void;
}

/**
 * A file of the caller only, as it holds personal data. It is `FILE.part` until it is whole, so that a name without `.part` is never half
 * a table. Throws Refusal where the file is there already.
 */
export function fileTarget(file: string): Target {
  if (existsSync(file)) throw new Refusal(`${file} is there already. Remove it, or give another name with --out.`);
  const part = `${file}.part`;
  rmSync(part, { force: true });
  const descriptor = openSync(part, 'wx', 0o600);
  let written = 0;
  return {
    name: file,
    write: (bytes) => {
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
      written += bytes.length;
    },
    bytes: () => written,
    isClosed: () => false,
    keep: () => {
      closeSync(descriptor);
      renameSync(part, file);
    },
    drop: () => {
      closeSync(descriptor);
      rmSync(part, { force: true });
    },
  };
}

/** The standard output. */
export function stdoutTarget(): Target {
  let [written, closed] = [0, false];
  process.stdout.once('error', () => (closed = true));
  return {
    name: 'the standard output',
    write: (bytes) => {
      if (!closed) process.stdout.write(bytes);
      written += bytes.length;
    },
    bytes: () => written,
    isClosed: () => closed,
    keep: () => undefined,
    drop: () => undefined,
  };
}
