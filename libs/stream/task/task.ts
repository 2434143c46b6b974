import { behindMs, follows, meets, sweepSome } from './second-lane.ts';
import { refusalOf } from './no-traffic.ts';
import { takeUp } from './acquire.ts';
import type { Member } from './group.ts';
import type { Fetched } from '../model/log.ts';
import { Ownership } from './ownership.ts';
import { stateBound } from '../model/processor.ts';
import type { TaskStatus } from '../model/runtime.types.ts';
import { pause, Signal } from '../model/signal.ts';
import { retimeSome } from './retime.ts';
import { Suspects } from './suspects.ts';
import { newReport, taskName, type TaskContext } from './task-context.ts';
import { takeTurn } from './turn.ts';
import { Fenced } from '../model/worker.ts';

/** One processor on one partition: takes the partition, turns until it is lost, and takes it anew. */
export class Task implements Member {
  private readonly signal = new Signal();
  private readonly stopping = new AbortController();
  private readonly suspects: Suspects;
  private readonly report = newReport();
  private ownership: Ownership | undefined;
  private running: Promise<void> | undefined;
  private orderly = false;

  constructor(private readonly context: TaskContext) {
    this.suspects = new Suspects(context.tuning);
  }

  start(): void {
    this.running = this.run();
  }

  /** Orderly: finishes the running transaction, publishes, forgets what it has published. */
  async stop(): Promise<void> {
    this.orderly = true;
    this.stopping.abort();
    this.signal.notify();
    await this.running;
  }

  /** The partition is no longer ours: leave everything as it lies. */
  abandon(): void {
    this.stopping.abort();
    this.ownership?.abandon();
    this.signal.notify();
  }

  records(topic: string, fetched: Fetched, fetchedFrom: number, end: number): void {
    if (this.ownership?.intake.records(topic, fetched, fetchedFrom, end) === true) this.signal.notify();
  }

  ends(topic: string, end: number, askedAt: number): void {
    if (this.ownership?.intake.ends(topic, end, askedAt) === true) this.signal.notify();
  }

  hold(paused: ReadonlyMap<string, string>): void {
    this.report.held = paused.get(taskName(this.context));
    if (this.report.held !== undefined) this.signal.notify();
  }

  /** Another lane has taken over: there is nothing to be told of this one. */
  get retired(): boolean {
    return this.report.successor !== undefined;
  }

  status(): TaskStatus {
    const { report, ownership } = this;
    const { processor, lane, partition } = this.context;
    const watermark = ownership?.watermark ?? -Infinity;
    return {
      processor: lane,
      partition,
      clock: ownership?.clock ?? 'unset',
      watermark: Number.isFinite(watermark) ? watermark : undefined,
      waitsFor: this.waitsFor,
      ...refusalOf(this.ownership?.failing, report.unwritten),
      stopped: report.alarm !== undefined,
      paused: report.held !== undefined,
      ...(ownership?.silent === true && { silent: { behindMs: behindMs(ownership) } }),
      lagRecords: ownership?.intake.lag ?? 0,
      ...report.counts,
      stateBound: stateBound(processor),
      sinceTurnMs: performance.now() - report.turned,
      ...(ownership === undefined ? {} : { epoch: ownership.row.epoch }),
      unpublishedMs: ownership?.unpublishedMs ?? 0,
      // What a silent lane has counted holds once it speaks.
      tallies: ownership?.silent === false ? ownership.tallies : {},
    };
  }

