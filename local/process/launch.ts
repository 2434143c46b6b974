import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { identityOf, type Identity } from './identity.ts';
import { forget, remember, type Rank } from './records.ts';

export interface LaunchOptions {
  /** The local start's folder; the process is recorded in its `run/`, its output goes to `logs/<name>.log`. */
  readonly dir: string;
  readonly name: string;
  readonly rank: Rank;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly endSignal?: NodeJS.Signals;
  /** How long its orderly stop may take, ms: kept on record for whoever ends it later. */
  readonly graceMs?: number;
}

export interface Launched extends Identity {
  readonly child: ChildProcess;
  readonly logFile: string;
  /** Resolves when it has ended, however it did. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

const largestLog = 64 * 1024 * 1024;

export const logFileOf = (dir: string, name: string): string => join(dir, 'logs', `${name}.log`);

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (existsSync(file) && statSync(file).size > largestLog) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

/**
 * Starts a process in a process group of its own (a Ctrl-C in the terminal reaches only the launcher, which ends all in order)
 * and records it on disk. Rejects when the command cannot be run.
 */
export async function launch(options: LaunchOptions): Promise<Launched> {
  const { dir, name, rank } = options;
  const logFile = logFileOf(dir, name);
  const log = openLog(logFile);
  const child = spawn(options.command, options.args, {
    cwd: options.cwd ?? process.cwd(),
    env: options.env,
    stdio: ['ignore', log, log],
    detached: true,
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => {
      reject(new Error(`${options.command} could not be started: ${error.message}`));
    });
  });
  const identity = identityOf(child.pid ?? 0) ?? { pid: child.pid ?? 0, started: 'ended at once' };
  if (child.exitCode === null && child.signalCode === null)
    remember(dir, {
      name,
      rank,
      ...identity,
      ...(options.endSignal === undefined ? {} : { signal: options.endSignal }),
      ...(options.graceMs === undefined ? {} : { graceMs: options.graceMs }),
    });
  void exited.then(() => {
    forget(dir, name, identity);
  });
  return { ...identity, child, logFile, exited };
}

/** The last lines of a log, to be shown beside an error. */
export function tailOf(file: string, lines = 15): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : '';
}
