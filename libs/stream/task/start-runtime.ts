import { topicOf } from '#contracts';
import { clockTrouble } from './clock-guard.ts';
import { Broadcast } from '../input/broadcast.ts';
import { follow } from './follow.ts';
import { Group } from './group.ts';
import { lanesOf, Turns } from './lanes.ts';
import { connectLog } from '../kafka/connect.ts';
import { aboutRecords } from '../kafka/produce.ts';
import type { Log } from '../model/log.ts';
import { noTraffic } from './no-traffic.ts';
import { partitionOf } from '../model/partition.ts';
import { Peers } from './peers.ts';
import { PostgresStore } from '../postgres/store.ts';
import type { Runtime, RuntimeOptions, Transaction } from '../model/runtime.types.ts';
import { pause } from '../model/signal.ts';
import { Task } from './task.ts';
import { tuning, type Tuning } from './tuning.ts';
import { WorkerTask } from './worker-task.ts';

/**
 * For how long a refusal by the broker keeps the process out of traffic, ms. Without traffic nothing is written that could succeed, so
 * it has to end by itself.
 */
const refusedForMs = 10_000;
const readOnlyTrouble =
  'cannot write: PostgreSQL is read-only (a standby, or default_transaction_read_only is on). Give DATABASE_URL of the primary, or make it writable';

/** Group of a lane or a worker: each has cursors of its own. */
export const groupOf = (prefix: string, lane: string): string => `${prefix}.${lane}`;

/**
 * Starts a service's processors and workers. Resolves at once: broker and database are waited for in the background, and
 * `notReady` says what is missing.
 */
export function startRuntime(options: RuntimeOptions & { readonly tuning?: Partial<Tuning> }): Promise<Runtime> {
  const running = new Running(options);
  running.start();
  return Promise.resolve(running);
}

class Running implements Runtime {
  private readonly store: PostgresStore;
  private log: Log | undefined;
  private readonly groups: Group[] = [];
  private readonly listeners: ((t: Transaction) => void)[] = [];
  private readonly stopping = new AbortController();
  private starting: Promise<void> = Promise.resolve();
  private missing = 'starting';
  private databaseAway: string | undefined;
  private readOnly = false;
  private pausedTasks: ReadonlyMap<string, string> = new Map();
  /** When the broker last refused what outsiders sent, on the process' own clock, and why. */
  private refused: { readonly at: number; readonly why: string } | undefined;
  private clockOffset: number | undefined;
  private wrongClock: string | undefined;
  private watching: NodeJS.Timeout | undefined;
  private following: { stop(): Promise<void> } | undefined;

  constructor(private readonly options: RuntimeOptions & { readonly tuning?: Partial<Tuning> }) {
    this.store = new PostgresStore(options.databaseUrl, options.logger);
  }

  start(): void {
    this.starting = this.run().catch((error: unknown) => {
      this.missing = String(error);
      this.options.logger.error({ error: this.missing }, 'the runtime did not start');
    });
    this.watching = setInterval(() => {
      this.look().then(
        () => {
          this.databaseAway = undefined;
          this.heed();
        },
        // What the database said last goes on to hold.
        (error: unknown) => (this.databaseAway = (error as Error).message),
      );
    }, 2_000);
  }

  /** Asks the database for its clock, whether it can be written, and which tasks an operator has paused. Rejects while it is away. */
  private async look(): Promise<void> {
    const asked = Date.now();
    const { now, readOnly, paused } = await this.store.look();
    // The database read its clock somewhere between question and answer.
    this.clockOffset = (asked + Date.now()) / 2 - now;
    this.readOnly = readOnly;
    this.pausedTasks = paused;
  }

