import { refusalOf } from './no-traffic.ts';
import { derivedId, topicOf } from '#contracts';
import { counters, short } from '../model/author.ts';
import { DataError, kindOf } from '../model/data-error.ts';
import { failPoint } from '../model/fail-point.ts';
import { maxValueBytes } from './emissions.ts';
import type { Member } from './group.ts';
import { printed } from '../model/json.ts';
import type { EncodedRecords, Fetched, Log, Subscription } from '../model/log.ts';
import { decodeOutbox, encodeOutbox, numbered, type Out } from '../output/outbox.ts';
import { Publisher } from '../output/publisher.ts';
import { rangeAlarm } from '../input/range-alarm.ts';
import type { Logger, TaskStatus } from '../model/runtime.types.ts';
import { pause, Signal } from '../model/signal.ts';
import type { Sql } from '../model/processor.ts';
import type { Store, TaskRow, WorkerWork } from '../model/store.ts';
import { traceHeader } from '../model/trace.ts';
import {
  Fenced,
  type JointCommit,
  type Recovery,
  type Worker,
  type WorkerCommit,
  type WorkerEmission,
  type WorkerRecord,
  type WorkerSession,
} from '../model/worker.ts';

export interface WorkerContext {
  readonly worker: Worker;
  readonly prefix: string;
  readonly partition: number;
  readonly group: string;
  readonly store: Store;
  readonly log: Pick<Log, 'produce' | 'starts' | 'ends' | 'committed' | 'firstSince' | 'extract'>;
  readonly subscription: Pick<Subscription, 'seek' | 'commit' | 'pause'>;
  readonly logger: Logger;
  readonly sessionTimeoutMs: number;
}

/** How often a worker notes where it stands, ms: what it may not know after its database went back is read from so far before on. */
const placeMs = 5_000;

/** Which task stands behind a session: a joint transaction needs those of the others. */
const tasks = new WeakMap<WorkerSession, WorkerTask>();

/** Where a task stands when its turn in a common transaction has come, and what the transaction makes of it. */
interface Standing {
  readonly task: WorkerTask;
  readonly publishedSeq: number;
  readonly firstSeq: number;
  deletedSeq: number;
  records: EncodedRecords[];
  count: number;
  tallies: Readonly<Record<string, number>>;
}

/** Gives a worker its partition: epoch, fence, sequence numbers and outbox, as a task has them. */
export class WorkerTask implements Member {
  private readonly stopping = new AbortController();
  private readonly nudge = new Signal();
  private publisher: Publisher | undefined;
  private row: TaskRow | undefined;
  private txn = 0;
  private outSeq = 0;
  private deletedSeq = 0;
  private transactions = 0;
  private tallies = Object.create(null) as Record<string, number>;
  private waitsFor = 'assignment';
  /** Why the database took nothing last; absent once it has taken something again. */
  private unwritten: string | undefined;
  /** Why an operator lets the worker rest. */
  private held: string | undefined;
  private readonly resting = new Signal();
  private leaveOff: AbortController | undefined;
  private chain: Promise<unknown> = Promise.resolve();
  private running: Promise<void> | undefined;
  private forgetting: NodeJS.Timeout | undefined;
  private alarm: string | undefined;
  /** Next offset of each input, topic without prefix. */
  private readonly places = new Map<string, number>();
  private placing: NodeJS.Timeout | undefined;
  /** The database fits the log: from now on a place may move on. */
  private watching = false;
  /** Whether the last transaction was written is not known. */
  private unsure = false;

