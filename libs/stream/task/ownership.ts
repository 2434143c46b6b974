import { topicOf } from '#contracts';
import { reasonOf, short } from '../model/author.ts';
import { watermarkRecord } from '../model/control.ts';
import { Due } from './due.ts';
import { failPoint } from '../model/fail-point.ts';
import type { FoldResult } from './fold.types.ts';
import { Intake } from './intake.ts';
import { isMeeting, nextMeeting, type OtherLane } from './lanes.ts';
import type { Leash } from '../input/leash.ts';
import type { OutRecord } from '../model/log.ts';
import { encodeOutbox, numbered, type Origin } from '../output/outbox.ts';
import { Pacing } from './pacing.ts';
import { plan, type Plan } from '../input/plan.ts';
import type { Published } from '../output/published.ts';
import type { Publisher } from '../output/publisher.ts';
import type { RulesVersion } from '../model/rules.ts';
import type { Clock } from '../model/runtime.types.ts';
import { StateCache } from './state-cache.ts';
import type { TaskRow } from '../model/store.ts';
import type { Suspects } from './suspects.ts';
import { originName, type Report, type TaskContext } from './task-context.ts';
import { Fenced } from '../model/worker.ts';

/** What a transaction writes: a fold's result, or a part of one. */
type Written = Pick<FoldResult, 'states'> & Partial<FoldResult>;

/** On record as the version of the rules while timers are being set. */
const unfinished = '';

/** Everything that a task knows while it owns its partition: made when it takes it, thrown away whole when it loses it. */
export class Ownership {
  readonly intake: Intake;
  readonly cache: StateCache;
  readonly due: Due;
  readonly pacing: Pacing;
  /** In force at its watermark. */
  rules: RulesVersion;
  /** Timers are being set by other rules than those they were set by: the last key that is done. Undefined: all are done. */
  retiming: string | undefined;
  readonly skips: ReadonlyMap<string, string> | undefined;
  readonly tallies: Record<string, number>;
  watermark: number;
  clock: Clock;
  /** The task's time: never goes back. */
  time: number;
  /** What is on the log although a database that went back may not know of it, until every input has been read to `until`. */
  recovery: { readonly published: Published; readonly until: ReadonlyMap<string, number> } | undefined;
  /** Of a silent lane: how far the first one has come, once it is known. */
  leash: Leash | undefined;
  /** Of a first lane: the last meeting (epoch ms) that is over. */
  met = -Infinity;
  /** Rows of the lane before are left to be deleted. */
  sweeping: boolean;
  private storedClock: Clock;
  private txn: number;
  private outSeq: number;
  private deletedSeq = 0;
  private publisher: Publisher | undefined;

  /** `before`: its publisher goes on with what that one committed until `publish`. */
  constructor(
    readonly context: TaskContext,
    readonly row: TaskRow,
    readonly report: Report,
    readonly suspects: Suspects,
    before: Ownership | undefined,
  ) {
    this.publisher = before?.publisher;
    this.txn = row.txn;
    this.outSeq = row.outSeq;
    this.watermark = row.watermark ?? -Infinity;
    this.clock = this.storedClock = row.clock;
    this.time = row.time ?? -Infinity;
    this.tallies = Object.assign(Object.create(null) as Record<string, number>, row.tallies);
    this.intake = new Intake(context, row);
    this.cache = new StateCache(context.tuning.cacheBytes);
    this.due = new Due(context.processor.wakeAt !== undefined);
    this.pacing = new Pacing(context.tuning, context.now);
    this.rules = context.rules.at(this.watermark);
    const { rulesVersion, stateVersion } = row;
    const others = rulesVersion !== this.rules.version || stateVersion < context.processor.version;
    this.retiming = rulesVersion !== null && others ? '' : undefined;
    const skips = Object.entries(row.skips);
    this.sweeping = context.before !== undefined && !row.silent;
    this.skips = skips.length === 0 ? undefined : new Map(skips);
  }

  get id() {
    return { processor: this.context.lane, partition: this.context.partition, epoch: this.row.epoch };
  }

  get origin(): Origin {
    return { name: originName(this.context), incarnation: this.row.incarnation };
  }

  /** A second lane that has not taken over: it publishes nothing, and writes states alone. */
  get silent(): boolean {
    return this.row.silent;
  }

  /** Publishes what former owners committed, then this one's. */
  publish(publisher: Publisher, records: (bytes: Buffer) => Parameters<Publisher['enqueue']>[0]['records']): void {
    const { outbox, outSeq } = this.row;
    this.publisher?.abandon();
    this.publisher = publisher;
    publisher.publishedSeq = this.deletedSeq = Math.max(0, (outbox[0]?.firstSeq ?? outSeq + 1) - 1);
    for (const { lastSeq, bytes } of outbox)
      publisher.enqueue({ records: records(bytes), lastSeq, marks: [], bytes: bytes.length });
    publisher.enqueue({ records: [], lastSeq: outSeq, marks: this.marks(), bytes: 0 });
  }

