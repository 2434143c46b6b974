import type { LogRecord } from '../model/log.ts';
import type { OriginPosition } from '../model/store.ts';
import type { Clock } from '../model/runtime.types.ts';

/** What a record says: its data, or why it cannot be taken and becomes a dead letter. */
export interface Read {
  readonly data?: unknown;
  readonly id?: string;
  /** Outsiders' records: hex hash that tells a repeat. */
  readonly hash?: string | undefined;
  /** What counts of it where its hash is known. */
  readonly salvaged?: { readonly data: unknown; readonly id: string; readonly hash: string } | undefined;
  /** Where the record came from, as it says itself. */
  readonly source?: string;
  readonly bad?: string;
}

/** The topic-partition that a record came from, and how its values are read. */
export interface Reader {
  /** The contract's name. */
  readonly topic: string;
  readonly partition: number;
  read(raw: LogRecord): Read;
}

/** A record waiting to be taken. Its value is read when it is taken: what waits in a buffer is as small as it came. */
export interface RecordItem {
  readonly kind: 'record';
  readonly at: number;
  readonly input: number;
  /** The stream it came on, and its place there. */
  readonly stream: StreamBuffer;
  readonly incarnation: number;
  readonly seq: number;
  readonly offset: number;
  readonly key: string;
  readonly bytes: number;
  readonly raw: LogRecord;
  readonly reader: Reader;
  /** Of one that a worker of ours wrote among outsiders': its place there, and what keeps it. */
  readonly placed?: { readonly by: StreamBuffer; readonly incarnation: number; readonly seq: number } | undefined;
  /** Where it had to be read earlier: to know its instant, or whether it is a repeat. */
  read: Read | undefined;
  /** Cannot be taken, whatever its value says. */
  readonly bad: string | undefined;
}

/** A watermark or clock record, at its place between the records. */
export interface TimeItem {
  readonly kind: 'time';
  readonly at: number;
  readonly clock: Clock;
  readonly offset: number;
  readonly incarnation: number;
  readonly seq: number;
}

export type Item = RecordItem | TimeItem;

/** What one origin wrote into one topic-partition and is not taken yet: sorted by `at`, since an origin's `at` never goes back. */
export class StreamBuffer {
  private items: Item[] = [];
  private head = 0;
  /** Highest (incarnation, seq) buffered: what is not above it is a repeat. */
  readonly last: { incarnation: number; seq: number };
  /** "Everything before this has been taken or lies in the buffer", as of the head. */
  watermark: number;
  clock: Clock;
  /** `at` of the last record taken; position to be stored. */
  taken: { incarnation: number; seq: number; at: number | null };
  /** `at` of the last item buffered. */
  tailAt: number;
  tailClock: Clock;

  constructor(
    readonly input: number,
    readonly origin: string,
    position: OriginPosition | undefined,
  ) {
    this.last = { incarnation: position?.incarnation ?? 0, seq: position?.seq ?? -1 };
    this.taken = { ...this.last, at: position?.at ?? null };
    this.watermark = position?.watermark ?? -Infinity;
    this.clock = position?.clock ?? 'unset';
    this.tailAt = Math.max(this.watermark, position?.at ?? -Infinity);
    this.tailClock = this.clock;
  }

  get length(): number {
    return this.items.length - this.head;
  }

  at(index: number): Item | undefined {
    return this.items[this.head + index];
  }

  /** Of time records that follow each other only the last is kept: a silent origin's may come for days while another is waited for. */
  push(item: Item): void {
    const before = this.items.at(-1);
    if (item.kind === 'time' && before?.kind === 'time' && this.head < this.items.length)
      this.items[this.items.length - 1] = { ...item, at: Math.max(before.at, item.at), offset: before.offset };
    else this.items.push(item);
    this.last.incarnation = item.incarnation;
    this.last.seq = item.seq;
    if (item.at > this.tailAt) this.tailAt = item.at;
    if (item.kind === 'time') this.tailClock = item.clock;
  }

  /** Records that waited for the clock to be set get its first instant; live (no instant given) that of their arrival, `latest` at most. */
  date(at: number | undefined, latest: number): void {
    this.items = this.items.map((item) => {
      if (item.kind === 'time' || item.at !== -Infinity) return item;
      const read = item.bad === undefined ? (item.read ?? item.reader.read(item.raw)) : {};
      return {
        ...item,
        read,
        at: at ?? Math.min(latest, Date.parse((read.data as { at?: string } | undefined)?.at ?? '1970-01-01')),
      };
    });
  }

  /** Takes the first `records` records away, and the time records around them. */
  drop(records: number): void {
    let left = records;
    let { incarnation, seq, at } = this.taken;
    for (;;) {
      const item = this.items[this.head];
      if (item === undefined || (item.kind === 'record' && left === 0)) break;
      this.head++;
      if (item.kind === 'time') {
        this.watermark = Math.max(this.watermark, item.at);
        this.clock = item.clock;
      } else {
        left--;
        at = item.at;
        if (item.placed !== undefined) {
          const { by, incarnation, seq } = item.placed;
          by.taken = { incarnation, seq, at };
        }
      }
      ({ incarnation, seq } = item);
    }
    this.taken = { incarnation, seq, at };
    if (this.head === this.items.length || (this.head > 1024 && this.head * 2 > this.items.length)) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
  }

  position(): OriginPosition {
    return {
      incarnation: this.taken.incarnation,
      seq: this.taken.seq,
      watermark: this.watermark === -Infinity ? null : this.watermark,
      clock: this.clock,
      at: this.taken.at,
    };
  }
}
