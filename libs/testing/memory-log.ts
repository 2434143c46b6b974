import {
  listed,
  type GroupHandlers,
  type GroupOptions,
  type Log,
  type LogRecord,
  type Outgoing,
  type OffsetRange,
  type Subscription,
} from '#stream';
import { decodeRecords } from '#stream/runtime';

interface Member {
  readonly options: GroupOptions;
  readonly handlers: GroupHandlers;
  /** Next offset to be fetched, per topic-partition owned. */
  readonly positions: Map<string, number>;
  readonly paused: Set<string>;
  alive: boolean;
}

const place = (topic: string, partition: number): string => `${topic}/${String(partition)}`;

/** A log in memory with groups, under the same port as the broker's. Fetches are handed over in portions whose sizes a test may choose. */
export class MemoryLog implements Log {
  readonly topics = new Map<string, LogRecord[][]>();
  private readonly groups = new Map<string, { members: Member[]; committed: Map<string, number> }>();
  private readonly tails: {
    topic: string;
    positions: number[];
    onRecords: (partition: number, records: readonly LogRecord[]) => void;
  }[] = [];
  /** First offset still there, where retention has passed. */
  private readonly begins = new Map<string, number>();
  private held: string | undefined;
  private scheduled = false;
  /** While set, the broker is away. */
  away: string | undefined;

  constructor(
    readonly partitions: number,
    /** Records of the next fetch. */
    private readonly portion: () => number = () => 500,
  ) {}

  produce(outgoing: readonly Outgoing[]): Promise<void> {
    if (this.away !== undefined) return Promise.reject(new Error(this.away));
    for (const { topic, partition, key, value, headers } of outgoing.flatMap((one) =>
      'bytes' in one ? decodeRecords(one) : one,
    )) {
      const log = this.log(topic)[partition];
      if (log === undefined) return Promise.reject(new Error(`${topic} has no partition ${String(partition)}`));
      const record = {
        offset: log.length,
        key,
        value: typeof value === 'string' ? Buffer.from(value) : value,
        headers: headers ?? {},
        timestamp: Date.now(),
      };
      log.push(record);
    }
    this.schedule();
    return Promise.resolve();
  }

  subscribe(options: GroupOptions, handlers: GroupHandlers): Promise<Subscription> {
    const member: Member = { options, handlers, positions: new Map(), paused: new Set(), alive: true };
    const group = this.group(options.group);
    group.members.push(member);
    this.rebalance(options.group);
    return Promise.resolve({
      seek: (topic, partition, offset) => {
        member.positions.set(place(topic, partition), offset);
        this.schedule();
      },
      pause: (topic, partition) => {
        member.paused.add(place(topic, partition));
      },
      resume: (topic, partition) => {
        member.paused.delete(place(topic, partition));
        this.schedule();
      },
      commit: (offsets) => {
        for (const { topic, partition, offset } of offsets) group.committed.set(place(topic, partition), offset);
        return Promise.resolve();
      },
      stop: () => {
        if (member.alive) {
          member.alive = false;
          group.members = group.members.filter((other) => other !== member);
          this.rebalance(options.group);
        }
        return Promise.resolve();
      },
    });
  }

  tail(
    topic: string,
    { from }: { readonly from: 'beginning' | 'end' },
    onRecords: (partition: number, records: readonly LogRecord[]) => void,
  ): Promise<{ stop(): Promise<void> }> {
    const tail = { topic, positions: this.log(topic).map((records) => (from === 'beginning' ? 0 : records.length)), onRecords };
    this.tails.push(tail);
    this.schedule();
    return Promise.resolve({
      stop: () => {
        this.tails.splice(this.tails.indexOf(tail), 1);
        return Promise.resolve();
      },
    });
  }

  /** It keeps all. */
  retention(topics: readonly string[]): Promise<Map<string, number>> {
    return Promise.resolve(new Map(topics.map((topic) => [topic, -1])));
  }

  ends(topics: readonly string[]): Promise<Map<string, number[]>> {
    if (this.away !== undefined) return Promise.reject(new Error(this.away));
    return Promise.resolve(new Map(topics.map((topic) => [topic, this.log(topic).map((records) => records.length)])));
  }

  starts(topics: readonly string[]): Promise<Map<string, number[]>> {
    return Promise.resolve(
      new Map(topics.map((topic) => [topic, this.log(topic).map((_, p) => this.begins.get(place(topic, p)) ?? 0)])),
    );
  }

