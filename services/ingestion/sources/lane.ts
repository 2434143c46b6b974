import { createHash } from 'node:crypto';
import { isoInstant } from '#facts';
import type { SourceRule } from '#playbook';
import { failPoint, type LogRecord, type Logger, type Sql, type WorkerRecord, type WorkerSession } from '#stream';
import type { Beginning, Portion, TopicReader } from '#stream/runtime';
import { cursorAlarm, goneAlarm } from '../domain/sources/range.ts';
import {
  beginCursors,
  cursorsOf,
  moveCursors,
  resumeCursor,
  stopCursor,
  type Move,
  type SourceCursor,
  type SourceTopic,
} from './cursors.ts';
import { inTurns } from '../turns.ts';
import { NotYet } from './formats/index.ts';
import type { Taken, Taker } from './take.ts';

/** Bounds of a lane: records and bytes of one transaction, bytes of one fetch, ms that a fetch waits for a record. */
const most = { records: 500, bytes: 1_000_000, fetchBytes: 1_048_576, waitMs: 250 };

/** How often a lane looks for new partitions, for an operator's word on stopped ones, and again at a record that cannot be read yet, ms. */
const lookMs = 10_000;
const heedMs = 2_000;
const againMs = 1_000;

export interface LaneParts {
  readonly session: WorkerSession;
  readonly source: SourceRule;
  readonly topic: string;
  /** Which of the topic's partitions are this lane's. */
  readonly mine: (partition: number) => boolean;
  readonly reader: TopicReader;
  readonly taker: Taker;
  /** Whether the installation is live: while history is replayed nobody else may put events in. */
  readonly open: () => Promise<boolean>;
  readonly logger: Logger;
  /** Told where each partition of this lane stands. */
  readonly report: (partition: number, standing: { readonly lag: number; readonly stopped: boolean }) => void;
}

/** What one session of a source's worker reads of one topic: from cursor to cursor, each with what came of the records between. */
export class Lane {
  private cursors = new Map<number, SourceCursor>();
  private cluster = '';
  /** The topic's partitions when they were last looked at. */
  private there: ReadonlySet<number> = new Set();
  private lookedAt = -Infinity;
  private heededAt = -Infinity;
  /** Partitions that wait before a record which cannot be read yet: until when, and why. */
  private readonly held = new Map<number, { readonly until: number; readonly reason: string }>();
  private readonly place: SourceTopic;

  constructor(private readonly parts: LaneParts) {
    this.place = { source: parts.source.name, topic: parts.topic };
  }

  /** What a partition of it waits for, while the others are read. */
  get waitsFor(): string | undefined {
    const [first] = this.held;
    return first === undefined ? undefined : `partition ${String(first[0])}: ${first[1].reason}`;
  }

  /** One round: looks after its partitions where it is time to, fetches and takes. Rejects while broker, database or registry are away. */
  async turn(): Promise<void> {
    const { open, reader, session } = this.parts;
    if (!(await open())) return pause(1_000, session.signal);
    const now = performance.now();
    if (now - this.lookedAt > lookMs) {
      await this.look();
      this.lookedAt = now;
    } else if (now - this.heededAt > heedMs && [...this.cursors.values()].some(({ stopped }) => stopped !== undefined)) {
      this.heededAt = now;
      await this.heed();
    }
    const running = [...this.cursors.values()].filter(
      ({ partition, stopped }) => stopped === undefined && (this.held.get(partition)?.until ?? now) <= now,
    );
    if (running.length === 0) return pause(this.held.size > 0 ? againMs / 2 : 1_000, session.signal);
    const portions = await reader.fetch(new Map(running.map(({ partition, next }) => [partition, next])), {
      waitMs: most.waitMs,
      bytes: most.fetchBytes,
    });
    failPoint('after-source-fetch');
    await this.take(portions);
  }

