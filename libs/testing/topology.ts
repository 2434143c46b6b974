import { topicOf, type Contract, type DataOf } from '#contracts';
import {
  clockRecord,
  partitionOf,
  seqHeader,
  seqText,
  type Announcements,
  type ClockRecord,
  type Described,
  type Logger,
  type TaskStatus,
  type Tracer,
} from '#stream';
import { Broadcast, follow, Group, groupOf, lanesOf, Peers, Task, tuning, Turns, type Tuning } from '#stream/runtime';
import { MemoryLog } from './memory-log.ts';
import { MemoryStore } from './memory-store.ts';

export const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface TopologyOptions {
  readonly partitions?: number;
  readonly tuning?: Partial<Tuning>;
  readonly portion?: () => number;
  readonly logger?: Logger;
  readonly now?: () => number;
  readonly log?: MemoryLog;
  readonly stores?: Map<string, MemoryStore>;
  readonly tracer?: Tracer;
  readonly announcements?: Announcements;
}

/** Any set of processors in one process: log and tables in memory, the runtime's own code in between. */
export class Topology {
  readonly prefix = 'test';
  readonly log: MemoryLog;
  readonly stores: Map<string, MemoryStore>;
  private readonly groups: Group[] = [];
  private seq = 0;
  private following: { stop(): Promise<void> } | undefined;

  constructor(
    private readonly described: readonly Described[],
    private readonly options: TopologyOptions = {},
  ) {
    this.log = options.log ?? new MemoryLog(options.partitions ?? 2, options.portion);
    this.stores = options.stores ?? new Map(described.map(({ processor }) => [processor.name, new MemoryStore()]));
  }

  store(processor: string): MemoryStore {
    return this.stores.get(processor) as MemoryStore;
  }

  async start(): Promise<this> {
    const { logger = silent, now = Date.now } = this.options;
    const broadcast = await this.announced(logger, now);
    const turns = new Turns();
    for (const lane of this.described.flatMap((one) => lanesOf(one, broadcast))) {
      const { processor } = lane;
      const group = groupOf(this.prefix, lane.lane);
      const peers = new Peers();
      const common = { log: this.log, logger, group, prefix: this.prefix, sessionTimeoutMs: 100, now };
      const member = new Group({
        ...common,
        inputs: processor.inputs,
        version: processor.version,
        askMs: 20,
        member: (partition, subscription, askEnds) =>
          new Task({
            ...common,
            ...lane,
            turns,
            partition,
            subscription,
            askEnds,
            peers,
            partitions: this.log.partitions,
            store: this.store(processor.name),
            tuning: {
              ...tuning,
              idleMs: 10,
              holdMs: 0,
              lingerDrivenMs: 0,
              lingerLiveMs: 0,
              strict: true,
              ...this.options.tuning,
            },
            onTransaction: () => undefined,
            tracer: this.options.tracer,
          }),
      });
      this.groups.push(member);
      await member.start();
    }
    return this;
  }

  /** The announced versions of the rules, once there is one. */
  private async announced(logger: Logger, now: () => number): Promise<Broadcast | undefined> {
    const { announcements } = this.options;
    if (announcements === undefined) return undefined;
    const topic = topicOf(this.prefix, announcements.contract);
    const broadcast = new Broadcast({ ...announcements, topic, logger });
    this.following = await follow(broadcast, { log: this.log, topic, askMs: 20, now, logger });
    while (!broadcast.ready) await new Promise((resolve) => setTimeout(resolve, 5));
    return broadcast;
  }

  /** The replayer's records: each with its place in the replay. */
  async replay<C extends Contract>(contract: C, ...records: readonly { key: string; data: DataOf<C> }[]): Promise<void> {
    await this.log.produce(
      records.map(({ key, data }) => ({
        topic: topicOf(this.prefix, contract),
        partition: partitionOf(key, this.log.partitions),
        key,
        value: JSON.stringify(data),
        headers: { [seqHeader]: seqText('replayer', 1, ++this.seq) },
      })),
    );
  }

  /** A clock record into every partition of `collected` (or another source). */
  async clock(contract: Contract, clock: ClockRecord): Promise<void> {
    const seq = ++this.seq;
    const { key, value, headers } = clockRecord(clock);
    await this.log.produce(
      Array.from({ length: this.log.partitions }, (_, partition) => ({
        topic: topicOf(this.prefix, contract),
        partition,
        key,
        value,
        headers: { ...headers, ...(clock.clock === 'live' ? {} : { [seqHeader]: seqText('replayer', 1, seq) }) },
      })),
    );
  }

  /** What was published, repeats left out, control records too. */
  read<C extends Contract>(contract: C): DataOf<C>[] {
    const seen = new Set<string>();
    return this.log.read(topicOf(this.prefix, contract)).flatMap(({ headers, value }) => {
      const seq = headers[seqHeader];
      if (headers['hito-control'] !== undefined || (seq !== undefined && seen.has(seq))) return [];
      if (seq !== undefined) seen.add(seq);
      return [JSON.parse(String(value)) as DataOf<C>];
    });
  }

  /** Records of partition 0 of an input that a processor has fetched. */
  fetched(processor: string, contract: Contract): number {
    return this.log.position(groupOf(this.prefix, processor), topicOf(this.prefix, contract), 0);
  }

  /** Lets the groups hear which tasks are paused, as the runtime does every two seconds. */
  async heed(): Promise<void> {
    for (const store of this.stores.values()) {
      const { paused } = await store.look();
      for (const group of this.groups) group.hold(paused);
    }
  }

  status(): TaskStatus[] {
    return this.groups.flatMap((group) => group.status());
  }

  /** Resolves when every task's watermark has reached the instant (epoch ms). */
  async reached(instant: number): Promise<void> {
    await until(
      () => {
        const tasks = this.status();
        return (
          tasks.length >= this.described.length * this.log.partitions &&
          tasks.every(({ watermark }) => watermark !== undefined && watermark >= instant)
        );
      },
      () => JSON.stringify(this.status()),
      wholeRunMs,
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.groups.splice(0).map((group) => group.stop()));
    await this.following?.stop();
  }

  /** As kill −9: what was not committed is gone, what was not published lies in the outbox. */
  async kill(): Promise<void> {
    await Promise.all(this.groups.splice(0).map((group) => group.abandon()));
    await this.following?.stop();
  }
}

export const topology = (described: readonly Described[], options?: TopologyOptions): Promise<Topology> =>
  new Topology(described, options).start();

/** What a machine that does other work too is given, ms: a wait is over when it holds, so that patience costs nothing. */
const patienceMs = 50_000;
/** The same for the end of a whole history, ms. */
export const wholeRunMs = 120_000;

/** Waits until it holds; where it does not in time, throws with what was the case. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  state: () => string = () => '',
  withinMs = patienceMs,
): Promise<void> {
  for (const end = Date.now() + withinMs; !(await holds());) {
    if (Date.now() > end) throw new Error(`not within ${String(withinMs)} ms ${state()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