  constructor(private readonly context: WorkerContext) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.nudge.notify();
    this.resting.notify();
    await this.running;
    if (this.alarm === undefined) await this.notePlaces();
    await this.publisher?.drain(10_000);
    if (this.publisher !== undefined && this.publisher.publishedSeq > this.deletedSeq) {
      await this.transaction(() => Promise.resolve({ result: undefined })).catch(() => undefined);
    }
  }

  abandon(): void {
    this.stopping.abort();
    this.publisher?.abandon();
    this.nudge.notify();
    this.resting.notify();
  }

  records(topic: string, fetched: Fetched): void {
    const input = this.context.worker.inputs.find(({ contract }) => topicOf(this.context.prefix, contract) === topic);
    if (input !== undefined) {
      const { name } = input.contract;
      this.places.set(name, Math.max(this.places.get(name) ?? 0, fetched.last + 1));
    }
    this.nudge.notify();
  }

  hold(paused: ReadonlyMap<string, string>): void {
    this.held = paused.get(this.origin.name);
    if (this.held === undefined) this.resting.notify();
    else this.leaveOff?.abort();
  }

  /** Of one that only watches its inputs, the place is where they end. */
  ends(topic: string, end: number): void {
    const { worker, prefix } = this.context;
    const input = worker.watches === true ? worker.inputs.find(({ contract }) => topicOf(prefix, contract) === topic) : undefined;
    if (input !== undefined && this.watching)
      this.places.set(input.contract.name, Math.max(this.places.get(input.contract.name) ?? 0, end));
  }

  status(): TaskStatus {
    return {
      processor: this.context.worker.name,
      partition: this.context.partition,
      clock: 'live',
      watermark: undefined,
      waitsFor:
        this.alarm !== undefined ? `stopped: ${this.alarm}` : this.publisher?.failing === undefined ? this.waits : 'broker',
      ...refusalOf(this.publisher?.failing, this.unwritten),
      stopped: this.alarm !== undefined,
      paused: this.held !== undefined,
      lagRecords: 0,
      taken: 0,
      transactions: this.transactions,
      deadLetters: 0,
      ...(this.row === undefined ? {} : { epoch: this.row.epoch }),
      unpublishedMs: this.publisher?.unpublishedMs ?? 0,
      readings: this.context.worker.readings?.() ?? {},
      breakers: this.context.worker.breakers?.() ?? [],
      tallies: this.tallies,
    };
  }

  private get waits(): string {
    if (this.unwritten !== undefined) return 'database';
    return this.waitsFor === 'nothing' ? (this.context.worker.waitsFor?.() ?? 'nothing') : this.waitsFor;
  }

  private async run(): Promise<void> {
    const { worker, partition, store, log, logger, sessionTimeoutMs } = this.context;
    for (let failures = 0; !this.stopping.signal.aborted; failures++) {
      const over = new AbortController();
      const end = (): void => {
        over.abort();
      };
      this.stopping.signal.addEventListener('abort', end);
      try {
        this.waitsFor = 'database';
        const row = await store.acquire(worker.name, partition);
        failPoint('after-worker-acquire');
        this.row = row;
        this.watching = false;
        this.held = row.paused ?? undefined;
        this.leaveOff = over;
        this.txn = row.txn;
        this.outSeq = row.outSeq;
        this.tallies = Object.assign(Object.create(null) as Record<string, number>, row.tallies);
        this.unsure = false;
        const wentBack = await this.check(row);
        if (this.alarm !== undefined) {
          await this.resumed();
          continue;
        }
        this.publisher?.abandon();
        this.publisher = new Publisher(log, logger, () => {
          this.forgetSoon();
        });
        this.deletedSeq = (row.outbox[0]?.firstSeq ?? row.outSeq + 1) - 1;
        for (const { lastSeq, bytes } of row.outbox) {
          this.publisher.enqueue({
            records: decodeOutbox(bytes),
            lastSeq,
            marks: [],
            bytes: bytes.length,
          });
        }
        failures = 0;
        this.watching = true;
        if (this.held !== undefined) {
          await this.rest();
          continue;
        }
        this.waitsFor = 'nothing';
        const recovery = await this.recovery(row, wentBack);
        this.placing = setInterval(() => {
          void this.notePlaces();
        }, placeMs);
        this.placing.unref();
        const session: WorkerSession = {
          partition,
          epoch: row.epoch,
          signal: over.signal,
          recovery,
          transaction: (work) => this.transaction(work, row.epoch),
          checked: async (work) => {
            const done = await store.worker({ processor: worker.name, partition, epoch: row.epoch }, null, async (sql) => ({
              result: await work(sql),
            }));
            if (done === undefined) throw new Fenced(this.origin.name);
            return done.result;
          },
          unchecked: (work) => work(store),
          together: (others, work) => this.together([session, ...others], work),
        };
        tasks.set(session, this);
        await worker.run(session, async () => {
          await this.nudge.wait(60_000);
        });
      } catch (error) {
        if (this.stopping.signal.aborted) break;
        const fenced = error instanceof Fenced && !this.unsure;
        const away = this.waitsFor === 'broker' ? 'broker' : 'database';
        this.waitsFor = fenced ? 'ownership' : away;
        this.unwritten = fenced || away === 'broker' ? undefined : (error as Error).message;
        logger.warn({ task: this.origin.name, error: (error as Error).message, fenced }, 'the worker is taken anew');
        over.abort();
        await pause(fenced ? sessionTimeoutMs * 1.5 : Math.min(5_000, 100 * 2 ** failures), this.stopping.signal);
      } finally {
        clearInterval(this.placing);
        over.abort();
        this.stopping.signal.removeEventListener('abort', end);
      }
    }
  }

  /**
   * Compares the database with the log, as a task does: a database that went back holds work as undone that was done. Sets the alarm where
   * an operator has to look first; true where one has, and it did go back.
   */
  private async check(row: TaskRow): Promise<boolean> {
    const { worker, partition, prefix, log, group, store, subscription } = this.context;
    this.alarm = row.stopped ?? undefined;
    if (this.alarm !== undefined) return false;
    const topics = worker.inputs.map(({ contract }) => topicOf(prefix, contract));
    this.waitsFor = 'broker';
    const [starts, ends, committed] = await Promise.all([log.starts(topics), log.ends(topics), log.committed(group, topics)]);
    const seen = worker.inputs.map(({ contract }) => {
      const topic = topicOf(prefix, contract);
      const at = (offsets: Map<string, number[]>): number => offsets.get(topic)?.[partition] ?? -1;
      const cursor = row.cursors.find((c) => c.topic === contract.name)?.nextOffset;
      // One that has noted no place yet has done nothing either.
      const place = cursor ?? Math.max(at(starts), at(committed));
      return { name: contract.name, topic, partition, cursor: place, start: at(starts), end: at(ends), committed: at(committed) };
    });
    // It looks for its work in its tables: records only tell it to look, so those that retention has taken are no loss to it.
    const alarm = seen
      .map((one) => rangeAlarm({ ...one, start: Math.min(one.start, one.cursor) }))
      .find((found) => found !== undefined);
    const why = row.confirmed ? undefined : (row.databaseChanged ?? alarm);
    if (why !== undefined) {
      this.alarm = short(why);
      this.context.logger.error(
        { task: this.origin.name, alarm: this.alarm },
        'The worker has stopped; see `hito status`, then `hito task resume`',
      );
      await store.stop({ processor: worker.name, partition, epoch: row.epoch }, this.alarm);
      return false;
    }
    for (const { name, topic, cursor, start, end } of seen) {
      const from = Math.min(Math.max(cursor, start), end);
      this.places.set(name, from);
      subscription.seek(topic, partition, from);
      if (worker.watches === true) subscription.pause(topic, partition);
    }
    return row.elsewhere || seen.some(({ committed: known, cursor }) => known > cursor);
  }

  /** What the worker needs to learn what it does not know; nothing where the database knows all. */
  private async recovery(row: TaskRow, wentBack: boolean): Promise<Recovery | undefined> {
    const { worker, partition, prefix, log, store } = this.context;
    const { recoverFrom } = row;
    if (recoverFrom === null) return undefined;
    const task = { processor: worker.name, partition, epoch: row.epoch };
    const done = async (): Promise<void> => {
      if (!(await store.recovered(task))) throw new Fenced(this.origin.name);
    };
    // Resumed for the log's sake: the database has missed nothing.
    if (row.confirmed && !wentBack) {
      await done();
      return undefined;
    }
    return {
      since: recoverFrom,
      done,
      read: async (contract, from, onRecords) => {
        const topic = topicOf(prefix, contract);
        const [firsts, ends] = await Promise.all([log.firstSince([topic], from), log.ends([topic])]);
        const to = ends.get(topic)?.[partition] ?? 0;
        await log.extract(topic, [{ partition, from: firsts.get(topic)?.[partition] ?? to, to }], (_, records) => {
          onRecords(records);
        });
      },
    };
  }

  private async resumed(): Promise<void> {
    const { store, worker, partition } = this.context;
    while (!this.stopping.signal.aborted && this.alarm !== undefined) {
      await pause(1_000, this.stopping.signal);
      if (!this.stopping.signal.aborted && (await store.stopped(worker.name, partition)) === null) this.alarm = undefined;
    }
  }

  /** The database first: a group that is ahead of it is the sign of a database that went back. */
  private async notePlaces(): Promise<void> {
    const { store, worker, partition, prefix, subscription, logger } = this.context;
    if (this.row === undefined || this.places.size === 0) return;
    const places = new Map(this.places);
    try {
      if (!(await store.place({ processor: worker.name, partition, epoch: this.row.epoch }, places))) return;
      this.unwritten = undefined;
      await subscription.commit(
        worker.inputs.flatMap(({ contract }) => {
          const offset = places.get(contract.name);
          return offset === undefined ? [] : [{ topic: topicOf(prefix, contract), partition, offset }];
        }),
      );
    } catch (error) {
      logger.debug({ task: this.origin.name, error: (error as Error).message }, 'where the worker stands is noted later');
    }
  }

  /** An answer was lost: what is in memory may be behind the database. The task is taken anew, at once, as it may still be the owner. */
  private doubt(error: unknown): void {
    if (error instanceof Fenced || kindOf(error) === 'data') return;
    this.unsure = true;
    this.leaveOff?.abort();
  }

  /** Nothing is worked on until the operator says so; what is committed is published all the same. */
  private async rest(): Promise<void> {
    this.unwritten = undefined;
    this.context.logger.info({ task: this.origin.name, reason: this.held }, 'The worker is paused');
    while (!this.stopping.signal.aborted && this.held !== undefined) {
      this.waitsFor = `paused: ${this.held}`;
      await this.resting.wait(500);
    }
  }

  private get origin() {
    return { name: `${this.context.worker.name}/${String(this.context.partition)}`, incarnation: this.row?.incarnation ?? 0 };
  }

  /** An idle worker has no next transaction in which what was published would be deleted from the outbox. */
  private forgetSoon(): void {
    clearTimeout(this.forgetting);
    this.forgetting = setTimeout(() => {
      const published = this.publisher?.publishedSeq ?? 0;
      if (this.stopping.signal.aborted || published <= this.deletedSeq) return;
      this.transaction(() => Promise.resolve({ result: undefined })).catch((error: unknown) => {
        this.context.logger.debug({ task: this.origin.name, error: String(error) }, 'the outbox is cleared by the next owner');
      });
    }, 500);
    this.forgetting.unref();
  }

  /**
   * One after the other: each has its transaction number. `epoch` is that of the session that asks: one that has ended changes nothing
   * any more, although this process may own the partition again.
   */
  private transaction<Result>(work: (sql: Sql) => Promise<WorkerCommit<Result>>, epoch = this.row?.epoch): Promise<Result> {
    const turn = this.chain.then(async () => {
      const { worker, partition, store } = this.context;
      await this.publisher?.hasRoom();
      if (this.row?.epoch !== epoch) throw new Fenced(`${this.origin.name} epoch ${String(epoch)}`);
      const publishedSeq = this.publisher?.publishedSeq ?? 0;
      let records: EncodedRecords[] = [];
      let count = 0;
      let bytes = 0;
      const firstSeq = this.outSeq + 1;
      let tallies: Readonly<Record<string, number>> = {};
      const done = await store.worker(
        { processor: worker.name, partition, epoch: this.row?.epoch ?? 0 },
        { txn: this.txn, outSeq: this.outSeq },
        async (sql) => {
          const { result, emit = [], records: whole = [], tally: moves = {} } = await work(sql);
          const tally = counters(moves);
          records = this.numbered(emit, firstSeq, whole);
          count = emit.length + whole.length;
          bytes = whole.length === 0 ? 0 : records.reduce((sum, group) => sum + group.bytes.length, 0);
          tallies = tally;
          const lastSeq = this.outSeq + count;
          failPoint('before-worker-commit');
          return {
            result,
            publishedSeq,
            outSeq: lastSeq,
            tallies: tally,
            outbox: count > 0 ? { firstSeq, lastSeq, bytes: encodeOutbox(records) } : null,
          };
        },
      );
      if (done === undefined) throw new Fenced(this.origin.name);
      failPoint('after-worker-commit');
      this.unwritten = undefined;
      this.txn++;
      this.transactions++;
      this.outSeq += count;
      this.deletedSeq = Math.max(this.deletedSeq, publishedSeq);
      for (const [name, by] of Object.entries(tallies)) this.tallies[name] = (this.tallies[name] ?? 0) + by;
      if (count > 0) this.publisher?.enqueue({ records, lastSeq: this.outSeq, marks: [], bytes });
      return done.result;
    });
    this.chain = turn.catch(() => undefined);
    return turn.catch((error: unknown) => {
      this.doubt(error);
      throw error;
    });
  }

  /** Waits for its turn in every task at once: all are queued in one go, so two of these cannot wait for each other. */
  private together<Result>(
    sessions: readonly WorkerSession[],
    work: (sql: Sql, held: ReadonlySet<number>) => Promise<JointCommit<Result>>,
  ): Promise<{ result: Result; held: ReadonlySet<number> }> {
    const asked = sessions.flatMap((session) => {
      const task = tasks.get(session);
      return task === undefined ? [] : [{ task, epoch: session.epoch }];
    });
    const turn = Promise.all(asked.map(({ task }) => task.chain)).then(async () => {
      for (const { task } of asked) await task.publisher?.hasRoom();
      // A session that has ended holds nothing any more, although this process may own its partition again.
      const members = asked.flatMap(({ task, epoch }) => (task.row?.epoch === epoch ? [task] : []));
      const stood = new Map(
        members.map((task): [number, Standing] => {
          const publishedSeq = task.publisher?.publishedSeq ?? 0;
          return [
            task.context.partition,
            {
              task,
              publishedSeq,
              firstSeq: task.outSeq + 1,
              deletedSeq: 0,
              records: [],
              count: 0,
              tallies: {},
            },
          ];
        }),
      );
      const done = await this.context.store.workers(
        this.context.worker.name,
        members.map(({ context: { partition }, row, txn, outSeq }) => ({ partition, epoch: row?.epoch ?? 0, txn, outSeq })),
        async (sql, held) => {
          const { result, commits = new Map<number, Omit<WorkerCommit<unknown>, 'result' | 'records'>>() } = await work(
            sql,
            held,
          );
          const works = new Map<number, Omit<WorkerWork<unknown>, 'result'>>();
          for (const [partition, { emit = [], tally: moves = {} }] of commits) {
            const tally = counters(moves);
            const member = stood.get(partition);
            if (member === undefined || !held.has(partition))
              throw new Error(`partition ${String(partition)} is not held by this transaction`);
            const { task, firstSeq, publishedSeq } = member;
            member.records = task.numbered(emit, firstSeq);
            member.count = emit.length;
            member.tallies = tally;
            member.deletedSeq = publishedSeq;
            const lastSeq = task.outSeq + member.count;
            works.set(partition, {
              publishedSeq,
              tallies: tally,
              outbox: member.count > 0 ? { firstSeq, lastSeq, bytes: encodeOutbox(member.records) } : null,
            });
          }
          failPoint('before-worker-commit');
          return { result, works };
        },
      );
      failPoint('after-worker-commit');
      for (const partition of done.held) {
        const { task, records, count, deletedSeq, tallies } = stood.get(partition) ?? raise(partition);
        task.txn++;
        task.transactions++;
        task.outSeq += count;
        task.deletedSeq = Math.max(task.deletedSeq, deletedSeq);
        for (const [name, by] of Object.entries(tallies)) task.tallies[name] = (task.tallies[name] ?? 0) + by;
        if (count > 0) task.publisher?.enqueue({ records, lastSeq: task.outSeq, marks: [], bytes: 0 });
      }
      return done;
    });
    for (const { task } of asked) task.chain = turn.catch(() => undefined);
    return turn.catch((error: unknown) => {
      for (const { task } of asked) task.doubt(error);
      throw error;
    });
  }

  private numbered(
    emissions: readonly WorkerEmission[],
    firstSeq: number,
    whole: readonly WorkerRecord[] = [],
  ): EncodedRecords[] {
    return numbered(
      [...emissions.map((emission) => this.encode(emission)), ...whole.map((record) => this.encodeWhole(record))],
      firstSeq,
      this.origin,
    );
  }

  private encodeWhole({ contract, value, ...record }: WorkerRecord): Out {
    const { text } = printed(value);
    const bytes = Buffer.byteLength(text);
    if (bytes > maxValueBytes)
      throw new DataError(`a record for ${contract.name} of ${String(bytes)} bytes; at most ${String(maxValueBytes)}`);
    return { ...record, topic: topicOf(this.context.prefix, contract), value: text };
  }

  private encode({ contract, data, key, cause, at, name, trace }: WorkerEmission): Out {
    const { text } = printed({
      ...data,
      id: derivedId(`${this.context.worker.name}/${name}`, cause.id),
      person_id: key,
      at: new Date(at).toISOString(),
      cause,
    });
    const bytes = Buffer.byteLength(text);
    if (bytes > maxValueBytes)
      throw new DataError(`a message on ${contract.name} of ${String(bytes)} bytes; at most ${String(maxValueBytes)}`);
    return {
      topic: topicOf(this.context.prefix, contract),
      partition: this.context.partition,
      key,
      value: text,
      at,
      ...(trace !== undefined && { headers: { [traceHeader]: trace } }),
    };
  }
}

function raise(partition: number): never {
  throw new Error(`partition ${String(partition)} was not asked for`);
}