  /** Which partitions there are, and where this lane stands in its own. */
  private async look(): Promise<void> {
    const { reader, session, mine } = this.parts;
    this.cluster = await reader.cluster();
    const all = await reader.partitions();
    let cursors = await session.unchecked((sql) => cursorsOf(sql, this.place));
    if (all.some((partition) => !cursors.has(partition))) {
      await this.begin(all, cursors);
      cursors = await session.unchecked((sql) => cursorsOf(sql, this.place));
    }
    const own = all.filter(mine);
    const known = this.cursors;
    this.there = new Set(all);
    const gone = [...cursors.values()].filter(({ partition, next }) => mine(partition) && !this.there.has(partition) && next > 0);
    this.cursors = new Map([...own.flatMap((partition) => asEntry(cursors.get(partition))), ...gone.flatMap(asEntry)]);
    for (const cursor of this.cursors.values()) this.standing(cursor);
    for (const { partition, next, stopped } of gone)
      if (stopped === undefined) await this.stop(partition, goneAlarm({ ...this.place, partition, next }));
    await this.check(own.filter((partition) => !known.has(partition)));
  }

  /** A topic that was never read begins where the playbook says; a partition that it gets later, at its first record. */
  private async begin(all: readonly number[], cursors: ReadonlyMap<number, SourceCursor>): Promise<void> {
    const { reader, session, source } = this.parts;
    const missing = all.filter((partition) => !cursors.has(partition));
    const begin = await reader.offsets(missing, cursors.size === 0 ? beginningOf(source.from) : 'earliest');
    await session.transaction(async (sql) => {
      await beginCursors(sql, this.place, this.cluster, begin);
      return { result: undefined };
    });
    failPoint('after-source-begin');
  }

  /** Stops each of these partitions whose log does not reach its cursor. */
  private async check(partitions: readonly number[]): Promise<void> {
    const { reader } = this.parts;
    const own = partitions
      .flatMap((partition) => this.cursors.get(partition) ?? [])
      .filter(({ stopped }) => stopped === undefined);
    if (own.length === 0) return;
    const numbers = own.map(({ partition }) => partition);
    const [starts, ends] = await Promise.all([reader.offsets(numbers, 'earliest'), reader.offsets(numbers, 'latest')]);
    for (const cursor of own) {
      const { partition, next, cluster } = cursor;
      const [start, end] = [starts.get(partition) ?? 0, ends.get(partition) ?? 0];
      const same = next > start && next <= end ? await this.sameBefore(cursor) : undefined;
      const alarm = cursorAlarm({ ...this.place, partition, next, start, end, cluster, clusterNow: this.cluster, same });
      if (alarm !== undefined) await this.stop(partition, alarm);
    }
  }

  private async sameBefore({ partition, next, witness }: SourceCursor): Promise<boolean | undefined> {
    if (witness === undefined) return undefined;
    const portion = (await this.parts.reader.fetch(new Map([[partition, next - 1]]), { waitMs: 0, bytes: 1 })).get(partition);
    if (portion?.is !== 'records') return undefined;
    // Compaction may have taken it away.
    const before = portion.records.find(({ offset }) => offset === next - 1);
    return before === undefined ? undefined : witnessOf(before) === witness;
  }

  private async stop(partition: number, alarm: string): Promise<void> {
    this.held.delete(partition);
    const { session, logger } = this.parts;
    logger.error({ ...this.place, partition, alarm }, 'A source has stopped; see `hito source lag`');
    await session.transaction(async (sql) => {
      await stopCursor(sql, this.place, partition, alarm);
      return { result: undefined };
    });
    const cursor = this.cursors.get(partition);
    if (cursor === undefined) return;
    this.cursors.set(partition, { ...cursor, stopped: alarm });
    this.standing({ ...cursor, stopped: alarm });
  }

  /** An operator's word on partitions that are stopped. */
  private async heed(): Promise<void> {
    const { reader, session } = this.parts;
    const cursors = await session.unchecked((sql) => cursorsOf(sql, this.place));
    for (const partition of this.cursors.keys()) {
      const cursor = cursors.get(partition);
      if (cursor?.stopped === undefined || cursor.resume === undefined) continue;
      const { resume } = cursor;
      const next = !this.there.has(partition)
        ? 0
        : /^\d+$/.test(resume)
          ? Number(resume)
          : ((await reader.offsets([partition], resume === 'latest' ? 'latest' : 'earliest')).get(partition) ?? 0);
      await session.transaction(async (sql) => {
        await resumeCursor(sql, this.place, cursor, next, this.cluster);
        return { result: undefined };
      });
      this.lookedAt = -Infinity;
      this.cursors.delete(partition);
    }
  }

