import { createHash } from 'node:crypto';
import type { Contract } from '#contracts';
import { surelyFits } from './compiled-check.ts';
import { after, controlHeader, parseClock, parseSeq, parseWatermark, seqHeader } from './control.ts';
import type { LogRecord } from './log.ts';
import type { Input } from './processor.ts';
import type { Cursor } from './store.ts';
import { StreamBuffer, type Read, type Reader } from './stream-buffer.ts';

/** The stream of what carries no origin: outsiders' records, feedback, and records that nobody can place. */
export const unplaced = '';

/** What has been fetched of one input's topic-partition and not been taken yet, apart by origin. */
export class InputBuffer implements Reader {
  readonly streams = new Map<string, StreamBuffer>();
  /** Offset expected of the next fetch. */
  fetched: number;
  records = 0;
  bytes = 0;
  paused = false;
  /** When the last fetch came, or reading began (wall-clock ms). */
  fetchedAt = -Infinity;
  /** Since when fetches begin behind what is expected (wall-clock ms). */
  gapSince: number | undefined;
  /** Records dropped because they repeated one of their origin. */
  repeats = 0;
  /** The log's end as last heard of, and when it was asked (wall-clock ms). */
  end = -1;
  askedAt = -Infinity;
  readonly contract: Contract;

  constructor(
    readonly index: number,
    readonly input: Input,
    readonly partition: number,
    origins: readonly string[],
    cursor: Cursor | undefined,
    startOffset: number,
    /** The processor that reads: what one has seen is new to another of the same service. */
    private readonly processor = '',
  ) {
    this.contract = input.contract;
    this.fetched = cursor?.nextOffset ?? startOffset;
    for (const origin of [...origins, unplaced]) {
      this.streams.set(origin, new StreamBuffer(index, origin, cursor?.origins[origin]));
    }
  }

  get topic(): string {
    return this.contract.name;
  }

  get timed(): boolean {
    return this.input.kind === 'source' || this.input.kind === 'ordered';
  }

  /** The stream that carries the source's time. */
  get source(): StreamBuffer {
    return this.stream(unplaced);
  }

  stream(origin: string): StreamBuffer {
    const stream = this.streams.get(origin);
    if (stream === undefined) throw new Error(`no stream of origin ${origin} for ${this.contract.name}`);
    return stream;
  }

  /** All that was written up to the last ask is in the buffer. */
  caughtUp(now: number, forMs: number): boolean {
    return this.end >= 0 && this.fetched >= this.end && now - this.askedAt <= forMs;
  }

  /** Takes a fetch in. False: it does not follow what was fetched before; seek to `fetched` and wait for another. */
  accept(records: readonly LogRecord[], fetchedFrom: number): boolean {
    if (fetchedFrom > this.fetched) return false;
    for (const record of records) {
      if (record.offset < this.fetched) continue;
      this.fetched = record.offset + 1;
      if (this.input.kind === 'ordered') this.acceptOrdered(record);
      else if (this.input.kind === 'source') this.acceptSource(record);
      else if (record.headers[controlHeader] === undefined) this.push(this.source, record, { at: 0, incarnation: 0, seq: -1 });
    }
    return true;
  }

  /** The lowest offset not taken. */
  nextOffset(): number {
    let next = this.fetched;
    for (const stream of this.streams.values()) {
      const head = stream.at(0);
      if (head !== undefined && head.offset < next) next = head.offset;
    }
    return next;
  }

  cursor(): Cursor {
    const origins: Record<string, ReturnType<StreamBuffer['position']>> = {};
    for (const [name, stream] of this.streams) {
      if (name !== unplaced || this.input.kind === 'source') origins[name] = stream.position();
    }
    return { topic: this.contract.name, nextOffset: this.nextOffset(), origins };
  }

  private acceptOrdered(record: LogRecord): void {
    const { headers } = record;
    if (headers[controlHeader] === 'watermark') {
      const mark = parseWatermark(record);
      const stream = mark && this.streams.get(mark.origin);
      // An older owner's late copy, or one of an origin that is not configured, says nothing new.
      if (mark === undefined || stream === undefined || mark.at < stream.tailAt || mark.clock === 'unset') return;
      if (mark.at === stream.tailAt && mark.clock === stream.tailClock && stream.watermark >= mark.at) return;
      stream.push({ kind: 'time', at: mark.at, clock: mark.clock, offset: record.offset, ...stream.last });
      return;
    }
    const seq = parseSeq(headers[seqHeader]);
    const stream = seq && this.streams.get(seq.origin);
    if (seq === undefined || stream === undefined) {
      this.push(
        this.stream(unplaced),
        record,
        { at: 0, incarnation: 0, seq: -1 },
        `not from the writer of ${this.contract.name}: header ${seqHeader} is ${headers[seqHeader] ?? 'missing'}`,
      );
      return;
    }
    if (!after(seq, stream.last)) {
      this.repeats++;
      return;
    }
    this.push(stream, record, { at: stream.tailAt, incarnation: seq.incarnation, seq: seq.seq }, undefined, true, seq.at);
  }

