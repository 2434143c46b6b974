// The task's loop stands in one file (above the usual length) so that the order of its steps can be read from top to bottom.
import { topicOf } from '#contracts';
import { reasonOf, short, timerOf, upgraded } from './author.ts';
import { watermarkRecord } from './control.ts';
import { Culprit } from './culprit.ts';
import { DataError, kindOf } from './data-error.ts';
import { failPoint } from './fail-point.ts';
import { firstMessage, fold, itemName, type FoldInput, type FoldResult, type Traced } from './fold.ts';
import { InputBuffer } from './input-buffer.ts';
import { decodeOutbox, encodeOutbox, numbered, type Origin } from './outbox.ts';
import type { Fetched, Log, OutRecord, Subscription } from './log.ts';
import type { Peers } from './peers.ts';
import { plan, type Plan } from './plan.ts';
import { stateBound, type AnyProcessor } from './processor.ts';
import { Published } from './published.ts';
import { Publisher } from './publisher.ts';
import { beginning, rangeAlarm, slackMs } from './range-alarm.ts';
import type { Clock, Logger, TaskStatus, Transaction } from './runtime.types.ts';
import { pause, Signal } from './signal.ts';
import { StateCache } from './state-cache.ts';
import type { Cursor, Store, StoredState, Suspect, TaskRow } from './store.ts';
import type { Read, StreamBuffer } from './stream-buffer.ts';
import type { Tracer } from './trace.ts';
import { Fenced } from './worker.ts';

/** Settings of the loop; the defaults are the product's, tests vary them. */
export interface Tuning {
  /** Records of one transaction. */
  readonly batch: number;
  /** Due wakes of one transaction: driven, and live (other people's records go on in between). */
  readonly wakesDriven: number;
  readonly wakesLive: number;
  /** Records and bytes buffered per input before its fetching is paused. */
  readonly bufferRecords: number;
  readonly bufferBytes: number;
  /** Bytes that an input may hold, live, while one of its origins is waited for. */
  readonly waitingBytes: number;
  /** Bytes of the states kept in memory per task, as text. */
  readonly cacheBytes: number;
  /** Least time between two small transactions, ms: what comes meanwhile shares one commit. Driven, nobody waits for a single record. */
  readonly lingerDrivenMs: number;
  readonly lingerLiveMs: number;
  /** Least time between two moves of the watermark when nothing else is to be committed, ms. */
  readonly idleMs: number;
  /** How long an input counts as caught up after its end was asked for, ms. */
  readonly caughtUpMs: number;
  /** People of whom messages threw, without a success in between, before the rules or the code are suspected and not the messages. */
  readonly throwers: number;
  /** How long it waits then, ms, for another partition to decide something: nobody's input can stop what works elsewhere. */
  readonly holdMs: number;
  /** Owners that died on their first batch before records are tried one by one. */
  readonly attempts: number;
  /** Tries of one record before it is given up. */
  readonly tries: number;
  readonly strict: boolean;
}

export const tuning: Tuning = {
  batch: 4_000,
  wakesDriven: 2_000,
  wakesLive: 500,
  bufferRecords: 500,
  bufferBytes: 4 * 1024 * 1024,
  waitingBytes: 64 * 1024 * 1024,
  cacheBytes: 16 * 1024 * 1024,
  lingerDrivenMs: 25,
  lingerLiveMs: 20,
  idleMs: 1_000,
  caughtUpMs: 5_000,
  throwers: 50,
  holdMs: 30_000,
  attempts: 3,
  tries: 2,
  strict: false,
};

/** How long fetches may begin behind what is expected (a seek is on its way) before log and cursor are compared, ms. */
const gapMs = 5_000;
/** Stands for all records of an ownership's first batch, as a suspect. */
const firstBatch = '~batch';

/** The hashes by which it is known whether a record, or a part of it, has been taken. */
const hashesOf = ({ hash, salvaged }: Read): readonly string[] =>
  hash === undefined ? [] : salvaged === undefined ? [hash] : [hash, salvaged.hash];

/** The name of a message as it is logged: a person's id under the name that the log hashes. */
function loggable(item: string): object {
  const [, key, instant] = /^wake (.*) (-?\d+)$/s.exec(item) ?? [];
  return key === undefined ? { record: item } : { person_id: key, wake_at: new Date(Number(instant)).toISOString() };
}

/** For a line of the log: the first of these traces. */
const traceOf = ([first]: readonly Traced[]): object => (first === undefined ? {} : { trace_id: first.place.traceId });

export interface TaskContext {
  readonly processor: AnyProcessor;
  readonly rules: unknown;
  readonly rulesVersion: string;
  readonly prefix: string;
  readonly partition: number;
  readonly partitions: number;
  readonly group: string;
  readonly store: Store;
  readonly log: Log;
  readonly subscription: Subscription;
  readonly logger: Logger;
  readonly tuning: Tuning;
  readonly sessionTimeoutMs: number;
  /** Wall clock, ms. */
  readonly now: () => number;
  /** Shared by the processor's tasks in this process. */
  readonly peers: Peers;
  readonly onTransaction: (t: Transaction) => void;
  readonly tracer?: Tracer | undefined;
  /** Asks the broker for the inputs' ends soon; answers come by `ends`. */
  readonly askEnds: () => void;
}

