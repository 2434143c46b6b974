import type { Clock } from '../model/runtime.types.ts';
import type { Tuning } from './tuning.ts';

/** How often a task commits: small transactions share one, time moves seldom while nothing else happens. Belongs to one ownership. */
export class Pacing {
  /** Wall clock, ms. */
  private lastMove = -Infinity;
  /** Ms of `performance.now()`. */
  private lastCommit = -Infinity;

  constructor(
    private readonly limits: Tuning,
    private readonly now: () => number,
  ) {}

  committed(): void {
    this.lastMove = this.now();
    this.lastCommit = performance.now();
  }

  /** How long a transaction of so few messages waits for more to come, ms; 0 or less: not at all. */
  linger(messages: number, clock: Clock): number {
    if (messages >= this.limits.batch / 4) return 0;
    const { lingerLiveMs, lingerDrivenMs } = this.limits;
    return this.lastCommit + (clock === 'live' ? lingerLiveMs : lingerDrivenMs) - performance.now();
  }

  /** Driven, time moves at once; live and idle, at most once a second. */
  mayMove(clock: Clock): boolean {
    return clock === 'driven' || this.now() - this.lastMove >= this.limits.idleMs;
  }

  /** What was published has waited long enough to be deleted by a transaction of its own. */
  mayTidy(): boolean {
    return this.now() - this.lastMove > this.limits.idleMs / 4;
  }

  /** How long a task that has nothing to do sleeps, ms; `soon`: it has something to tidy up, or to move. */
  sleep(soon: boolean): number {
    return soon ? this.limits.idleMs / 4 : 5_000;
  }
}
