import { topicOf } from '#contracts';
import { InputBuffer } from '../input/input-buffer.ts';
import type { Fetched } from '../model/log.ts';
import type { Plan } from '../input/plan.ts';
import { beginning } from '../input/range-alarm.ts';
import type { Cursor, TaskRow } from '../model/store.ts';
import type { StreamBuffer } from '../input/stream-buffer.ts';
import type { TaskContext } from './task-context.ts';

/** How long fetches may begin behind what is expected (a seek is on its way) before log and cursor are compared, ms. */
const gapMs = 5_000;

/** What the broker says of the inputs, by topic and partition: offsets. */
export interface Reach {
  readonly starts: ReadonlyMap<string, number[]>;
  readonly ends: ReadonlyMap<string, number[]>;
  /** The first offsets that were written well after the task last committed. */
  readonly later: ReadonlyMap<string, number[]>;
  /** Where inputs begin whose cursor the log does not reach any more, once an operator has accepted that. */
  readonly since: ReadonlyMap<string, number[]>;
}

type End = Pick<InputBuffer, 'end' | 'askedAt'>;

/** The inputs of one ownership: what is fetched of them and not taken yet, and where they stand. */
export class Intake {
  inputs: readonly InputBuffer[] = [];
  /** The input that the next record waits for: its buffer must not be held back. */
  waited: InputBuffer | undefined;
  /** Log and cursor do not seem to fit each other any more: to be looked at anew. */
  doubt: string | undefined;
  private reach: Reach = { starts: new Map(), ends: new Map(), later: new Map(), since: new Map() };
  private stored: ReadonlyMap<string, { readonly text: string; readonly nextOffset: number }> = new Map();
  private notedAt = -Infinity;

  constructor(
    private readonly context: TaskContext,
    private readonly row: Pick<TaskRow, 'cursors' | 'confirmed'>,
  ) {}

  /** Nothing is fetched any more. */
  rest(): void {
    const { processor, partition, prefix, subscription } = this.context;
    for (const { contract } of processor.inputs) subscription.pause(topicOf(prefix, contract), partition);
  }

  /** Begins to read at the cursors of the row. */
  open(reach: Reach): void {
    this.reach = reach;
    this.stored = new Map(this.row.cursors.map((cursor) => [cursor.topic, storedAs(cursor)]));
    this.inputs = this.buffers(this.row.cursors, (topic) => ({ end: this.at(reach.ends, topic) ?? -1, askedAt: -Infinity }));
    this.seek();
    this.context.askEnds();
  }

  close(): void {
    this.inputs = [];
    this.waited = undefined;
  }

  /** Back to what is committed: what was taken since is read once more. */
  rewind(): void {
    const before = new Map(this.inputs.map((input) => [this.topicOf(input), input]));
    const cursors = [...this.stored.values()].map(({ text }) => JSON.parse(text) as Cursor);
    this.waited = undefined;
    this.inputs = this.buffers(cursors, (topic) => before.get(topic) ?? { end: -1, askedAt: -Infinity });
    this.seek();
  }

  /** Takes a fetch in; true where there may be something to do. */
  records(topic: string, fetched: Fetched, fetchedFrom: number, end: number): boolean {
    const input = this.inputOf(topic);
    if (input === undefined) return false;
    const { subscription, partition, tuning: limits } = this.context;
    const now = this.context.now();
    if (!input.accept(fetched, fetchedFrom)) {
      input.gapSince ??= now;
      if (now - input.gapSince <= gapMs) subscription.seek(topic, partition, input.fetched);
      else this.doubt = `${topic} is read from ${String(fetchedFrom)} on, not from ${String(input.fetched)}`;
      return this.doubt !== undefined;
    }
    input.gapSince = undefined;
    input.fetchedAt = now;
    if (end > input.end) input.end = end;
    const full = input.records > limits.bufferRecords || input.bytes > limits.bufferBytes;
    if (!input.paused && full && input !== this.waited) {
      input.paused = true;
      subscription.pause(topic, partition);
    }
    return true;
  }

  /** The broker's answer about where an input ends; `askedAt` is the moment before the question was sent. */
  ends(topic: string, end: number, askedAt: number): boolean {
    const input = this.inputOf(topic);
    if (input === undefined) return false;
    // What was fetched since the question may lie behind its answer.
    if (end < input.nextOffset() && input.fetchedAt < askedAt)
      this.doubt = `${topic} ends at ${String(end)}, before ${String(input.nextOffset())}`;
    input.end = end;
    input.askedAt = askedAt;
    return input.input.kind === 'source' || this.waited !== undefined || this.doubt !== undefined;
  }

  /** Fetches on where there is room again, and whatever is waited for. */
  unpause(): void {
    const { tuning: limits, partition, subscription } = this.context;
    for (const input of this.inputs) {
      if (!input.paused) continue;
      const full = input.records > limits.bufferRecords / 2 || input.bytes > limits.bufferBytes / 2;
      if (input !== this.waited && full) continue;
      input.paused = false;
      subscription.resume(this.topicOf(input), partition);
    }
  }

