import { topicOf } from '#contracts';
import type { Fetched, Log, Subscription } from '../model/log.ts';
import { Retention } from '../input/retention.ts';
import type { Logger, TaskStatus } from '../model/runtime.types.ts';

/** What a group runs on each partition it is assigned. */
export interface Member {
  start(): void;
  stop(): Promise<void>;
  abandon(): void;
  records(topic: string, fetched: Fetched, fetchedFrom: number, end: number): void;
  ends(topic: string, end: number, askedAt: number): void;
  /** Which tasks an operator lets rest now, as `processor/partition`, each with the reason. */
  hold(paused: ReadonlyMap<string, string>): void;
  status(): TaskStatus;
  /** Another lane has taken over from it. */
  readonly retired?: boolean;
}

export interface GroupContext {
  readonly log: Log;
  readonly logger: Logger;
  readonly group: string;
  readonly prefix: string;
  readonly inputs: readonly { readonly contract: Parameters<typeof topicOf>[1] & { readonly retentionMs: number } }[];
  readonly version: number;
  readonly sessionTimeoutMs: number;
  /** How often the inputs' ends are asked for, ms. */
  readonly askMs: number;
  readonly now: () => number;
  readonly member: (partition: number, subscription: Subscription, askEnds: () => void) => Member;
}

/** Least time between two questions for the ends, ms. */
const askGapMs = 20;

/** One processor in this process: its membership in the consumer group, and a task per assigned partition. */
export class Group {
  private members = new Map<number, Member>();
  private subscription: Subscription | undefined;
  private asking: Promise<void> | undefined;
  private askAgain = false;
  private asked = -Infinity;
  private later: NodeJS.Timeout | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;
  private readonly retention: Retention;
  /** True once the broker has said what this process owns (which may be nothing). */
  assigned = false;
  crash: string | undefined;

  constructor(private readonly context: GroupContext) {
    const { log, logger, inputs, prefix } = context;
    this.retention = new Retention(
      log,
      logger,
      inputs.map(({ contract }) => ({ topic: topicOf(prefix, contract), retentionMs: contract.retentionMs })),
    );
  }

  private get topics(): string[] {
    return this.context.inputs.map(({ contract }) => topicOf(this.context.prefix, contract));
  }

  async start(): Promise<void> {
    const { log, group, version, sessionTimeoutMs, askMs } = this.context;
    this.subscription = await log.subscribe(
      { group, topics: this.topics, version, sessionTimeoutMs },
      {
        assigned: (partitions) => {
          this.assign(partitions);
        },
        records: (topic, partition, fetched, fetchedFrom, end) =>
          this.members.get(partition)?.records(topic, fetched, fetchedFrom, end),
        crashed: (error) => {
          this.crash = error.message;
          for (const member of this.members.values()) member.abandon();
          this.members.clear();
        },
      },
    );
    this.timer = setInterval(() => {
      this.ask();
      void this.retention.ask(performance.now());
    }, askMs);
  }

  status(): TaskStatus[] {
    const { shortestMs } = this.retention;
    const kept = shortestMs === undefined ? {} : { retentionMs: shortestMs };
    const members = [...this.members.values()].filter(({ retired }) => retired !== true);
    return members.map((member) => ({ ...member.status(), ...kept }));
  }

  /** An operator's word on all tasks of the service. */
  hold(paused: ReadonlyMap<string, string>): void {
    for (const member of this.members.values()) member.hold(paused);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    clearTimeout(this.later);
    await Promise.all([...this.members.values()].map((member) => member.stop()));
    await this.subscription?.stop();
  }

  /** As if the process had died: nothing is finished, nothing is told. */
  async abandon(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    clearTimeout(this.later);
    for (const member of this.members.values()) member.abandon();
    await this.subscription?.stop();
  }

  /** Every assignment begins anew, also for partitions kept: a join resets what the client was fetching. */
  private assign(partitions: readonly number[]): void {
    if (this.stopping) return;
    for (const member of this.members.values()) member.abandon();
    this.assigned = true;
    this.crash = undefined;
    const { logger, group, member } = this.context;
    logger.info({ group, partitions }, 'partitions assigned');
    const start = (): void => {
      const { subscription } = this;
      // The first assignment may come before `subscribe` has returned.
      if (subscription === undefined) {
        setImmediate(start);
        return;
      }
      this.members = new Map(
        partitions.map((partition) => [
          partition,
          member(partition, subscription, () => {
            this.ask();
          }),
        ]),
      );
      for (const started of this.members.values()) started.start();
    };
    start();
  }

  /** Asks for the inputs' ends; questions that come meanwhile are one, and one who waits for an answer that does not help asks no faster than this. */
  private ask(): void {
    if (this.asking !== undefined) {
      this.askAgain = true;
      return;
    }
    if (this.later !== undefined || this.stopping) return;
    const soon = this.asked + askGapMs - performance.now();
    if (soon > 0) {
      this.later = setTimeout(() => {
        this.later = undefined;
        this.ask();
      }, soon);
      return;
    }
    this.asked = performance.now();
    const { log, now, logger } = this.context;
    const askedAt = now();
    // One topic without a leader must not stop the time of the others.
    const asked = this.topics.map((topic) =>
      log.ends([topic]).then(
        (ends) => {
          for (const [partition, member] of this.members) {
            const end = ends.get(topic)?.[partition];
            if (end !== undefined) member.ends(topic, end, askedAt);
          }
        },
        (error: unknown) => {
          logger.debug({ topic, error: String(error) }, 'the broker did not say where the input ends');
        },
      ),
    );
    this.asking = Promise.all(asked)
      .then(() => undefined)
      .finally(() => {
        this.asking = undefined;
        if (!this.askAgain || this.stopping) return;
        this.askAgain = false;
        this.ask();
      });
  }
}
