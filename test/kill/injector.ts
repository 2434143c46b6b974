import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { told, type Fault } from './faults.ts';
import type { System } from './system.ts';

/** A fault that struck. */
export interface Strike {
  readonly fault: Fault;
  /** Since the replay began. */
  readonly seconds: number;
  readonly pid: number;
  /** How far the replay's time was. */
  readonly virtual: string;
  frozenMs: number | undefined;
}

/** How often progress and frozen processes are looked at. */
const lookMs = 150;
/** A frozen process sleeps on after its session is over, so that its successor has taken records and committed. */
const afterSessionMs = 5_000;

/** Strikes the processes of a system as planned, wakes those it froze; whatever else dies is an unexpected end. */
export class Injector {
  readonly strikes: Strike[] = [];
  readonly unexpected: string[] = [];
  private readonly waiting: Set<Fault>;
  /** Processes that a random kill was sent to and whose end has not been told yet. */
  private readonly sent = new Map<string, Fault>();
  private readonly frozen = new Map<string, Promise<void>>();
  private readonly over = new AbortController();
  private looking: Promise<void> = Promise.resolve();
  private startedAt = Date.now();

  constructor(
    private readonly system: System,
    faults: readonly Fault[],
    private readonly sessionMs: number,
    private readonly say: (line: string) => void,
  ) {
    this.waiting = new Set(faults);
    system.supervisor.on('died', (name, exit) => {
      this.died(name, exit);
    });
    for (const name of system.environments.keys()) this.arm(name);
  }

  /** What has not struck. */
  get left(): readonly string[] {
    return [...this.waiting].map((fault) => `${fault.kind} ${fault.process} ${told(fault)}`);
  }

  begin(): void {
    this.startedAt = Date.now();
    this.looking = this.look();
  }

  /** No more strikes by progress; wakes what is frozen. */
  async end(): Promise<void> {
    this.over.abort();
    await this.looking;
    await Promise.all(this.frozen.values());
  }

  /** A process carries at most one point to die at and one to freeze at; the next is armed at its next start. */
  private arm(name: string): void {
    const environment = this.system.environments.get(name);
    if (environment === undefined) return;
    const next = (kind: Fault['kind']): string[] => {
      const fault = [...this.waiting].find((one) => one.process === name && one.kind === kind && 'point' in one.at);
      return fault !== undefined && 'point' in fault.at
        ? [`${fault.at.point}:${String(fault.at.pass)}${kind === 'stop' ? ':stop' : ''}`]
        : [];
    };
    environment['HITO_FAILPOINTS'] = [...next('kill'), ...next('stop')].join(',');
  }

  private armedAt(name: string, kind: Fault['kind']): Fault | undefined {
    return [...this.waiting].find((one) => one.process === name && one.kind === kind && 'point' in one.at);
  }

  private died(name: string, exit: string): void {
    const fault = this.sent.get(name) ?? (exit === 'SIGKILL' ? this.armedAt(name, 'kill') : undefined);
    if (exit !== 'SIGKILL' || fault === undefined) this.unexpected.push(`${name} ended by itself (${exit})`);
    else if (!this.sent.delete(name)) this.struck(fault, 0);
    this.arm(name);
  }

  private async look(): Promise<void> {
    while (!this.over.signal.aborted) {
      const { share } = this.system.progress();
      for (const fault of this.waiting) {
        if (
          'progress' in fault.at &&
          fault.at.progress <= share &&
          !this.sent.has(fault.process) &&
          !this.frozen.has(fault.process)
        )
          this.strike(fault);
      }
      for (const fault of this.waiting) {
        const pid = this.system.supervisor.pid(fault.process);
        if (
          fault.kind === 'stop' &&
          'point' in fault.at &&
          pid !== undefined &&
          !this.frozen.has(fault.process) &&
          isStopped(pid)
        )
          this.freeze(fault, pid);
      }
      await sleep(lookMs, undefined, { signal: this.over.signal }).catch(() => undefined);
    }
  }

  private strike(fault: Fault): void {
    const pid = this.system.supervisor.pid(fault.process);
    if (pid === undefined) return;
    process.kill(pid, fault.kind === 'kill' ? 'SIGKILL' : 'SIGSTOP');
    if (fault.kind === 'stop') this.freeze(fault, pid);
    else {
      this.sent.set(fault.process, fault);
      this.struck(fault, pid);
    }
  }

  /** Wakes it when its session is over and its successor has worked. */
  private freeze(fault: Fault, pid: number): void {
    const strike = this.struck(fault, pid);
    const frozenMs = this.sessionMs + afterSessionMs;
    strike.frozenMs = frozenMs;
    const woken = sleep(frozenMs).then(() => {
      this.frozen.delete(fault.process);
      // It may have been killed in its sleep and be another by now.
      if (this.system.supervisor.pid(fault.process) === pid) process.kill(pid, 'SIGCONT');
    });
    this.frozen.set(fault.process, woken);
  }

  private struck(fault: Fault, pid: number): Strike {
    this.waiting.delete(fault);
    const strike: Strike = {
      fault,
      pid,
      seconds: (Date.now() - this.startedAt) / 1_000,
      virtual: this.system.progress().virtual,
      frozenMs: undefined,
    };
    this.strikes.push(strike);
    this.say(`${strike.seconds.toFixed(1)} s: ${fault.kind} ${fault.process} ${told(fault)}`);
    return strike;
  }
}

/** `ps` says T of a stopped process, on Linux and macOS. */
function isStopped(pid: number): boolean {
  try {
    return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .startsWith('T');
  } catch {
    // It has gone meanwhile; the supervisor tells of it.
    return false;
  }
}