interface Decided {
  readonly folded: FoldResult;
  /** States that were not in memory, upgraded; null: there is none. */
  readonly fresh: ReadonlyMap<string, StoredState | null>;
  /** Wakes before it were due, and looked for where `asked`: `due` were loaded, and there are `more`. */
  readonly bound: number;
  readonly asked: boolean;
  readonly due: number;
  readonly more: boolean;
}

/** One processor on one partition: buffers what is fetched, takes it in order, commits, publishes. */
export class Task {
  private row: TaskRow | undefined;
  private inputs: InputBuffer[] = [];
  private publisher: Publisher | undefined;
  private cache: StateCache;
  private readonly signal = new Signal();
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private orderly = false;

  private txn = 0;
  private outSeq = 0;
  private watermark = -Infinity;
  private clock: Clock = 'unset';
  private time = -Infinity;
  /** No row's `wake_at` lies before this. */
  private noWakeBefore = -Infinity;
  private suspect: Suspect | null = null;
  /** Nothing has been committed in this ownership. */
  private untried = true;
  private careful = 0;
  private readonly culprit: Culprit;
  private skipping = false;
  /** People of whom a message threw since the last success; the first of those throws, ms of `performance.now()`. */
  private threw: ReadonlySet<string> = new Set();
  private threwSince = Infinity;
  private deletedSeq = 0;
  private lastMove = -Infinity;
  private lastCommit = -Infinity;
  /** When the loop last came round: liveness is progress. */
  private turned = performance.now();
  private lastOffsets = -Infinity;
  private storedCursors = new Map<string, { readonly text: string; readonly nextOffset: number }>();
  /** Log and cursor do not seem to fit each other any more: to be looked at anew. */
  private doubt: string | undefined;

  private waitsFor = 'assignment';
  private alarm: string | undefined;
  /** Why an operator lets the task rest. */
  private held: string | undefined;
  private skips: ReadonlyMap<string, string> | undefined;
  private tallies = Object.create(null) as Record<string, number>;
  private starts = new Map<string, number[]>();
  /** Where inputs begin whose cursor the log does not reach any more, once an operator has accepted that. */
  private since = new Map<string, number[]>();
  /** The first offsets that were written well after the task last committed. */
  private later = new Map<string, number[]>();
  /** What is on the log although a database that went back may not know of it, until every input has been read to these offsets. */
  private published: Published | undefined;
  private recoveredAt: ReadonlyMap<string, number> = new Map();
  private readonly counts = { taken: 0, transactions: 0, deadLetters: 0, largestState: 0 };

  constructor(private readonly context: TaskContext) {
    this.culprit = new Culprit(context.tuning.batch);
    this.cache = new StateCache(context.tuning.cacheBytes);
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
    this.publisher?.abandon();
    this.signal.notify();
  }

  records(topic: string, fetched: Fetched, fetchedFrom: number, end: number): void {
    const input = this.inputOf(topic);
    if (input === undefined) return;
    const now = this.context.now();
    if (!input.accept(fetched, fetchedFrom)) {
      input.gapSince ??= now;
      if (now - input.gapSince > gapMs)
        this.suspectRange(`${topic} is read from ${String(fetchedFrom)} on, not from ${String(input.fetched)}`);
      else this.context.subscription.seek(topic, this.context.partition, input.fetched);
      return;
    }
    input.gapSince = undefined;
    input.fetchedAt = now;
    if (end > input.end) input.end = end;
    const { bufferRecords, bufferBytes } = this.context.tuning;
    if (!input.paused && (input.records > bufferRecords || input.bytes > bufferBytes) && input !== this.waitedInput) {
      input.paused = true;
      this.context.subscription.pause(topic, this.context.partition);
    }
    this.signal.notify();
  }

  /** The broker's answer about where an input ends; `askedAt` is the moment before the question was sent. */
  ends(topic: string, end: number, askedAt: number): void {
    const input = this.inputOf(topic);
    if (input === undefined) return;
    // What was fetched since the question may lie behind its answer.
    if (end < input.nextOffset() && input.fetchedAt < askedAt)
      this.suspectRange(`${topic} ends at ${String(end)}, before ${String(input.nextOffset())}`);
    input.end = end;
    input.askedAt = askedAt;
    if (input.input.kind === 'source' || this.waitedInput !== undefined) this.signal.notify();
  }

  hold(paused: ReadonlyMap<string, string>): void {
    this.held = paused.get(this.origin.name);
    if (this.held !== undefined) this.signal.notify();
  }

