import { EventEmitter } from 'node:events';
import { end } from '../process/end.ts';
import { launch, type Launched } from '../process/launch.ts';
import type { Rank } from '../process/records.ts';

/** A process that shall run. Its name is unique: log file and record carry it. */
export interface Spec {
  readonly name: string;
  readonly rank: Rank;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** How long its orderly stop may take before it is ended by force, ms; 20,000 where absent. */
  readonly graceMs?: number;
  /** False: an exit with code 0 is the end of its work, and it is not started again. */
  readonly forEver?: boolean;
}

export interface ProcessStatus {
  readonly name: string;
  readonly state: 'running' | 'restarting' | 'done' | 'stopped';
  readonly pid: number | undefined;
  readonly restarts: number;
  readonly lastExit: string | undefined;
  readonly logFile: string | undefined;
}

interface Events {
  started: [name: string, pid: number];
  /** It ended though nobody asked it to; it is started again after `delayMs`. */
  died: [name: string, exit: string, delayMs: number];
  done: [name: string];
}

interface Kept {
  readonly spec: Spec;
  process: Launched | undefined;
  timer: NodeJS.Timeout | undefined;
  state: ProcessStatus['state'];
  starting: Promise<void>;
  restarts: number;
  /** Deaths in a row, each soon after its start. */
  quick: number;
  lastExit: string | undefined;
  logFile: string | undefined;
}

const standardGraceMs = 20_000;
const soonMs = 10_000;
const longestDelayMs = 5_000;

/** How long to wait before the nth start in a row after quick deaths: 0.2 s doubled each time, 5 s at most. */
export const backoffMs = (quick: number): number => Math.min(200 * 2 ** Math.max(0, quick - 1), longestDelayMs);

/** Keeps processes running: starts them, starts those again that die, stops them in good order. */
export class Supervisor extends EventEmitter<Events> {
  private readonly dir: string;
  private readonly kept = new Map<string, Kept>();

  constructor(dir: string) {
    super();
    this.dir = dir;
  }

  /** Starts a process and keeps it running. Rejects when its command cannot be run at all. */
  async run(spec: Spec): Promise<void> {
    if (this.kept.has(spec.name)) throw new Error(`${spec.name} is running already. Give each process its own name.`);
    const kept: Kept = {
      spec,
      process: undefined,
      timer: undefined,
      state: 'running',
      starting: Promise.resolve(),
      restarts: 0,
      quick: 0,
      lastExit: undefined,
      logFile: undefined,
    };
    this.kept.set(spec.name, kept);
    kept.starting = this.start(kept);
    await kept.starting;
  }

  status(): ProcessStatus[] {
    return [...this.kept.values()].map(({ spec, process: running, state, restarts, lastExit, logFile }) => ({
      name: spec.name,
      state,
      pid: state === 'running' ? running?.pid : undefined,
      restarts,
      lastExit,
      logFile,
    }));
  }

  pid(name: string): number | undefined {
    return this.status().find((status) => status.name === name)?.pid;
  }

  /** Ends some or all processes (SIGTERM, after `graceMs` or each one's own SIGKILL); says which had to be forced. They are not started again. */
  async stop(names: readonly string[] = [...this.kept.keys()], graceMs?: number): Promise<string[]> {
    const forced = await Promise.all(
      names.map(async (name) => {
        const kept = this.kept.get(name);
        if (kept === undefined) return [];
        kept.state = 'stopped';
        clearTimeout(kept.timer);
        await kept.starting.catch(() => undefined);
        const how =
          kept.process === undefined ? 'orderly' : await end(kept.process, graceMs ?? kept.spec.graceMs ?? standardGraceMs);
        this.kept.delete(name);
        return how === 'forced' ? [name] : [];
      }),
    );
    return forced.flat();
  }

  private async start(kept: Kept): Promise<void> {
    const { name, rank, command, args, env, graceMs } = kept.spec;
    const startedAt = Date.now();
    const launched = await launch({
      dir: this.dir,
      name,
      rank,
      command,
      args,
      env,
      ...(graceMs === undefined ? {} : { graceMs }),
    });
    kept.process = launched;
    kept.logFile = launched.logFile;
    if (kept.state === 'restarting') kept.state = 'running';
    this.emit('started', name, launched.pid);
    void launched.exited.then(({ code, signal }) => {
      this.ended(kept, signal ?? `code ${String(code)}`, Date.now() - startedAt);
    });
  }

  private ended(kept: Kept, exit: string, livedMs: number): void {
    kept.process = undefined;
    kept.lastExit = exit;
    if (kept.state === 'stopped') return;
    if (kept.spec.forEver === false && exit === 'code 0') {
      kept.state = 'done';
      this.emit('done', kept.spec.name);
      return;
    }
    kept.quick = livedMs < soonMs ? kept.quick + 1 : 1;
    this.startAgain(kept, exit);
  }

  private startAgain(kept: Kept, exit: string): void {
    const delayMs = backoffMs(kept.quick);
    kept.state = 'restarting';
    this.emit('died', kept.spec.name, exit, delayMs);
    kept.timer = setTimeout(() => {
      kept.restarts += 1;
      kept.starting = this.start(kept).catch((error: unknown) => {
        kept.quick += 1;
        this.startAgain(kept, String(error));
      });
    }, delayMs);
  }
}
