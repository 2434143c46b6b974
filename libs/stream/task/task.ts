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

  status(): TaskStatus {
    const { report, ownership } = this;
    const { processor, partition } = this.context;
    const watermark = ownership?.watermark ?? -Infinity;
    return {
      processor: processor.name,
      partition,
      clock: ownership?.clock ?? 'unset',
      watermark: Number.isFinite(watermark) ? watermark : undefined,
      waitsFor: this.waitsFor,
      ...refusalOf(this.ownership?.failing, report.unwritten),
      stopped: report.alarm !== undefined,
      paused: report.held !== undefined,
      lagRecords: ownership?.intake.lag ?? 0,
      ...report.counts,
      stateBound: stateBound(processor),
      sinceTurnMs: performance.now() - report.turned,
      ...(ownership === undefined ? {} : { epoch: ownership.row.epoch }),
      unpublishedMs: ownership?.unpublishedMs ?? 0,
      tallies: ownership?.tallies ?? {},
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
        if (this.report.alarm !== undefined) await this.resumed();
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
    const { processor, partition, store } = this.context;
    this.report.waitsFor = 'database';
    const row = await store.acquire(processor.name, partition);
    const owned = new Ownership(this.context, row, this.report, this.suspects, this.ownership);
    this.ownership = owned;
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
    const { store, processor, partition } = this.context;
    while (!this.stopped && this.report.alarm !== undefined) {
      await pause(1_000, this.stopping.signal);
      if (!this.stopped && (await store.stopped(processor.name, partition)) === null) this.report.alarm = undefined;
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
      const next = owned.plan();
      const reached = Math.max(owned.watermark, next.bound);
      const moves = reached > owned.watermark || owned.clockMoved;
      if (next.items.length > 0 || due.may(reached) || (moves && (next.reachesRules || pacing.mayMove(next.clock)))) {
        const early = this.suspects.most === Infinity ? pacing.linger(next.items.length, next.clock) : 0;
        if (early > 0) {
          await pause(early, this.stopping.signal);
          continue;
        }
        await takeTurn(owned, next, this.stopping.signal);
        report.unwritten = undefined;
        if (report.alarm !== undefined) return;
        continue;
      }
      report.unwritten = undefined;
      if (owned.retiming !== undefined) continue;
      report.waitsFor = next.waitsFor ?? (owned.clock === 'unset' ? 'replay' : 'nothing');
      if (next.waitsFor !== undefined && owned.clock === 'live') context.askEnds();
      if (owned.untidy && pacing.mayTidy()) await owned.tidy();
      await this.signal.wait(pacing.sleep(moves || owned.unfinished || next.waitsFor !== undefined));
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