  status(): TaskStatus {
    const lagRecords = this.inputs.reduce((sum, input) => sum + Math.max(0, input.end - input.nextOffset()), 0);
    return {
      processor: this.context.processor.name,
      partition: this.context.partition,
      clock: this.clock,
      watermark: Number.isFinite(this.watermark) ? this.watermark : undefined,
      waitsFor:
        this.alarm !== undefined
          ? `stopped: ${this.alarm}`
          : this.publisher?.failing === undefined || this.waitsFor === 'ownership'
            ? this.waitsFor
            : 'broker',
      stopped: this.alarm !== undefined,
      paused: this.held !== undefined,
      lagRecords: this.inputs.some(({ end }) => end < 0) ? 0 : lagRecords,
      ...this.counts,
      stateBound: stateBound(this.context.processor),
      sinceTurnMs: performance.now() - this.turned,
      ...(this.row === undefined ? {} : { epoch: this.row.epoch }),
      unpublishedMs: this.publisher?.unpublishedMs ?? 0,
      tallies: this.tallies,
    };
  }

  /** Retention overtook the task, or the topic was made anew, while it runs: taking the task anew compares all and alarms. */
  private suspectRange(what: string): void {
    this.doubt = what;
    this.signal.notify();
  }

  private waitedInput: InputBuffer | undefined;

  private get id() {
    return { processor: this.context.processor.name, partition: this.context.partition, epoch: this.row?.epoch ?? 0 };
  }