  /** Resolves when little enough is unpublished. */
  async hasRoom(): Promise<void> {
    await this.publisher?.hasRoom();
  }

  get unpublishedMs(): number {
    return this.publisher?.unpublishedMs ?? 0;
  }

  /** Why publishing fails, while it does. */
  get failing(): string | undefined {
    return this.publisher?.failing;
  }

  /** Rows of the outbox have been published and are still there. */
  get untidy(): boolean {
    return (this.publisher?.publishedSeq ?? 0) > this.deletedSeq;
  }

  /** Not all that was committed has been published and deleted. */
  get unfinished(): boolean {
    return this.deletedSeq < this.outSeq;
  }

  get clockMoved(): boolean {
    return this.clock !== this.storedClock;
  }

  /** What may be taken next. */
  plan(): Plan {
    const { tuning: limits, now, rules } = this.context;
    const { leash } = this;
    const next = plan(this.intake.inputs, {
      limit: Math.min(this.suspects.most, this.silent ? limits.silentBatch : limits.batch),
      now: now(),
      caughtUpMs: limits.caughtUpMs,
      waitingBytes: limits.waitingBytes,
      untimed: Number.isFinite(this.time),
      rulesUntil: Math.min(rules.after(this.watermark), this.silent ? (leash?.watermark ?? -Infinity) : this.meeting),
      rulesKnownUntil: rules.knownUntil(),
      leash: leash && { first: leash, watermark: this.watermark },
    });
    this.clock = next.clock;
    this.intake.waited = next.waitedInput;
    this.intake.unpause();
    return next;
  }

  /** Of a lane that another is to take over from: no transaction goes past this instant before they have met there. Epoch ms. */
  private get meeting(): number {
    const { next, tuning } = this.context;
    if (next === undefined) return Infinity;
    return this.meets(next) ? this.watermark : nextMeeting(next, tuning.meetingMs, this.watermark);
  }

  /** The lanes meet here, and that is not over yet. */
  meets(other: OtherLane): boolean {
    return this.met < this.watermark && isMeeting(other, this.context.tuning.meetingMs, this.watermark);
  }

  /** Everything before the watermark is done, and nothing from then on: here another lane may go on. */
  get clean(): boolean {
    return this.retiming === undefined && this.time <= this.watermark && !this.due.may(this.watermark);
  }

  /** A second lane takes the origin over; false where one of the lanes is elsewhere by now. */
  takeOver(first: string, firstTxn: number): Promise<boolean> {
    return this.context.store.switchLanes({ task: this.id, txn: this.txn, first, firstTxn, at: this.watermark });
  }

  /** Where the watermark has reached another version of the rules, it is in force from here on. */
  heedRules(): void {
    const now = this.context.rules.at(this.watermark);
    if (now === this.rules) return;
    this.context.logger.info(
      { task: this.origin.name, version: now.version, was: this.rules.version },
      'other rules are in force',
    );
    this.rules = now;
    this.retiming = '';
  }

  /** One transaction; throws `Fenced` where another process owns the task. */
  async commit(written: Written): Promise<void> {
    const { processor, partition, store, now } = this.context;
    const all = this.silent ? [] : (written.out ?? []);
    const out = this.recovery === undefined ? all : all.filter((one) => this.recovery?.published.has(one) !== true);
    const firstSeq = this.outSeq + 1;
    const lastSeq = this.outSeq + out.filter(({ at }) => at !== undefined).length;
    // A transaction of dead letters alone moves no number, but its row needs one of its own to be deleted by.
    const rowSeq = out.length > 0 && lastSeq < firstSeq ? firstSeq : lastSeq;
    const records = numbered(out, firstSeq, this.origin);
    // From here on they are bytes.
    out.length = all.length = 0;
    const bytes = records.length > 0 ? encodeOutbox(records) : undefined;
    const cursors = this.intake.moved();
    const watermark = written.watermark ?? this.watermark;
    const moved = watermark > this.watermark || this.clockMoved;
    const time = Math.max(written.time ?? this.time, Number.isFinite(watermark) ? watermark : -Infinity);
    const publishedSeq = this.publisher?.publishedSeq ?? 0;
    const effects = written.effects ?? [];
    failPoint('before-commit');
    const committed = await store.commit({
      task: this.id,
      txn: this.txn,
      clock: this.clock,
      outSeq: rowSeq,
      stateVersion: processor.version,
      // One who dies meanwhile leaves it to the next owner to set all timers.
      rulesVersion: this.retiming === undefined ? this.rules.version : unfinished,
      watermark: Number.isFinite(watermark) ? watermark : null,
      time: Number.isFinite(time) ? time : null,
      states: written.states,
      parked: written.parked?.map(({ key }) => key) ?? [],
      outbox: bytes === undefined ? null : { firstSeq, lastSeq: rowSeq, bytes },
      publishedSeq,
      cursors,
      seen: written.seen ?? [],
      seenAt: now(),
      tallies: written.tallies ?? {},
      apply:
        effects.length > 0 && processor.apply !== undefined
          ? (sql) => (processor.apply as NonNullable<typeof processor.apply>)(sql, partition, effects)
          : undefined,
    });
    if (!committed) throw new Fenced(`${this.origin.name} epoch ${String(this.id.epoch)}`);
    failPoint('after-commit');
    this.txn++;
    this.outSeq = rowSeq;
    this.watermark = watermark;
    this.time = time;
    this.storedClock = this.clock;
    this.deletedSeq = Math.max(this.deletedSeq, publishedSeq);
    this.suspects.committed();
    this.pacing.committed();
    this.intake.committed(cursors);
    for (const [name, by] of Object.entries(written.tallies ?? {})) this.tallies[name] = (this.tallies[name] ?? 0) + by;
    this.report.counts.transactions++;
    if (bytes !== undefined || moved)
      this.publisher?.enqueue({ records, lastSeq: rowSeq, marks: moved ? this.marks() : [], bytes: bytes?.length ?? 0 });
  }