  private acceptSource(record: LogRecord): void {
    const stream = this.source;
    const seq = parseSeq(record.headers[seqHeader]);
    if (seq !== undefined && !after(seq, stream.last)) {
      this.repeats++;
      return;
    }
    const place = seq ?? stream.last;
    if (record.headers[controlHeader] === 'clock') {
      const clock = parseClock(record);
      const refused = clock === undefined ? 'not a clock record' : refusal(clock, stream);
      if (clock === undefined || refused !== undefined) {
        this.push(stream, record, { at: stream.tailAt, ...place }, refused);
        return;
      }
      const at = clock.clock === 'driven' ? clock.at : stream.tailAt;
      if (stream.tailClock === 'unset') {
        stream.date(clock.clock === 'driven' ? at : undefined);
        stream.clock = clock.clock;
      }
      stream.push({
        kind: 'time',
        at,
        clock: clock.clock,
        offset: record.offset,
        incarnation: place.incarnation,
        seq: place.seq,
      });
      return;
    }
    // Driven, only the replayer's records have an instant of their own; outsiders' are taken at the task's time.
    this.push(
      stream,
      record,
      { at: stream.tailAt, incarnation: place.incarnation, seq: place.seq },
      undefined,
      seq !== undefined || stream.tailClock === 'live',
      seq?.at,
    );
  }

  /** `dated`: it has an instant of its own, `named` where the header gives it. */
  private push(
    stream: StreamBuffer,
    record: LogRecord,
    place: { at: number; incarnation: number; seq: number },
    refused?: string,
    dated = false,
    named?: number,
  ): void {
    const bad = refused ?? unusable(record);
    const read = dated && named === undefined && bad === undefined ? this.read(record) : undefined;
    const own = dated ? (named ?? Date.parse((read?.data as { at?: string } | undefined)?.at ?? '')) : NaN;
    const bytes = (record.value?.length ?? 0) + 200;
    stream.push({
      kind: 'record',
      at: own > place.at ? own : place.at,
      input: this.index,
      stream,
      incarnation: place.incarnation,
      seq: place.seq,
      offset: record.offset,
      key: record.key ?? '',
      bytes,
      raw: record,
      reader: this,
      read,
      bad,
    });
    this.records++;
    this.bytes += bytes;
  }

  read({ value }: LogRecord): Read {
    let json: unknown;
    try {
      json = JSON.parse(String(value));
    } catch (error) {
      return { bad: `not JSON: ${(error as Error).message}` };
    }
    const { schema } = this.contract;
    const result = surelyFits(schema, json) ? { success: true as const, data: json } : schema.safeParse(json);
    if (result.success) {
      const data = result.data as { at?: unknown; id?: string };
      if (typeof data.at === 'string' && Number.isNaN(Date.parse(data.at)))
        return { bad: `not ${this.contract.name}: at: ${data.at} is no instant` };
      const { dedupe } = this.input;
      const hash = dedupe && hashOf(`${this.processor}/${this.contract.name}/${dedupe(data)}`);
      return { data, id: data.id ?? '', hash };
    }
    return {
      bad: `not ${this.contract.name}: ${result.error.issues
        .map((i) => `${i.path.join('.')}: ${i.message}`)
        .join('; ')
        .slice(0, 500)}`,
    };
  }
}

/** Why a record cannot be taken whatever its value says. */
function unusable({ key, value }: LogRecord): string | undefined {
  if (value === null) return 'a tombstone: value is null';
  if (key === null || key === '') return 'no key: the key names the person';
  if (key.length * 3 > maxKeyBytes && Buffer.byteLength(key) > maxKeyBytes)
    return `a key of ${String(Buffer.byteLength(key))} bytes; at most ${String(maxKeyBytes)}`;
  if (unstorable.test(key)) return 'the key holds a control character (U+0000 or U+001E) that cannot be stored';
  return undefined;
}

/** An index entry of the database has to hold it. */
const maxKeyBytes = 1_000;

// eslint-disable-next-line no-control-regex -- these two are what the database and the lists sent to it cannot hold
const unstorable = /[\u0000\u001e]/;

function refusal(clock: { clock: 'driven' | 'live'; at?: number }, stream: StreamBuffer): string | undefined {
  if (clock.clock === 'live' || stream.tailClock === 'unset') return undefined;
  if (stream.tailClock === 'live') return 'a clock record would drive a live clock: a replay needs a fresh prefix';
  if (clock.at !== undefined && clock.at < stream.tailAt) {
    return `a clock record would put time back from ${new Date(stream.tailAt).toISOString()} to ${new Date(clock.at).toISOString()}`;
  }
  return undefined;
}

/** 16 bytes of SHA-256: the odds of two different ids meeting are below 1e-20 at a billion. */
const hashOf = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 32);