  private get origin(): Origin {
    return { name: `${this.context.processor.name}/${String(this.context.partition)}`, incarnation: this.row?.incarnation ?? 0 };
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private inputOf(topic: string): InputBuffer | undefined {
    return this.inputs.find((input) => topicOf(this.context.prefix, input.contract) === topic);
  }

  private async run(): Promise<void> {
    const { logger, sessionTimeoutMs } = this.context;
    for (let failures = 0; !this.stopped; failures++) {
      this.turned = performance.now();
      try {
        await this.acquire();
        if (this.alarm !== undefined) await this.resumed();
        else {
          failures = 0;
          await this.loop();
        }
      } catch (error) {
        this.inputs = [];
        this.publisher?.abandon();
        await this.absolve();
        if (this.stopped) break;
        const fenced = error instanceof Fenced;
        this.waitsFor = fenced ? 'ownership' : 'database';
        logger.warn(
          { task: this.origin.name, error: (error as Error).message, fenced },
          fenced ? 'another process owns the task now' : 'the task is taken anew',
        );
        // A fenced owner whose member stays assigned takes the task back only when the other's session would be over.
        await pause(fenced ? sessionTimeoutMs * 1.5 : Math.min(5_000, 100 * 2 ** failures), this.stopping.signal);
      }
    }
    await this.leave();
  }

  private async leave(): Promise<void> {
    if (!this.orderly || this.row === undefined || this.publisher === undefined || this.alarm !== undefined) return;
    try {
      await this.publisher.drain(10_000);
      if (this.publisher.publishedSeq > this.deletedSeq) await this.commitOnly();
      await this.commitOffsets();
    } catch (error) {
      this.context.logger.warn(
        { task: this.origin.name, error: (error as Error).message },
        'not everything was cleared up; the next owner does it',
      );
    }
  }

  private async acquire(): Promise<void> {
    const { context } = this;
    const { processor, partition, store, log, logger, tuning: limits } = context;
    this.waitsFor = 'database';
    const row = await store.acquire(processor.name, partition);
    failPoint('after-acquire');
    this.row = row;
    this.txn = row.txn;
    this.outSeq = row.outSeq;
    this.watermark = row.watermark ?? -Infinity;
    this.clock = row.clock;
    this.time = row.time ?? -Infinity;
    this.suspect = row.suspect;
    this.tallies = Object.assign(Object.create(null) as Record<string, number>, row.tallies);
    this.cache = new StateCache(limits.cacheBytes);
    this.noWakeBefore = processor.wakeAt === undefined ? Infinity : -Infinity;
    this.skipping = row.skip;
    this.doubt = undefined;
    this.threw = new Set();
    this.alarm = row.stopped ?? undefined;
    this.held = row.paused ?? undefined;
    this.published = undefined;
    const skips = Object.entries(row.skips);
    this.skips = skips.length === 0 ? undefined : new Map(skips);
    if (this.alarm !== undefined) return;
    if (row.stateVersion > processor.version)
      throw new Error(
        `${processor.name}/${String(partition)} has states of version ${String(row.stateVersion)}, this process knows ${String(processor.version)}: deploy the newer one`,
      );

    const topics = processor.inputs.map(({ contract }) => topicOf(context.prefix, contract));
    this.waitsFor = 'broker';
    const [starts, ends, committed, later] = await Promise.all([
      log.starts(topics),
      log.ends(topics),
      log.committed(context.group, topics),
      row.committedAt === null ? new Map<string, number[]>() : log.firstSince(topics, row.committedAt + slackMs),
    ]);
    const at = (offsets: Map<string, number[]>, topic: string): number => offsets.get(topic)?.[partition] ?? -1;
    const alarm = row.confirmed
      ? undefined
      : (row.databaseChanged ??
        processor.inputs
          .map(({ contract }) => {
            const topic = topicOf(context.prefix, contract);
            const cursor = row.cursors.find((c) => c.topic === contract.name)?.nextOffset;
            return rangeAlarm({
              topic,
              partition,
              cursor,
              start: at(starts, topic),
              end: at(ends, topic),
              committed: at(committed, topic),
              later: at(later, topic),
            });
          })
          .find((found) => found !== undefined));
    if (alarm !== undefined) {
      await this.raise(alarm);
      return;
    }
    this.starts = starts;
    this.later = later;
    this.since = row.confirmed ? await log.firstSince(topics, (row.committedAt ?? 0) - slackMs) : new Map<string, number[]>();
    if (row.recoverFrom !== null) {
      this.published = await Published.read(log, context, row.recoverFrom - slackMs);
      this.recoveredAt = new Map(
        processor.inputs.map(({ contract }) => [contract.name, at(ends, topicOf(context.prefix, contract))]),
      );
      logger.info(
        { task: this.origin.name, records: this.published.size },
        'The task takes input again from where its database stands; it publishes nothing that is on the log',
      );
    }
    if (row.stateVersion > 0)
      for (let version = row.stateVersion; version < processor.version; version++)
        if (processor.upgrades?.[version] === undefined) {
          await this.raise(`${processor.name} has no upgrade from state version ${String(version)}: deploy a build that has it`);
          return;
        }
    const { suspect } = row;
    const careful = suspect !== null && (suspect.item !== firstBatch || suspect.tries >= limits.attempts);
    this.careful = careful ? 10_000 : 0;
    if (careful)
      logger.warn(
        { task: this.origin.name, ...loggable(suspect.item), tries: suspect.tries },
        'earlier owners died here: records are tried one by one',
      );
    if (suspect !== null && suspect.item !== firstBatch && suspect.tries >= limits.tries)
      this.culprit.condemn({ ...suspect, kind: 'died', reason: 'the process died on it' });
    this.untried = true;
    if (row.rulesVersion !== null && (row.rulesVersion !== context.rulesVersion || row.stateVersion < processor.version))
      await this.retime();

    this.publisher?.abandon();
    this.publisher = new Publisher(log, logger, () => {
      this.signal.notify();
    });
    this.deletedSeq = Math.max(0, (row.outbox[0]?.firstSeq ?? row.outSeq + 1) - 1);
    this.publisher.publishedSeq = this.deletedSeq;
    for (const { lastSeq, bytes } of row.outbox) {
      this.publisher.enqueue({
        records: decodeOutbox(bytes),
        lastSeq,
        marks: [],
        bytes: bytes.length,
      });
    }
    this.publisher.enqueue({ records: [], lastSeq: row.outSeq, marks: this.marks(), bytes: 0 });
    this.inputs = this.buffers(row.cursors, (topic) => ({ end: at(ends, topic), askedAt: -Infinity }));
    this.storedCursors = new Map(
      row.cursors.map((cursor) => [cursor.topic, { text: JSON.stringify(cursor), nextOffset: cursor.nextOffset }]),
    );
    this.seek();
    context.askEnds();
    logger.debug({ task: this.origin.name, epoch: row.epoch }, 'task taken');
  }

  /** The first owner who has read every input so far ends this; one who dies before leaves it to the next. */
  private async endRecovery(): Promise<void> {
    if (this.published === undefined) return;
    const ahead = this.inputs.some((input) => input.nextOffset() < (this.recoveredAt.get(input.contract.name) ?? 0));
    if (ahead) return;
    if (!(await this.context.store.recovered(this.id))) throw new Fenced(this.origin.name);
    this.published = undefined;
    this.context.logger.info({ task: this.origin.name }, 'The task has caught up with what a lost database had done');
  }

  /** What is read from the cursors on; `known`: what the broker has said of a topic's end. */
  private buffers(
    cursors: readonly Cursor[],
    known: (topic: string) => { readonly end: number; readonly askedAt: number },
  ): InputBuffer[] {
    const { context, starts } = this;
    const { processor, partition, now } = context;
    return processor.inputs.map((input, index) => {
      const { writer } = input.contract;
      const origins =
        input.kind !== 'ordered' || writer === undefined
          ? []
          : writer.rekeyed
            ? Array.from({ length: context.partitions }, (_, p) => `${writer.processor}/${String(p)}`)
            : [`${writer.processor}/${String(partition)}`];
      const topic = topicOf(context.prefix, input.contract);
      const start = starts.get(topic)?.[partition] ?? -1;
      const buffer = new InputBuffer(
        index,
        input,
        partition,
        origins,
        cursors.find((c) => c.topic === input.contract.name),
        start,
        processor.name,
        now,
      );
      ({ end: buffer.end, askedAt: buffer.askedAt } = known(topic));
      buffer.fetchedAt = now();
      // An operator has accepted what the alarm told.
      if (this.row?.confirmed === true)
        buffer.begin(
          beginning({
            cursor: buffer.fetched,
            start,
            end: buffer.end,
            since: this.since.get(topic)?.[partition] ?? start,
            later: this.later.get(topic)?.[partition] ?? -1,
          }),
        );
      return buffer;
    });
  }

  private seek(): void {
    const { context } = this;
    const { partition } = context;
    for (const input of this.inputs) {
      const topic = topicOf(context.prefix, input.contract);
      context.subscription.seek(topic, partition, input.fetched);
      context.subscription.resume(topic, partition);
    }
  }

  /** Back to what is committed: what was taken since is read once more. The task stays ours. */
  private async rewind(): Promise<void> {
    const before = new Map(this.inputs.map((input) => [topicOf(this.context.prefix, input.contract), input]));
    const cursors = [...this.storedCursors.values()].map(({ text }) => JSON.parse(text) as Cursor);
    this.clock = this.row?.clock ?? 'unset';
    this.waitedInput = undefined;
    this.inputs = this.buffers(cursors, (topic) => before.get(topic) ?? { end: -1, askedAt: -Infinity });
    this.seek();
    await this.absolve();
  }

  /** Stops the task with an alarm until an operator has resumed it. */
  private async raise(what: string): Promise<void> {
    const alarm = short(what);
    this.alarm = alarm;
    this.inputs = [];
    this.context.logger.error(
      { task: this.origin.name, alarm },
      'the task has stopped; see `hito status`, then `hito task resume` or `hito task skip`',
    );
    await this.context.store.stop(this.id, alarm);
  }

  private async resumed(): Promise<void> {
    const { store, processor, partition } = this.context;
    while (!this.stopped && this.alarm !== undefined) {
      await pause(1_000, this.stopping.signal);
      if (!this.stopped && (await store.stopped(processor.name, partition)) === null) this.alarm = undefined;
    }
  }

  /** The rules are others: a timer may have to fire earlier than its column says. Once per change of the playbook. */
  private async retime(): Promise<void> {
    const { processor, partition, store } = this.context;
    for (let afterKey = ''; !this.stopped;) {
      this.turned = performance.now();
      const portion = await store.scan(processor.name, partition, afterKey, 1_000);
      const last = portion.at(-1);
      if (last === undefined) return;
      const states = portion.flatMap((stored) => this.retimed(upgraded(processor, stored)));
      // The new version is on record with the last portion only: one who dies in between leaves it to the next to do all.
      if (states.length > 0) await this.rewrite(states);
      afterKey = last.key;
    }
  }

  /** Where the database refuses one of them, that person's timer stays as it was. */
  private async rewrite(states: FoldResult['states']): Promise<void> {
    try {
      await this.commit({ states, rulesVersion: this.row?.rulesVersion ?? '' });
    } catch (error) {
      if (error instanceof Fenced || kindOf(error) !== 'data') throw error;
      const half = states.length >> 1;
      if (half > 0) {
        await this.rewrite(states.slice(0, half));
        await this.rewrite(states.slice(half));
      } else
        this.context.logger.error(
          { task: this.origin.name, person_id: states[0]?.key, error: reasonOf(error) },
          'the database refuses a state under the new rules; its timer stays as it was',
        );
    }
  }

  /** The row under the new rules, where it is another. */
  private retimed(stored: StoredState): FoldResult['states'] {
    const { processor, rules, logger } = this.context;
    if (stored.unreadable !== undefined) return [];
    const wakeAt = ((): number | null => {
      try {
        return timerOf(processor, stored.state, rules) ?? null;
      } catch (error) {
        // Due at once: there it becomes a dead letter.
        logger.warn({ task: this.origin.name, error: reasonOf(error) }, 'wakeAt threw under the new rules');
        return 0;
      }
    })();
    return wakeAt === stored.wakeAt ? [] : [{ ...stored, wakeAt, state: stored.state as object }];
  }

  private async loop(): Promise<void> {
    const { tuning: limits, now } = this.context;
    while (!this.stopped) {
      this.turned = performance.now();
      await this.publisher?.hasRoom();
      if (this.stopped) return;
      if (this.doubt !== undefined) throw new Error(this.doubt);
      if (this.held !== undefined) {
        await this.rest();
        return;
      }
      const next = plan(this.inputs, {
        limit: Math.min(this.most, limits.batch),
        now: now(),
        caughtUpMs: limits.caughtUpMs,
        waitingBytes: limits.waitingBytes,
        untimed: Number.isFinite(this.time),
      });
      this.clock = next.clock;
      this.waitedInput = next.waitedInput;
      this.unpause();
      const reached = Math.max(this.watermark, next.bound);
      const moves = reached > this.watermark || next.clock !== this.row?.clock;
      const wakes = reached > this.noWakeBefore;
      if (next.items.length > 0 || wakes || (moves && this.mayMove(next))) {
        const early = this.lastCommit + (next.clock === 'live' ? limits.lingerLiveMs : limits.lingerDrivenMs) - performance.now();
        if (early > 0 && next.items.length < limits.batch / 4 && this.most === Infinity) {
          await pause(early, this.stopping.signal);
          continue;
        }
        await this.transact(next);
        if (this.alarm !== undefined) return;
        continue;
      }
      this.waitsFor = next.waitsFor === undefined ? (this.clock === 'unset' ? 'replay' : 'nothing') : `input ${next.waitsFor}`;
      if (next.waitsFor !== undefined && this.clock === 'live') this.context.askEnds();
      if ((this.publisher?.publishedSeq ?? 0) > this.deletedSeq && now() - this.lastMove > limits.idleMs / 4)
        await this.commitOnly();
      await this.signal.wait(moves || this.deletedSeq < this.outSeq ? limits.idleMs / 4 : 5_000);
    }
  }

  /** Nothing is taken until the operator says so; what is committed is published all the same. The task is taken anew after it. */
  private async rest(): Promise<void> {
    this.context.logger.info({ task: this.origin.name, reason: this.held }, 'The task is paused');
    // Its buffer has no bound while an input is waited for.
    this.waitedInput = undefined;
    while (!this.stopped && this.held !== undefined) {
      this.turned = performance.now();
      this.waitsFor = `paused: ${this.held}`;
      if ((this.publisher?.publishedSeq ?? 0) > this.deletedSeq) await this.commitOnly();
      await this.signal.wait(500);
    }
  }

  /** Driven, time moves at once; live and idle, at most once a second. */
  private mayMove({ clock }: Plan): boolean {
    const { now, tuning: limits } = this.context;
    return clock === 'driven' || now() - this.lastMove >= limits.idleMs;
  }

  private unpause(): void {
    const {
      tuning: { bufferRecords, bufferBytes },
      prefix,
      partition,
      subscription,
    } = this.context;
    for (const input of this.inputs) {
      if (!input.paused) continue;
      if (input !== this.waitedInput && (input.records > bufferRecords / 2 || input.bytes > bufferBytes / 2)) continue;
      input.paused = false;
      subscription.resume(topicOf(prefix, input.contract), partition);
    }
  }

  private async transact(next: Plan): Promise<void> {
    const { threw } = this;
    const tried: { messages: number; name?: string | undefined } = { messages: next.items.length };
    try {
      await this.takeAll(next, tried);
    } catch (error) {
      const verdict = error instanceof Fenced ? undefined : this.culprit.failed(error, tried.messages, tried.name);
      if (verdict === undefined || verdict.next === 'anew') throw error;
      this.threw = threw;
      if (verdict.next === 'alarm') {
        await this.raise(verdict.alarm);
        return;
      }
      this.context.logger.warn(
        { task: this.origin.name, error: reasonOf(error), ...(tried.name === undefined ? tried : loggable(tried.name)) },
        'the database refuses what is to be written; its cause is looked for',
      );
      failPoint('after-refusal');
      await this.rewind();
    }
  }

  /** One transaction. `tried` says what was in it, where it fails. */
  private async takeAll(next: Plan, tried: { messages: number; name?: string | undefined }): Promise<void> {
    const { processor, partition, store, now } = this.context;
    const started = performance.now();
    const { folded, fresh, bound, asked, more, due } = await this.decided(next, tried);
    tried.messages = folded.messages;
    if (folded.lastError !== undefined) {
      this.remember(folded);
      this.context.logger.error(
        {
          task: this.origin.name,
          error: folded.lastError.message,
          people: this.threw.size,
          ...traceOf(folded.traced.filter(({ failed }) => failed === 'bug')),
        },
        'decide threw; the message is a dead letter',
      );
      if (this.suspects() && !this.skipping) {
        await this.holdOrStop(folded.lastError);
        return;
      }
    } else if (folded.anySuccess) this.remember(folded);

    const watermark = Math.max(this.watermark, folded.watermark);
    const oldest = next.clock === 'live' && folded.taken > 0 ? this.oldestOf(next) : undefined;
    this.drop(next, folded.taken);
    if (
      folded.taken > 0 ||
      folded.states.length > 0 ||
      folded.parked.length > 0 ||
      folded.out.length > 0 ||
      watermark > this.watermark ||
      this.clock !== this.row?.clock
    ) {
      await this.commit({ ...folded, watermark });
      await this.endRecovery();
    }
    if (folded.convicted) this.culprit.condemned = undefined;
    if (this.skipping) this.threw = new Set();
    this.skipping = false;
    if (this.careful > 0) this.careful--;
    if (folded.deadLetters > 0)
      this.context.logger.warn(
        { task: this.origin.name, deadLetters: folded.deadLetters, ...traceOf(folded.traced.filter(({ failed }) => failed)) },
        'dead letters written',
      );
    const durationMs = performance.now() - started;
    const endedAt = now();
    for (const traced of folded.traced) this.context.tracer?.ended({ ...traced, startedAt: endedAt - durationMs, endedAt });

    this.cache.put(fresh);
    this.cache.put(folded.states.map(({ text: _, ...stored }) => [stored.key, stored.state === null ? null : stored]));
    this.cache.put(folded.parked.map((stored) => [stored.key, stored]));
    if (asked) this.noWakeBefore = more || folded.cutShort || folded.watermark < bound ? -Infinity : bound;
    if (asked && due === 0 && folded.taken === 0) {
      this.noWakeBefore = (await store.firstWake(processor.name, partition)) ?? Infinity;
    } else for (const { wakeAt } of folded.states) if (wakeAt !== null && wakeAt < this.noWakeBefore) this.noWakeBefore = wakeAt;
    this.counts.taken += folded.taken;
    this.counts.deadLetters += folded.deadLetters;
    this.counts.largestState = Math.max(this.counts.largestState, folded.largest);
    this.context.onTransaction({
      processor: processor.name,
      records: folded.taken,
      durationMs,
      ...(oldest !== undefined && { ageMs: Math.max(0, endedAt - oldest) }),
      ...(folded.traced[0] !== undefined && { traceId: folded.traced[0].place.traceId }),
    });
    if (now() - this.lastOffsets > 5_000)
      void this.commitOffsets().catch((error: unknown) => {
        this.context.logger.debug({ error: String(error) }, 'offsets were not noted; only lag tools read them');
      });
  }

  /** The instant of the first record that carries time: they come in its order. */
  private oldestOf({ items }: Plan): number | undefined {
    return items.find(({ input }) => this.inputs[input]?.timed === true)?.at;
  }

  private remember({ anySuccess, threw }: FoldResult): void {
    const { peers, tuning: limits } = this.context;
    const now = performance.now();
    if (anySuccess) peers.decidedAt = now;
    const before = anySuccess ? [] : [...this.threw];
    if (before.length === 0) this.threwSince = now;
    this.threw = new Set([...before, ...threw].slice(0, limits.throwers));
  }

  /**
   * Messages of many people threw, and none was decided since, in this partition or in another one: then it is the rules or the code, and all
   * that comes would be a dead letter. Where others decide, it is what these people sent, and the count begins anew.
   */
  private suspects(): boolean {
    const { peers, tuning: limits } = this.context;
    if (this.threw.size < limits.throwers) return false;
    if (peers.decidedAt <= this.threwSince) return true;
    this.threw = new Set();
    return false;
  }

  /** Nothing is taken: the same messages are tried again until others have decided something, or the time for it is over. */
  private async holdOrStop({ message }: Error): Promise<void> {
    const { tuning: limits } = this.context;
    const left = this.threwSince + limits.holdMs - performance.now();
    if (left <= 0) await this.raise(`${String(this.threw.size)} people's messages in a row threw, the last with: ${message}`);
    else {
      this.waitsFor = 'another partition to decide what throws here';
      await this.absolve();
      await pause(Math.min(left, 100), this.stopping.signal);
    }
  }

  /** Loads what the plan is about, and folds. Its items are let go of with this frame: a commit may take long. */
  private async decided(next: Plan, tried: { name?: string | undefined }): Promise<Decided> {
    const { processor, partition, store, tuning: limits } = this.context;
    const driven = next.clock !== 'live';
    const bound = Math.max(this.watermark, next.bound);
    const states = next.items.map(({ key }) => this.cache.get(key));
    const fresh = new Map<string, StoredState | null>();
    for (const [n, { key, bad }] of next.items.entries()) if (states[n] === undefined && bad === undefined) fresh.set(key, null);
    const atOnce = driven ? limits.wakesDriven : limits.wakesLive;
    const limit = Math.min(this.most, atOnce);
    const { condemned } = this.culprit;
    const [first] = next.items;
    if (this.most === 1 && first !== undefined) {
      tried.name = itemName(first);
      if (tried.name === condemned?.item) fresh.clear();
    }
    const hashes = processor.inputs.some(({ dedupe }) => dedupe !== undefined)
      ? next.items.flatMap((item) => (item.bad === undefined ? hashesOf((item.read ??= item.reader.read(item.raw))) : []))
      : [];
    const asked = processor.wakeAt !== undefined && bound > this.noWakeBefore;
    const [loaded, found, seen] = await Promise.all([
      fresh.size === 0 ? [] : store.states(processor.name, partition, [...fresh.keys()]),
      asked ? store.due(processor.name, partition, bound, limit + 1) : [],
      hashes.length === 0 ? new Set<string>() : store.seen(partition, hashes),
    ]);
    const more = found.length > limit;
    if (more) found.pop();
    for (const stored of loaded) fresh.set(stored.key, upgraded(processor, stored));
    const due = found.map((stored) => this.cache.get(stored.key) ?? fresh.get(stored.key) ?? upgraded(processor, stored));
    if (fresh.size > 0) for (const [n, { key }] of next.items.entries()) states[n] ??= fresh.get(key);

    const input: FoldInput = {
      processor,
      states,
      due,
      more,
      bound,
      driven,
      seen,
      partition,
      rules: this.context.rules,
      prefix: this.context.prefix,
      partitions: this.context.partitions,
      items: next.items,
      time: this.time,
      strict: limits.strict,
      most: this.most,
      condemned,
      skips: this.skips,
      traced: this.context.tracer !== undefined,
    };
    if (this.careful > 0 || this.untried) await this.try(input);
    try {
      if (this.most === 1) tried.name = firstMessage(input);
      return { folded: fold(input), fresh, bound, asked, more, due: due.length };
    } catch (error) {
      throw new DataError(`folding threw: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** Messages of the next transaction, at most. */
  private get most(): number {
    return this.careful > 0 ? 1 : this.culprit.most;
  }

  /** The attempt is on record before the try: of an ownership's first batch, and in careful mode of every message. */
  private async try(input: FoldInput): Promise<void> {
    const name = this.careful > 0 ? firstMessage(input) : firstBatch;
    if (name === undefined || this.culprit.condemned?.item === name) return;
    const tries = this.suspect?.item === name ? this.suspect.tries + 1 : 1;
    this.suspect = { item: name, tries };
    if (!(await this.context.store.suspect(this.id, this.suspect))) throw new Fenced(this.origin.name);
  }

  /** What was being tried when the task was lost did not kill the process: it is not held against it, if nobody has taken over yet. */
  private async absolve(): Promise<void> {
    const { suspect } = this;
    if (suspect === null) return;
    this.suspect = null;
    try {
      failPoint('before-absolve');
      await this.context.store.suspect(this.id, suspect.tries > 1 ? { ...suspect, tries: suspect.tries - 1 } : null);
    } catch (error) {
      this.context.logger.debug({ task: this.origin.name, error: (error as Error).message }, 'the attempt stays on record');
    }
  }

  private drop({ items }: Plan, taken: number): void {
    const counts = new Map<StreamBuffer, number>();
    for (let i = 0; i < taken; i++) {
      const item = items[i];
      if (item === undefined) break;
      counts.set(item.stream, (counts.get(item.stream) ?? 0) + 1);
      const input = this.inputs[item.input] as InputBuffer;
      input.records--;
      input.bytes -= item.bytes;
    }
    for (const input of this.inputs) for (const stream of input.streams.values()) stream.drop(counts.get(stream) ?? 0);
    items.length = 0;
  }

  private async commitOnly(): Promise<void> {
    await this.commit({ states: [] });
  }

  private async commit(
    folded: Pick<FoldResult, 'states'> & Partial<FoldResult> & { readonly rulesVersion?: string },
  ): Promise<void> {
    const { processor, partition, store, rulesVersion, now } = this.context;
    const { published } = this;
    const all = folded.out ?? [];
    const out = published === undefined ? all : all.filter((one) => !published.has(one));
    const firstSeq = this.outSeq + 1;
    const lastSeq = this.outSeq + out.filter(({ at }) => at !== undefined).length;
    // A transaction of dead letters alone moves no number, but its row needs one of its own to be deleted by.
    const rowSeq = out.length > 0 && lastSeq < firstSeq ? firstSeq : lastSeq;
    const records = numbered(out, firstSeq, this.origin);
    // From here on they are bytes.
    out.length = all.length = 0;
    const bytes = records.length > 0 ? encodeOutbox(records) : undefined;
    const cursors = this.inputs
      .map((input) => input.cursor())
      .filter((cursor) => JSON.stringify(cursor) !== this.storedCursors.get(cursor.topic)?.text);
    const watermark = folded.watermark ?? this.watermark;
    const moved = watermark > this.watermark || this.clock !== this.row?.clock;
    const time = Math.max(folded.time ?? this.time, Number.isFinite(watermark) ? watermark : -Infinity);
    const publishedSeq = this.publisher?.publishedSeq ?? 0;
    const effects = folded.effects ?? [];
    failPoint('before-commit');
    const committed = await store.commit({
      task: this.id,
      txn: this.txn,
      clock: this.clock,
      outSeq: rowSeq,
      stateVersion: processor.version,
      rulesVersion: folded.rulesVersion ?? rulesVersion,
      watermark: Number.isFinite(watermark) ? watermark : null,
      time: Number.isFinite(time) ? time : null,
      states: folded.states,
      parked: folded.parked?.map(({ key }) => key) ?? [],
      outbox: bytes === undefined ? null : { firstSeq, lastSeq: rowSeq, bytes },
      publishedSeq,
      cursors,
      seen: folded.seen ?? [],
      seenAt: now(),
      tallies: folded.tallies ?? {},
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
    this.deletedSeq = Math.max(this.deletedSeq, publishedSeq);
    this.suspect = null;
    this.lastMove = now();
    this.lastCommit = performance.now();
    this.row = { ...(this.row as TaskRow), clock: this.clock };
    this.untried = false;
    this.culprit.committed();
    for (const cursor of cursors)
      this.storedCursors.set(cursor.topic, { text: JSON.stringify(cursor), nextOffset: cursor.nextOffset });
    for (const [name, by] of Object.entries(folded.tallies ?? {})) this.tallies[name] = (this.tallies[name] ?? 0) + by;
    this.counts.transactions++;
    if (bytes !== undefined || moved) {
      this.publisher?.enqueue({
        records,
        lastSeq: rowSeq,
        marks: moved ? this.marks() : [],
        bytes: bytes?.length ?? 0,
      });
    }
  }

  /** The watermark as records for every output that carries time: behind all it covers, since they are published in order. */
  private marks(): OutRecord[] {
    const { processor, prefix, partition, partitions } = this.context;
    if (!Number.isFinite(this.watermark) || this.clock === 'unset') return [];
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

  /** Never more than the database holds: a group that is ahead of it is the sign of a database that went back. */
  private async commitOffsets(): Promise<void> {
    const { prefix, partition, subscription, now } = this.context;
    this.lastOffsets = now();
    await subscription.commit(
      this.inputs.flatMap((input) => {
        const stored = this.storedCursors.get(input.contract.name);
        return stored === undefined ? [] : [{ topic: topicOf(prefix, input.contract), partition, offset: stored.nextOffset }];
      }),
    );
  }
}