  firstSince(topics: readonly string[], instant: number): Promise<Map<string, number[]>> {
    const since = (records: readonly LogRecord[]): number => {
      const first = records.findIndex((record) => (record.timestamp ?? 0) >= instant);
      return first < 0 ? records.length : first;
    };
    return Promise.resolve(new Map(topics.map((topic) => [topic, this.log(topic).map(since)])));
  }

  extract(
    topic: string,
    ranges: readonly OffsetRange[],
    onRecords: (partition: number, records: readonly LogRecord[]) => void,
  ): Promise<void> {
    for (const { partition, from, to } of ranges) onRecords(partition, this.log(topic)[partition]?.slice(from, to) ?? []);
    return Promise.resolve();
  }

  committed(group: string, topics: readonly string[]): Promise<Map<string, number[]>> {
    const { committed } = this.group(group);
    return Promise.resolve(
      new Map(topics.map((topic) => [topic, this.log(topic).map((_, p) => committed.get(place(topic, p)) ?? -1)])),
    );
  }

  createTopics(): Promise<string[]> {
    return Promise.resolve([]);
  }

  partitionCounts(topics: readonly string[]): Promise<Map<string, number>> {
    return Promise.resolve(new Map(topics.map((topic) => [topic, this.partitions])));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Everything written to a topic, in the order of each partition. */
  read(topic: string): LogRecord[] {
    return this.log(topic).flat();
  }

  /** Fetches of this topic hang until another is named (or none). */
  hold(topic: string | undefined): void {
    this.held = topic;
    this.schedule();
  }

  /** Next offset to be fetched for a group, over its members. */
  position(group: string, topic: string, partition: number): number {
    return Math.max(...this.group(group).members.map(({ positions }) => positions.get(place(topic, partition)) ?? 0));
  }

  /** Retention takes everything below an offset away. */
  expire(topic: string, partition: number, below: number): void {
    this.begins.set(place(topic, partition), below);
  }

  /** The topic is deleted and made anew. */
  recreate(topic: string): void {
    for (const log of this.log(topic)) log.length = 0;
  }

  private log(topic: string): LogRecord[][] {
    let log = this.topics.get(topic);
    if (log === undefined) this.topics.set(topic, (log = Array.from({ length: this.partitions }, () => [])));
    return log;
  }

  private group(name: string) {
    let group = this.groups.get(name);
    if (group === undefined) this.groups.set(name, (group = { members: [], committed: new Map() }));
    return group;
  }

  private rebalance(name: string): void {
    const { members } = this.group(name);
    const newest = Math.max(...members.map(({ options }) => options.version));
    const owners = members.filter(({ options }) => options.version === newest);
    for (const member of members) {
      member.positions.clear();
      member.paused.clear();
      const mine = Array.from({ length: this.partitions }, (_, p) => p).filter((p) => owners[p % owners.length] === member);
      setImmediate(() => {
        if (member.alive) member.handlers.assigned(mine);
      });
    }
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (this.deliver()) this.schedule();
    });
  }

  /** True when there is more to be handed over. */
  private deliver(): boolean {
    let more = false;
    if (this.away !== undefined) return false;
    for (const { members } of this.groups.values()) {
      for (const member of members) {
        for (const [key, asked] of member.positions) {
          if (member.paused.has(key)) continue;
          const slash = key.lastIndexOf('/');
          const topic = key.slice(0, slash);
          const partition = Number(key.slice(slash + 1));
          if (topic === this.held) continue;
          const log = this.log(topic)[partition] as LogRecord[];
          // As kafkajs: out of range begins at the earliest.
          const begin = this.begins.get(key) ?? 0;
          const position = asked < begin || asked > log.length ? begin : asked;
          const records = log.slice(position, position + this.portion());
          if (records.length === 0) continue;
          member.positions.set(key, position + records.length);
          member.handlers.records(topic, partition, listed(records), position, log.length);
          more = true;
        }
      }
    }
    for (const { topic, positions, onRecords } of [...this.tails]) {
      for (const [partition, log] of this.log(topic).entries()) {
        const records = log.slice(positions[partition]);
        if (records.length === 0) continue;
        positions[partition] = log.length;
        onRecords(partition, records);
      }
    }
    return more;
  }
}
