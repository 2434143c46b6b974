import { createHash } from 'node:crypto';
import type { Contract } from '#contracts';
import { cut, wellFormed } from '#facts';
import { reasonOf, traceOf } from '../model/author.ts';
import { surelyFits } from './compiled-check.ts';
import { after, controlHeader, parseClock, parseSeq, parseWatermark, seqHeader } from '../model/control.ts';
import { parsed } from '../model/json.ts';
import { unusable } from '../model/key.ts';
import { headerOf, textOf, type Fetched, type LogRecord } from '../model/log.ts';
import type { Input } from '../model/processor.ts';
import type { Cursor } from '../model/store.ts';
import { StreamBuffer, type Read, type Reader, type RecordItem } from './stream-buffer.ts';

/** The stream of what carries no origin: outsiders' records, feedback, and records that nobody can place. */
export const unplaced = '';

/** What has been fetched of one input's topic-partition and not been taken yet, apart by origin. */
export class InputBuffer implements Reader {
  readonly streams = new Map<string, StreamBuffer>();
  /** Fetches of which no items have been made yet. */
  private readonly unread: Fetched[] = [];
  /** What a record of the fetch that is being read holds in memory: its share of it, and its item. */
  private shareBytes = 0;
  /** Offset behind the last record of which an item was made. */
  private readTo = 0;
  /** Offset expected of the next fetch. */
  fetched = 0;
  /** Not taken yet, whether read or not. */
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
    /** The lane that reads: what one has seen is new to another of the same service. */
    private readonly lane = '',
    /** Wall clock, ms. */
    private readonly now: () => number = Date.now,
  ) {
    this.contract = input.contract;
    this.begin(cursor?.nextOffset ?? startOffset);
    const known = this.timed ? [] : Object.keys(cursor?.origins ?? {});
    for (const origin of [...origins, ...known, unplaced]) {
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

  /** Says from which offset on it is to be fetched, before anything was. */
  begin(offset: number): void {
    this.fetched = this.readTo = offset;
  }

  /** All that was written up to the last ask is in the buffer. */
  caughtUp(now: number, forMs: number): boolean {
    return this.end >= 0 && this.fetched >= this.end && now - this.askedAt <= forMs;
  }

  /** Takes a fetch in. False: it does not follow what was fetched before; seek to `fetched` and wait for another. */
  accept(fetched: Fetched, fetchedFrom: number): boolean {
    if (fetchedFrom > this.fetched) return false;
    if (fetched.last < this.fetched) return true;
    this.fetched = fetched.last + 1;
    this.unread.push(fetched);
    this.records += fetched.count;
    this.bytes += fetched.bytes;
    // What others write is dated by when it came, so it is read then.
    if (this.input.kind !== 'ordered') this.readOn();
    return true;
  }

  /** Makes items of the next fetch; false when all have been read. What waits is bytes until then: they cost neither time nor garbage. */
  readOn(): boolean {
    const fetched = this.unread.shift();
    if (fetched === undefined) return false;
    this.records -= fetched.count;
    this.bytes -= fetched.bytes;
    this.shareBytes = Math.ceil(fetched.bytes / fetched.count) + itemBytes;
    for (const record of fetched.records()) {
      if (record.offset < this.readTo) continue;
      if (this.input.kind === 'ordered') this.acceptOrdered(record);
      else if (this.input.kind === 'source') this.acceptSource(record);
      else if (headerOf(record, controlHeader) === undefined) this.acceptUntimed(record);
    }
    this.readTo = fetched.last + 1;
    return true;
  }

  /** Offset behind what items have been made of. */
  get nextUnread(): number {
    return this.readTo;
  }

  /** The lowest offset not taken. */
  nextOffset(): number {
    let next = this.readTo;
    for (const stream of this.streams.values()) {
      const head = stream.at(0);
      if (head !== undefined && head.offset < next) next = head.offset;
    }
    return next;
  }

  cursor(): Cursor {
    const origins: Record<string, ReturnType<StreamBuffer['position']>> = {};
    for (const [name, stream] of this.streams) {
      if (this.input.kind === 'source' ? name === unplaced || stream.taken.seq >= 0 : name !== unplaced)
        origins[name] = stream.position();
    }
    return { topic: this.contract.name, nextOffset: this.nextOffset(), origins };
  }

  private acceptOrdered(record: LogRecord): void {
    if (headerOf(record, controlHeader) === 'watermark') {
      const mark = parseWatermark(record);
      const stream = mark && this.streams.get(mark.origin);
      // An older owner's late copy, or one of an origin that is not configured, says nothing new.
      if (mark === undefined || stream === undefined || mark.at < stream.tailAt || mark.clock === 'unset') return;
      if (mark.at === stream.tailAt && mark.clock === stream.tailClock && stream.watermark >= mark.at) return;
      stream.push({ kind: 'time', at: mark.at, clock: mark.clock, offset: record.offset, ...stream.last });
      return;
    }
    const text = headerOf(record, seqHeader);
    const seq = parseSeq(text);
    const stream = seq && this.streams.get(seq.origin);
    if (seq === undefined || stream === undefined) {
      this.push(
        this.stream(unplaced),
        record,
        { at: 0, incarnation: 0, seq: -1 },
        `not from the writer of ${this.contract.name}: header ${seqHeader} is ${text ?? 'missing'}`,
      );
      return;
    }
    if (!after(seq, stream.last)) {
      this.repeats++;
      return;
    }
    this.push(stream, record, { at: stream.tailAt, incarnation: seq.incarnation, seq: seq.seq }, undefined, true, seq.at);
  }

  /** What one of our own writers has published once more, after a crash, is a repeat. */
  private acceptUntimed(record: LogRecord): void {
    const seq = parseSeq(headerOf(record, seqHeader));
    const stream = seq && this.untimedStream(seq.origin);
    if (seq === undefined || stream === undefined) this.push(this.stream(unplaced), record, { at: 0, incarnation: 0, seq: -1 });
    else if (after(seq, stream.last)) this.push(stream, record, { at: 0, incarnation: seq.incarnation, seq: seq.seq });
    else this.repeats++;
  }

  /** Who writes an input without time is learnt from it; undefined for more origins than a cursor shall hold. */
  private untimedStream(origin: string): StreamBuffer | undefined {
    const known = this.streams.get(origin);
    if (known !== undefined || this.streams.size > maxOrigins) return known;
    const stream = new StreamBuffer(this.index, origin, undefined);
    this.streams.set(origin, stream);
    return stream;
  }

  private acceptSource(record: LogRecord): void {
    const stream = this.source;
    const seq = parseSeq(headerOf(record, seqHeader));
    // A worker of ours has numbers of its own beside those of the replayer.
    const by = seq === undefined || seq.origin === unplaced ? undefined : this.streams.get(seq.origin);
    if (seq !== undefined && !after(seq, (by ?? stream).last)) {
      this.repeats++;
      return;
    }
    const place = by === undefined ? (seq ?? stream.last) : stream.last;
    const placed = by && seq && { by, incarnation: seq.incarnation, seq: seq.seq };
    if (placed !== undefined) Object.assign(placed.by.last, { incarnation: placed.incarnation, seq: placed.seq });
    if (headerOf(record, controlHeader) === 'clock') {
      const clock = parseClock(record);
      const refused = clock === undefined ? 'not a clock record' : refusal(clock, stream);
      if (clock === undefined || refused !== undefined) {
        this.push(stream, record, { at: stream.tailAt, ...place }, refused);
        return;
      }
      const at = clock.clock === 'driven' ? clock.at : stream.tailAt;
      if (stream.tailClock === 'unset') {
        stream.date(clock.clock === 'driven' ? at : undefined, this.now() + aheadMs);
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
      (seq !== undefined && by === undefined) || stream.tailClock === 'live',
      seq?.at,
      placed,
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
    placed?: RecordItem['placed'],
  ): void {
    const { key } = record;
    const bad = refused ?? unusable(key);
    const read = dated && named === undefined && bad === undefined ? this.read(record) : undefined;
    const said = dated ? (named ?? Date.parse((read?.data as { at?: string } | undefined)?.at ?? '')) : NaN;
    // Live, an outsider's clock that is ahead makes nobody older.
    const own = this.input.kind === 'source' && stream.tailClock === 'live' ? Math.min(said, this.now() + aheadMs) : said;
    stream.push({
      kind: 'record',
      at: own > place.at ? own : place.at,
      input: this.index,
      stream,
      incarnation: place.incarnation,
      seq: place.seq,
      offset: record.offset,
      key: key ?? '',
      bytes: this.shareBytes,
      raw: record,
      reader: this,
      placed,
      read,
      bad,
    });
    this.records++;
    this.bytes += this.shareBytes;
  }

  /** Never throws: a schema's own checks and `dedupe` are code that may. */
  read(record: LogRecord): Read {
    const text = textOf(record);
    if (text === null) return { bad: 'a tombstone: value is null' };
    let json: unknown;
    try {
      json = parsed(text);
    } catch (error) {
      return { bad: `not JSON: ${reasonOf(error)}` };
    }
    const { name } = this.contract;
    try {
      const read = this.fitted(json);
      return 'bad' in read ? { ...sourceOf(json), ...read, bad: `not ${name}: ${cut(read.bad, 500)}` } : read;
    } catch (error) {
      return { ...sourceOf(json), bad: `reading it as ${name} threw: ${traceOf(error)}` };
    }
  }

  private fitted(json: unknown): Read & ({ readonly bad: string } | { readonly data: unknown }) {
    const { schema } = this.contract;
    const result = surelyFits(schema, json) ? { success: true as const, data: json } : schema.safeParse(json);
    if (!result.success) return { bad: result.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; ') };
    const data = result.data as { at?: unknown; id?: string; source?: unknown };
    if (typeof data.at === 'string' && !surelyInstant.test(data.at) && Number.isNaN(Date.parse(data.at)))
      return { bad: `at: ${data.at} is no instant` };
    const { dedupe } = this.input;
    if (dedupe === undefined) return { data, id: data.id ?? '', ...sourceOf(data) };
    return { data, id: data.id ?? '', hash: this.hash(dedupe(data)), salvaged: this.salvaged(data), ...sourceOf(data) };
  }

  private salvaged(data: object): Read['salvaged'] {
    const { dedupe, salvage } = this.input;
    const part = salvage?.(data) as { readonly id?: string } | undefined;
    return part === undefined || dedupe === undefined
      ? undefined
      : { data: part, id: part.id ?? '', hash: this.hash(dedupe(part)) };
  }

  private hash(value: string): string {
    return hashOf(`${this.lane}/${this.contract.name}/${value}`);
  }
}

/** Where outsiders say that a record came from: dead letters are counted by it. */
function sourceOf(json: unknown): { source?: string } {
  const source = (json as { source?: unknown } | null | undefined)?.source;
  return typeof source === 'string' && source !== '' ? { source: cut(wellFormed(source), 60) } : {};
}

/** Origins of an input without time whose place is kept. */
const maxOrigins = 64;

/** How far ahead of ours the clock of a host may be whose records are dated by it, ms. */
const aheadMs = 5_000;

/** An item, besides the bytes that it was made of. */
const itemBytes = 200;
/** Most instants, at a quarter of the price of `Date.parse`; what it does not know may still be one. */
const surelyInstant = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/;

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
