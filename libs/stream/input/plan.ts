import type { InputBuffer } from './input-buffer.ts';
import { unplaced } from './input-buffer.ts';
import type { Leash } from './leash.ts';
import type { Clock } from '../model/runtime.types.ts';
import type { RecordItem, StreamBuffer } from './stream-buffer.ts';

/** What the task may take next, in order, and how far its time comes by that. Nothing is taken yet. */
export interface Plan {
  readonly items: RecordItem[];
  /** "Everything before this is among the items or was taken": the task's watermark once they are taken. */
  readonly bound: number;
  readonly clock: Clock;
  /** What the next record waits for: `input <topic> of <origin>`, or the rules. */
  readonly waitsFor: string | undefined;
  /** Inputs that the next record waits for: their buffers must not be held back. */
  readonly waitedInput: InputBuffer | undefined;
  /** With this, the task comes to where other rules are in force. */
  readonly reachesRules: boolean;
}

export interface PlanOptions {
  readonly limit: number;
  /** Wall clock, ms. */
  readonly now: number;
  /** Live: how long an input counts as caught up after its end was asked for, ms. */
  readonly caughtUpMs: number;
  /** Live: bytes of an input that may wait for one of its origins; then it is no longer waited for. */
  readonly waitingBytes: number;
  /** The task has a time with which to stamp what carries none. */
  readonly untimed: boolean;
  /** Other rules are in force from this instant of the task's time on: nothing from then is taken with what comes before. Epoch ms. */
  readonly rulesUntil: number;
  /** Live: until when it is known which rules are in force, epoch ms. */
  readonly rulesKnownUntil: number;
  /** Of a silent lane: how far the first one has come, and the lane's own watermark. */
  readonly leash?: { readonly first: Leash; readonly watermark: number } | undefined;
}

/** What is waited for where it is not known which rules are in force. */
const rulesWanted = 'rules';

/**
 * Merges the inputs by `at`; ties in the order of declaration, then origin, then place. Driven, a record waits for every stream
 * that might still bring something not later than it; live, only for inputs that are not known to be caught up, and
 * not without end.
 */
export function plan(inputs: readonly InputBuffer[], options: PlanOptions): Plan {
  const { limit, untimed } = options;
  const items: RecordItem[] = [];
  const { leash } = options;
  const timed = inputs.flatMap((input) => (input.timed ? timedStreams(input, leash?.first) : []));
  for (const view of timed) view.settle();

  if (untimed) takeUntimed(inputs, items, options);

  const until = Math.min(options.rulesUntil, clockOf(timed) === 'live' ? options.rulesKnownUntil : Infinity);
  let waitsFor: View | undefined;
  let waitsForRules = false;
  while (items.length < limit) {
    const next = earliest(timed);
    if (next === undefined) break;
    if ((next.head as RecordItem).at >= until) {
      waitsForRules = until < options.rulesUntil;
      break;
    }
    waitsFor = missing(timed, (next.head as RecordItem).at, options);
    if (waitsFor !== undefined) break;
    items.push(next.take());
  }
  for (const view of timed) view.settle();
  let bound = until;
  for (const view of timed) bound = Math.min(bound, view.bound());
  waitsFor ??= timed.find(({ head, clock, ended }) => head === undefined && (leash === undefined ? clock === 'unset' : !ended));
  return {
    items,
    bound: timed.length === 0 ? -Infinity : bound,
    clock: clockOf(timed),
    waitsFor: waitsForRules ? rulesWanted : waitsFor && nameOf(waitsFor),
    waitedInput: waitsFor?.input,
    reachesRules: timed.length > 0 && bound >= options.rulesUntil,
  };
}

const nameOf = ({ input, stream }: View): string =>
  `input ${input.contract.name}${stream.origin === unplaced ? '' : ` of ${stream.origin}`}`;

/** The stream whose head comes first. */
function earliest(views: readonly View[]): View | undefined {
  let first: View | undefined;
  let at = Infinity;
  for (const view of views) {
    const head = view.settle();
    if (head === undefined || !(first === undefined || head.at < at) || !view.dated) continue;
    first = view;
    at = head.at;
  }
  return first;
}

/**
 * A stream that might still bring something not later than this instant. Live, the backlog behind one that has fallen silent must not
 * fill the memory: what it brings later is taken at the task's time.
 */
function missing(views: readonly View[], at: number, { now, caughtUpMs, waitingBytes, leash }: PlanOptions): View | undefined {
  for (const view of views) {
    if (view.head !== undefined || view.watermark > at || view.ended) continue;
    const { input } = view;
    const live = clockOf(views) === 'live' && leash === undefined;
    if (!live || !(input.caughtUp(now, caughtUpMs) || input.bytes > waitingBytes)) return view;
  }
  return undefined;
}