  /** These states are others in the database: whoever knows of them hears of it. */
  rewritten(states: Written['states']): void {
    const { cache, due } = this;
    cache.put(
      states
        .filter(({ key }) => cache.get(key) !== undefined)
        .map(({ text: _, change: __, ...stored }) => [stored.key, stored.state === null ? null : stored]),
    );
    due.written(states.map(({ wakeAt }) => wakeAt));
  }

  /** Deletes from the outbox what has been published. */
  async tidy(): Promise<void> {
    await this.commit({ states: [] });
  }

  /** The first owner who has read every input so far ends this; one who dies before leaves it to the next. */
  async endRecovery(): Promise<void> {
    if (this.recovery === undefined || this.intake.behind(this.recovery.until)) return;
    if (!(await this.context.store.recovered(this.id))) throw new Fenced(this.origin.name);
    this.recovery = undefined;
    this.context.logger.info({ task: this.origin.name }, 'The task has caught up with what a lost database had done');
  }

  /** Stops the task with an alarm until an operator has resumed it. */
  async raise(what: string): Promise<void> {
    const alarm = short(what);
    this.report.alarm = alarm;
    this.intake.close();
    this.context.logger.error(
      { task: this.origin.name, alarm },
      'the task has stopped; see `hito status`, then `hito task resume` or `hito task skip`',
    );
    await this.context.store.stop(this.id, alarm);
  }

  /** Back to what is committed. The task stays ours. */
  async rewind(): Promise<void> {
    this.clock = this.storedClock;
    this.intake.rewind();
    await this.absolve();
  }

  /** What was being tried did not kill the process: it is not held against it, if nobody has taken over yet. */
  async absolve(): Promise<void> {
    const suspect = this.suspects.absolved();
    if (suspect === undefined) return;
    try {
      failPoint('before-absolve');
      await this.context.store.suspect(this.id, suspect);
    } catch (error) {
      this.context.logger.debug({ task: this.origin.name, error: reasonOf(error) }, 'the attempt stays on record');
    }
  }

  /** The partition is no longer ours: everything stays as it lies. */
  abandon(): void {
    this.publisher?.abandon();
  }

  /** Lost in the middle of something: the next ownership begins from the database. */
  async lose(): Promise<void> {
    this.intake.close();
    this.abandon();
    await this.absolve();
  }

  /** Orderly: publishes what is committed and clears up behind it. */
  async leave(): Promise<void> {
    if (this.publisher === undefined) return;
    try {
      await this.publisher.drain(10_000);
      if (this.untidy) await this.tidy();
      await this.intake.commitOffsets();
    } catch (error) {
      this.context.logger.warn(
        { task: this.origin.name, error: reasonOf(error) },
        'not everything was cleared up; the next owner does it',
      );
    }
  }

  /** The watermark as records for every output that carries time: behind all it covers, since they are published in order. */
  private marks(): OutRecord[] {
    const { processor, prefix, partition, partitions } = this.context;
    if (this.silent || !Number.isFinite(this.watermark) || this.clock === 'unset') return [];
    const mark = watermarkRecord({ origin: this.origin.name, at: this.watermark, clock: this.clock });
    return processor.outputs
      .filter(({ contract }) => contract.writer?.processor === processor.name)
      .flatMap(({ contract, rekeyed }) =>
        (rekeyed === true ? Array.from({ length: partitions }, (_, p) => p) : [partition]).map((p) => ({
          topic: topicOf(prefix, contract),
          partition: p,
          ...mark,
        })),
      );
  }
}