  /** Paused tasks rest, and every task rests while this machine's clock is wrong. */
  private heed(): void {
    const trouble = clockTrouble(this.clockOffset);
    if (trouble !== undefined && trouble !== this.wrongClock) this.options.logger.error({ alarm: trouble }, 'all tasks rest');
    this.wrongClock = trouble;
    const resting =
      trouble === undefined
        ? this.pausedTasks
        : new Map(this.status().map(({ processor, partition }) => [`${processor}/${String(partition)}`, trouble]));
    for (const group of this.groups) group.hold(resting);
  }

  status() {
    return this.groups.flatMap((group) => group.status());
  }

  notReady(): string | undefined {
    if (this.missing !== '') return this.missing;
    if (this.databaseAway !== undefined) return `database: ${this.databaseAway}`;
    if (this.readOnly) return `database: ${readOnlyTrouble}`;
    if (this.wrongClock !== undefined) return `clock: ${this.wrongClock}`;
    const crashed = this.groups.find(({ crash }) => crash !== undefined);
    if (crashed !== undefined) return `broker: ${crashed.crash ?? ''}`;
    if (this.groups.some(({ assigned }) => !assigned)) return 'no partitions assigned yet';
    if (this.refused !== undefined && performance.now() - this.refused.at < refusedForMs)
      return `broker: cannot produce: ${this.refused.why}`;
    return noTraffic(this.status());
  }

  clockOffsetMs(): number | undefined {
    return this.clockOffset;
  }

  onTransaction(listener: (t: Transaction) => void): void {
    this.listeners.push(listener);
  }

  async produce(records: Parameters<Runtime['produce']>[0]): Promise<void> {
    if (this.log === undefined) throw new Error('the broker has not been reached yet');
    const { partitions } = this.options;
    try {
      await this.log.produce(
        records.map(({ topic, key, value, headers, partition }) => ({
          topic,
          key,
          partition: partition ?? partitionOf(key, partitions),
          value: Buffer.isBuffer(value) ? value : JSON.stringify(value),
          ...(headers === undefined ? {} : { headers }),
        })),
      );
      this.refused = undefined;
    } catch (error) {
      // What one caller sends shuts no other out.
      if (!aboutRecords(error)) this.refused = { at: performance.now(), why: (error as Error).message };
      throw error;
    }
  }