/** Feedback and outsiders' hits are taken when they come, in the order of their offsets; an unplaceable record when nothing before it is left. */
function takeUntimed(inputs: readonly InputBuffer[], items: RecordItem[], { limit, leash }: PlanOptions): void {
  for (const input of inputs) {
    if (input.input.kind === 'source') continue;
    const streams = input.timed ? [input.stream(unplaced)] : [...input.streams.values()];
    const taken = streams.map(() => 0);
    while (items.length < limit) {
      let first = 0;
      const heads = streams.map((stream, n) => stream.at(taken[n] ?? 0));
      for (const [n, head] of heads.entries()) if ((head?.offset ?? Infinity) < (heads[first]?.offset ?? Infinity)) first = n;
      const item = heads[first];
      if (item?.kind !== 'record' || (input.timed && item.offset > firstPlaced(input))) break;
      if (leash?.first.allowsUntimed(input, item, leash.watermark) === false) break;
      items.push(item);
      taken[first] = (taken[first] ?? 0) + 1;
    }
  }
}

function firstPlaced(input: InputBuffer): number {
  let first = Infinity;
  for (const [origin, stream] of input.streams)
    if (origin !== unplaced) first = Math.min(first, stream.at(0)?.offset ?? Infinity);
  return first;
}

const timedStreams = (input: InputBuffer, leash: Leash | undefined): View[] =>
  [...input.streams.values()]
    .filter((stream) => (input.input.kind === 'source') === (stream.origin === unplaced))
    .map((stream) => new View(input, stream, leash));

/** Live when every stream is; unset while none has said anything. */
function clockOf(views: readonly View[]): Clock {
  let unset = true;
  let live = true;
  for (const { clock } of views) {
    if (clock !== 'unset') unset = false;
    if (clock !== 'live') live = false;
  }
  if (views.length === 0) return 'live';
  return unset ? 'unset' : live ? 'live' : 'driven';
}

/** A stream as it will be when what is planned has been taken. */
class View {
  private position = 0;
  head: RecordItem | undefined;
  /** Of this stream, nothing from before this instant will come: its watermark, or what was taken last, since it is sorted. */
  watermark: number;
  clock: Clock;
  /** Of a silent lane: nothing is left of what the first lane has taken. */
  ended = false;

  constructor(
    readonly input: InputBuffer,
    readonly stream: StreamBuffer,
    private readonly leash: Leash | undefined,
  ) {
    this.clock = stream.clock;
    this.watermark = Math.max(stream.watermark, this.sorted ? (stream.taken.at ?? -Infinity) : -Infinity);
  }

  /** Live, outsiders' clocks say nothing about what is still to come. */
  private get sorted(): boolean {
    return this.input.input.kind !== 'source' || this.clock === 'driven';
  }

  /** Nothing is taken from the source before its clock is set. */
  get dated(): boolean {
    return this.clock !== 'unset' || this.input.input.kind !== 'source';
  }

  /** Finds the head: passes the time records before it, and reads on where nothing is left. */
  settle(): RecordItem | undefined {
    while (this.head === undefined && !this.ended) {
      const item = this.stream.at(this.position);
      if (item === undefined) {
        if (this.input.readOn()) continue;
        this.ended = this.leash?.complete(this.input, this.stream) === true;
        break;
      }
      if (item.kind === 'record' && this.leash?.allows(this.input, item) === false) this.ended = true;
      else if (item.kind === 'time') {
        this.watermark = Math.max(this.watermark, item.at);
        this.clock = item.clock;
        this.position++;
      } else this.head = item;
    }
    return this.head;
  }

  take(): RecordItem {
    const item = this.head as RecordItem;
    if (this.sorted) this.watermark = Math.max(this.watermark, item.at);
    this.position++;
    this.head = undefined;
    return item;
  }

  /** Everything of this stream before this instant has been passed. */
  bound(): number {
    if (this.head !== undefined) return this.dated ? this.head.at : -Infinity;
    if (this.ended && this.leash !== undefined) return this.leash.watermark;
    const { input } = this;
    // The live source: whatever was on the log when its end was asked for has been passed.
    if (input.input.kind === 'source' && this.clock === 'live' && input.end >= 0 && input.fetched >= input.end) {
      return Math.max(this.watermark, input.askedAt);
    }
    return this.watermark;
  }
}