  private get waitsFor(): string {
    const { alarm, waitsFor } = this.report;
    if (alarm !== undefined) return `stopped: ${alarm}`;
    if (waitsFor === 'ownership') return waitsFor;
    if (this.ownership?.failing !== undefined) return 'broker';
    return this.report.unwritten === undefined ? waitsFor : 'database';
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.stopped; failures++) {
      this.report.turned = performance.now();
      try {
        const owned = await this.acquire();
        if (owned.row.successor !== null) await this.retire(owned);
        else if (this.report.alarm !== undefined) await this.resumed();
        else {
          failures = 0;
          await this.loop(owned);
        }
      } catch (error) {
        await this.ownership?.lose();
        if (this.stopped) break;
        await this.lost(error as Error, failures);
      }
    }
    if (this.orderly && this.report.alarm === undefined) await this.ownership?.leave();
  }

  private async acquire(): Promise<Ownership> {
    const { lane, before, partition, store } = this.context;
    this.report.waitsFor = 'database';
    const row = await store.acquire(lane, partition, before !== undefined);
    const owned = new Ownership(this.context, row, this.report, this.suspects, this.ownership);
    this.ownership = owned;
    if (row.successor !== null) return owned;
    await takeUp(owned, () => {
      this.signal.notify();
    });
    return owned;
  }

  /** The task is taken anew, after a while; a fenced owner whose member stays assigned only when the other's session would be over. */
  private async lost(error: Error, failures: number): Promise<void> {
    const { logger, sessionTimeoutMs } = this.context;
    const fenced = error instanceof Fenced;
    const away = this.report.waitsFor === 'broker' ? 'broker' : 'database';
    this.report.waitsFor = fenced ? 'ownership' : away;
    this.report.unwritten = fenced || away === 'broker' ? undefined : error.message;
    logger.warn(
      { task: taskName(this.context), error: error.message, fenced },
      fenced ? 'another process owns the task now' : 'the task is taken anew',
    );
    await pause(fenced ? sessionTimeoutMs * 1.5 : Math.min(5_000, 100 * 2 ** failures), this.stopping.signal);
  }

  private async resumed(): Promise<void> {
    const { store, lane, partition } = this.context;
    while (!this.stopped && this.report.alarm !== undefined) {
      await pause(1_000, this.stopping.signal);
      if (!this.stopped && (await store.stopped(lane, partition)) === null) this.report.alarm = undefined;
    }
  }

  private async loop(owned: Ownership): Promise<void> {
    const { report, context } = this;
    const { intake, pacing, due } = owned;
    while (!this.stopped) {
      report.turned = performance.now();
      await owned.hasRoom();
      if (this.stopped) return;
      if (intake.doubt !== undefined) throw new Error(intake.doubt);
      if (report.held !== undefined) {
        await this.rest(owned);
        return;
      }
      owned.heedRules();
      if (owned.retiming !== undefined) {
        await retimeSome(owned);
        // Driven, what follows depends on all timers; live, people do not wait for those of others.
        if (owned.retiming !== undefined && owned.clock !== 'live') continue;
      }
      if (context.before !== undefined && owned.silent) {
        if (await follows(owned, context.before)) return;
        if (owned.leash === undefined) {
          report.waitsFor = `lane ${context.before.lane}`;
          await pause(context.tuning.followMs, this.stopping.signal);
          continue;
        }
      }
      if (context.next !== undefined && (await meets(owned, context.next, this.stopping.signal))) return;
      if (context.before !== undefined && owned.sweeping) await sweepSome(owned, context.before);
      const next = owned.plan();
      const reached = Math.max(owned.watermark, next.bound);
      const moves = reached > owned.watermark || owned.clockMoved;
      if (next.items.length > 0 || due.may(reached) || (moves && (next.reachesRules || pacing.mayMove(next.clock)))) {
        const early = this.suspects.most === Infinity && !owned.silent ? pacing.linger(next.items.length, next.clock) : 0;
        if (early > 0) {
          await pause(early, this.stopping.signal);
          continue;
        }
        const turn = (): Promise<void> => takeTurn(owned, next, this.stopping.signal);
        if (owned.silent) await context.turns.take(turn, context.tuning.silentRest, this.stopping.signal);
        else await turn();
        report.unwritten = undefined;
        if (report.alarm !== undefined) return;
        continue;
      }
      report.unwritten = undefined;
      if (owned.retiming !== undefined || owned.sweeping) continue;
      const idle = owned.silent ? `lane ${context.before?.lane ?? ''}` : 'nothing';
      report.waitsFor = next.waitsFor ?? (owned.clock === 'unset' ? 'replay' : idle);
      if (next.waitsFor !== undefined && owned.clock === 'live') context.askEnds();
      if (owned.untidy && pacing.mayTidy()) await owned.tidy();
      if (owned.silent) await pause(context.tuning.followMs, this.stopping.signal);
      else await this.signal.wait(pacing.sleep(moves || owned.unfinished || next.waitsFor !== undefined));
    }
  }

  /** Another lane has taken over: nothing is left to be done here. */
  private async retire(owned: Ownership): Promise<void> {
    const { logger, lane, next } = this.context;
    const { successor } = owned.row;
    owned.abandon();
    if (successor !== next?.lane) {
      await owned.raise(`lane ${successor ?? ''} has taken over from ${lane}: declare that one`);
      await this.resumed();
      return;
    }
    owned.intake.rest();
    this.report.alarm = undefined;
    this.report.successor = successor ?? undefined;
    logger.info({ task: taskName(this.context), successor }, 'Another lane has taken over from this one');
    while (!this.stopped) {
      this.report.turned = performance.now();
      await this.signal.wait(5_000);
    }
  }

  /** Nothing is taken until the operator says so; what is committed is published all the same. The task is taken anew after it. */
  private async rest(owned: Ownership): Promise<void> {
    this.context.logger.info({ task: taskName(this.context), reason: this.report.held }, 'The task is paused');
    // Its buffer has no bound while an input is waited for.
    owned.intake.waited = undefined;
    this.report.unwritten = undefined;
    while (!this.stopped && this.report.held !== undefined) {
      this.report.turned = performance.now();
      this.report.waitsFor = `paused: ${this.report.held}`;
      if (owned.untidy) await owned.tidy();
      await this.signal.wait(500);
    }
  }
}
