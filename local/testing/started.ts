import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../root.ts';

/** A program of the local start as a user runs it. */
export interface Started {
  readonly child: ChildProcess;
  said(): string;
  /** Resolves when the words were said; rejects when it ended without. */
  says(words: string): Promise<void>;
  readonly ended: Promise<number | null>;
}

/** Starts `program` (below dist/local) with these variables beside the test's own. */
export function start(variables: NodeJS.ProcessEnv, program: string, ...args: string[]): Started {
  const child = spawn(process.execPath, [join(root, 'dist', 'local', program), ...args], {
    env: { ...process.env, NODE_OPTIONS: '', ...variables },
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    ended,
    said: () => text,
    async says(words) {
      while (!text.includes(words)) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended without saying "${words}":\n${text}`);
        await sleep(50);
      }
    },
  };
}