  query(text: string, values?: readonly unknown[]) {
    return this.store.query(text, values);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.watching);
    await this.starting;
    await Promise.all(this.groups.map((group) => group.stop()));
    await this.following?.stop();
    await this.log?.close();
    await this.store.close();
  }

  private async run(): Promise<void> {
    const { kafka, logger, prefix, partitions, processors, workers = [], sessionTimeoutMs = 10_000 } = this.options;
    const log = await this.untilIt('the broker', () => connectLog(kafka, logger));
    if (log === undefined) return;
    this.log = log;
    const topics = [
      ...processors.flatMap(({ processor }) => [...processor.inputs, ...processor.outputs]),
      ...workers.flatMap((w) => [...w.inputs, ...w.outputs]),
    ].map(({ contract }) => topicOf(prefix, contract));
    await this.untilIt('topics', () =>
      this.topicsFit(log, [...new Set(topics), `${prefix}.${this.options.service}.dead-letters.v1`], partitions),
    );
    await this.untilIt('database', () => this.look());
    await this.untilIt('clock', () => this.clockFits());
    await this.untilIt('database', () => this.statesFit());
    const common = { log, logger, prefix, sessionTimeoutMs, askMs: 1_000, now: Date.now, tracer: this.options.tracer };
    const broadcast = await this.announced(log);
    if (this.stopping.signal.aborted) return;
    const turns = new Turns();
    for (const lane of processors.flatMap((described) => lanesOf(described, broadcast))) {
      const { processor } = lane;
      const group = groupOf(prefix, lane.lane);
      const peers = new Peers();
      this.groups.push(
        new Group({
          ...common,
          group,
          inputs: processor.inputs,
          version: processor.version,
          member: (partition, subscription, askEnds) =>
            new Task({
              ...common,
              ...lane,
              partition,
              partitions,
              group,
              subscription,
              askEnds,
              peers,
              turns,
              store: this.store,
              tuning: { ...tuning, ...this.options.tuning },
              onTransaction: (t) => {
                for (const listener of this.listeners) listener(t);
              },
            }),
        }),
      );
    }
    for (const worker of workers) {
      this.groups.push(
        new Group({
          ...common,
          group: groupOf(prefix, worker.name),
          inputs: worker.inputs,
          version: 1,
          member: (partition, subscription) =>
            new WorkerTask({
              ...common,
              worker,
              partition,
              subscription,
              group: groupOf(prefix, worker.name),
              store: this.store,
            }),
        }),
      );
    }
    for (const group of this.groups) await this.untilIt('the broker', () => group.start());
    if (!this.stopping.signal.aborted) this.missing = '';
  }

  /** The announced versions of the rules, once there is one; undefined where nothing follows them. */
  private async announced(log: Log): Promise<Broadcast | undefined> {
    const { announcements, logger, prefix } = this.options;
    if (announcements === undefined) return undefined;
    const topic = topicOf(prefix, announcements.contract);
    const broadcast = new Broadcast({ ...announcements, topic, logger });
    await this.untilIt('rules', async () => {
      this.following ??= await follow(broadcast, { log, topic, askMs: 1_000, now: Date.now, logger });
      if (!broadcast.ready) throw new Error(`no version of the rules has been read from ${topic} yet`);
    });
    return broadcast;
  }

  /** Tries until it works or the service stops; readiness says what is waited for. */
  private async untilIt<T>(what: string, works: () => Promise<T>): Promise<T | undefined> {
    for (let attempt = 0; !this.stopping.signal.aborted; attempt++) {
      try {
        return await works();
      } catch (error) {
        this.missing = `${what}: ${(error as Error).message}`;
        this.options.logger.warn({ attempt }, `waiting for ${this.missing}`);
        await pause(Math.min(5_000, 250 * 2 ** attempt), this.stopping.signal);
      }
    }
    return undefined;
  }

  private async clockFits(): Promise<void> {
    await this.look();
    const trouble = clockTrouble(this.clockOffset);
    if (trouble !== undefined) throw new Error(trouble);
  }

  /**
   * A newer version has been here: this one is not ready and joins no group, so that a rollback stops while the newer pods still serve.
   * Ready, it would be given the partitions once they have gone, and could read no state.
   */
  private async statesFit(): Promise<void> {
    const { rows } = await this.store.query('select processor, max(state_version) as version from task group by processor');
    const newest = new Map(rows.map((row) => [row['processor'], Number(row['version'])]));
    const newer = this.options.processors
      .flatMap(({ processor: { name, version }, lane = name, second }) =>
        [lane, ...(second === undefined ? [] : [second.lane])].map((row) => ({
          name: row,
          version,
          stored: newest.get(row) ?? version,
        })),
      )
      .filter(({ version, stored }) => stored > version);
    if (newer.length === 0) return;
    throw new Error(
      `${newer.map(({ name, version, stored }) => `the states of ${name} have version ${String(stored)}, this process knows ${String(version)}`).join('; ')}: deploy the newer version`,
    );
  }

  private async topicsFit(log: Log, topics: readonly string[], partitions: number): Promise<void> {
    const counts = await log.partitionCounts(topics);
    const missing = topics.filter((topic) => !counts.has(topic));
    if (missing.length > 0) throw new Error(`missing ${missing.join(', ')}: make them with \`hito topics apply\``);
    const other = topics.filter((topic) => counts.get(topic) !== partitions);
    if (other.length > 0) {
      throw new Error(
        `${other.map((topic) => `${topic} has ${String(counts.get(topic))}`).join(', ')} partitions; HITO_PARTITIONS says ${String(partitions)}: all topics need the same number`,
      );
    }
  }
}