  /** The first items of the plan are taken. */
  drop({ items }: Plan, taken: number): void {
    const counts = new Map<StreamBuffer, number>();
    for (const item of items.slice(0, taken)) {
      counts.set(item.stream, (counts.get(item.stream) ?? 0) + 1);
      const input = this.inputs[item.input] as InputBuffer;
      input.records--;
      input.bytes -= item.bytes;
    }
    for (const input of this.inputs) for (const stream of input.streams.values()) stream.drop(counts.get(stream) ?? 0);
    items.length = 0;
  }

  /** The instant of the first record that carries time: they come in its order. */
  oldestOf({ items }: Plan): number | undefined {
    return items.find(({ input }) => this.inputs[input]?.timed === true)?.at;
  }

  /** Records that are not taken yet; 0 while an end is not known. */
  get lag(): number {
    if (this.inputs.some(({ end }) => end < 0)) return 0;
    return this.inputs.reduce((sum, input) => sum + Math.max(0, input.end - input.nextOffset()), 0);
  }

  /** The cursors that are others than those in the database. */
  moved(): Cursor[] {
    return this.inputs
      .map((input) => input.cursor())
      .filter((cursor) => JSON.stringify(cursor) !== this.stored.get(cursor.topic)?.text);
  }

  /** These stand in the database now. */
  committed(cursors: readonly Cursor[]): void {
    if (cursors.length > 0) this.stored = new Map([...this.stored, ...cursors.map((c) => [c.topic, storedAs(c)] as const)]);
  }

  /** An input has not been read up to these offsets yet, by the contract's name. */
  behind(offsets: ReadonlyMap<string, number>): boolean {
    return this.inputs.some((input) => input.nextOffset() < (offsets.get(input.contract.name) ?? 0));
  }

  /** The group's offsets are told every five seconds; only lag tools read them. */
  noteOffsets(): void {
    if (this.context.now() - this.notedAt <= 5_000) return;
    this.commitOffsets().catch((error: unknown) => {
      this.context.logger.debug({ error: String(error) }, 'offsets were not noted; only lag tools read them');
    });
  }

  /** Never more than the database holds: a group that is ahead of it is the sign of a database that went back. */
  async commitOffsets(): Promise<void> {
    const { partition, subscription, now } = this.context;
    this.notedAt = now();
    await subscription.commit(
      this.inputs.flatMap((input) => {
        const stored = this.stored.get(input.contract.name);
        return stored === undefined ? [] : [{ topic: this.topicOf(input), partition, offset: stored.nextOffset }];
      }),
    );
  }

  private topicOf({ contract }: InputBuffer): string {
    return topicOf(this.context.prefix, contract);
  }

  private inputOf(topic: string): InputBuffer | undefined {
    return this.inputs.find((input) => this.topicOf(input) === topic);
  }

  private at(offsets: ReadonlyMap<string, number[]>, topic: string): number | undefined {
    return offsets.get(topic)?.[this.context.partition];
  }

  private seek(): void {
    const { partition, subscription } = this.context;
    for (const input of this.inputs) {
      subscription.seek(this.topicOf(input), partition, input.fetched);
      subscription.resume(this.topicOf(input), partition);
    }
  }

  /** What is read from the cursors on; `known`: what the broker has said of a topic's end. */
  private buffers(cursors: readonly Cursor[], known: (topic: string) => End): InputBuffer[] {
    const { processor, lane, partition, partitions, now, prefix } = this.context;
    return processor.inputs.map((input, index) => {
      const { writer } = input.contract;
      const every = Array.from({ length: partitions }, (_, p) => p);
      const ordered = input.kind === 'ordered' ? writer : undefined;
      const origins = [
        ...(ordered === undefined ? [] : (ordered.rekeyed ? every : [partition]).map((p) => `${ordered.processor}/${String(p)}`)),
        ...(input.placedBy ?? []).flatMap((name) => every.map((p) => `${name}/${String(p)}`)),
      ];
      const topic = topicOf(prefix, input.contract);
      const start = this.at(this.reach.starts, topic) ?? -1;
      const cursor = cursors.find((c) => c.topic === input.contract.name);
      const buffer = new InputBuffer(index, input, partition, origins, cursor, start, lane, now);
      ({ end: buffer.end, askedAt: buffer.askedAt } = known(topic));
      buffer.fetchedAt = now();
      // An operator has accepted what the alarm told.
      if (this.row.confirmed)
        buffer.begin(
          beginning({
            cursor: buffer.fetched,
            start,
            end: buffer.end,
            since: this.at(this.reach.since, topic) ?? start,
            later: this.at(this.reach.later, topic) ?? -1,
          }),
        );
      return buffer;
    });
  }
}

const storedAs = (cursor: Cursor) => ({ text: JSON.stringify(cursor), nextOffset: cursor.nextOffset });