  /** Takes what was fetched, a bounded piece in a transaction. */
  private async take(portions: ReadonlyMap<number, Portion>): Promise<void> {
    let piece = new Piece();
    const lost: number[] = [];
    const away = [...portions.values()].flatMap((portion) => (portion.is === 'away' ? [portion.reason] : []));
    if (away.length === portions.size) throw new Error(away[0] ?? 'no partition has a leader');
    for (const [partition, portion] of portions) {
      if (portion.is === 'lost') lost.push(partition);
      if (portion.is === 'unreadable')
        await this.stop(partition, `${this.parts.topic} partition ${String(partition)}: ${portion.reason}`);
      if (portion.is !== 'records') continue;
      let held: string | undefined;
      for await (const [record] of inTurns(portion.records)) {
        const cursor = this.cursors.get(partition);
        if (cursor === undefined) break;
        held = await piece.add(record, cursor, this.parts);
        if (held !== undefined) break;
        if (piece.full) {
          await this.commit(piece);
          piece = new Piece();
        }
      }
      const cursor = this.cursors.get(partition);
      if (held === undefined) this.held.delete(partition);
      else this.hold(partition, held);
      if (cursor === undefined || held !== undefined) continue;
      piece.passed(partition, portion.next, cursor);
      this.standing(cursor, portion.end - portion.next);
    }
    await this.commit(piece);
    await this.check(lost);
  }

  private hold(partition: number, reason: string): void {
    if (!this.held.has(partition)) this.parts.logger.warn({ ...this.place, partition, reason }, 'A partition of a source waits');
    this.held.set(partition, { until: performance.now() + againMs, reason });
  }

  private async commit(piece: Piece): Promise<void> {
    if (piece.moves.size === 0) return;
    const { records, tally, moves } = piece;
    await this.parts.session.transaction(async (sql: Sql) => {
      await moveCursors(sql, this.place, moves);
      failPoint('in-source-commit');
      return { result: undefined, records, tally };
    });
    for (const [partition, { next, witness }] of moves) {
      const cursor = this.cursors.get(partition);
      if (cursor !== undefined) this.cursors.set(partition, { ...cursor, next, witness: witness ?? cursor.witness });
    }
  }

  private standing({ partition, stopped }: SourceCursor, lag?: number): void {
    this.parts.report(partition, { lag: lag ?? 0, stopped: stopped !== undefined });
  }
}

/** What one transaction takes. */
class Piece {
  readonly records: WorkerRecord[] = [];
  readonly tally: Record<string, number> = {};
  readonly moves = new Map<number, Move>();
  private taken = 0;
  private bytes = 0;

  get full(): boolean {
    return this.taken >= most.records || this.bytes >= most.bytes;
  }

  /** Takes a record, or tells why it cannot be read yet. */
  async add(
    record: LogRecord,
    { partition, generation }: SourceCursor,
    { taker, topic }: LaneParts,
  ): Promise<string | undefined> {
    let taken: Taken;
    try {
      taken = await taker.take(record, { topic, partition, generation }, Date.now());
    } catch (error) {
      if (error instanceof NotYet) return error.message;
      throw error;
    }
    const { out, tally } = taken;
    this.records.push(...out);
    for (const name of tally) this.tally[name] = (this.tally[name] ?? 0) + 1;
    this.taken += 1;
    this.bytes += record.value?.length ?? 0;
    this.moves.set(partition, { next: record.offset + 1, witness: witnessOf(record) });
    return undefined;
  }

  /** Offsets without records are passed too. */
  passed(partition: number, next: number, cursor: SourceCursor): void {
    const move = this.moves.get(partition);
    if (next > (move?.next ?? cursor.next)) this.moves.set(partition, { next, witness: null });
  }
}

/** A record in a few characters: another record at its place has others. */
const witnessOf = ({ key, value, timestamp }: LogRecord): string =>
  createHash('sha256')
    .update(`${String(timestamp)} ${String(key?.length ?? -1)} ${key ?? ''}`)
    .update(value ?? '-')
    .digest()
    .toString('hex', 0, 8);

const beginningOf = (from: string): Beginning => (from === 'earliest' || from === 'latest' ? from : isoInstant(from));
const asEntry = (cursor: SourceCursor | undefined): [number, SourceCursor][] =>
  cursor === undefined ? [] : [[cursor.partition, cursor]];

/** Waits, or until the session ends. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
