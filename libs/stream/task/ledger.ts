import type { Cause } from '#contracts';
import { Agenda, type Wake } from './agenda.ts';
import { counters, reasonOf, timerOf, traceOf } from '../model/author.ts';
import type { Refused } from '../output/dead-letter.ts';
import { Emissions, Refusal } from './emissions.ts';
import type { FoldInput, FoldResult } from './fold.types.ts';
import { changeOf, printedState } from './listed.ts';
import type { Encoded, Output } from '../output/output.ts';
import { stateBound, type Decision, type Message } from '../model/processor.ts';
import type { StoredState } from '../model/store.ts';
import type { Tracks } from './tracks.ts';

interface Json {
  readonly text: string;
  readonly bytes: number;
}

/** One person's state during a transaction. */
export interface Entry {
  readonly key: string;
  readonly loaded: StoredState | undefined;
  state: unknown;
  /** Of the state, once `timed`: before that it is only known to come after everything that is folded. */
  wake: number | undefined;
  timed: boolean;
  parked: boolean;
  /** The state as JSON, where it was decided here. */
  json: Json | undefined;
  /** Its state cannot be read: nothing is decided about it. */
  readonly unreadable: string | undefined;
}

/** What the messages of a transaction make of states: the only place that calls `decide`. */
export class Ledger {
  readonly agenda: Agenda;
  /** Of whom messages threw since the last success, and whether there was any success. */
  readonly threw = new Set<string>();
  lastError: Error | undefined;
  anySuccess = false;
  private readonly entries = new Map<string, Entry>();
  private readonly emissions: Emissions;

  /** `latest`: no item, and no wake that may be due, is later. `failed` is told of wakes that come to nothing. */
  constructor(
    private readonly input: FoldInput,
    private readonly output: Output,
    private readonly tracks: Tracks,
    private readonly latest: number,
    private readonly failed: (wake: Wake, refused: Refused) => void,
  ) {
    this.agenda = new Agenda((key) => this.entries.get(key));
    this.emissions = new Emissions(input, tracks);
  }

  of(key: string): Entry {
    return this.entries.get(key) as Entry;
  }

  /** The person's entry; made of what is stored where it is the first of theirs. */
  entry(key: string, loaded: StoredState | undefined): Entry {
    const known = this.entries.get(key);
    if (known !== undefined) return known;
    const unreadable = loaded?.unreadable;
    const entry: Entry = {
      // One text for each person, not one more with every record.
      key: loaded?.key ?? key,
      loaded,
      state: loaded?.state,
      wake: undefined,
      timed: false,
      parked: false,
      json: undefined,
      unreadable,
    };
    this.entries.set(key, entry);
    const { retiming = false } = this.input;
    // The column is never later than the timer, unless other rules have set it.
    if (!retiming && loaded !== undefined && loaded.wakeAt !== null && loaded.wakeAt >= this.latest) return entry;
    const parked = !retiming && loaded !== undefined && loaded.wakeAt === null;
    const wake = { instant: loaded?.wakeAt ?? 0, key };
    if (unreadable !== undefined) {
      entry.parked = true;
      if (!parked) this.failed(wake, this.unread(key, unreadable));
      return entry;
    }
    try {
      this.time(entry);
    } catch (error) {
      // The rules or the code are others than those under which it was saved.
      entry.parked = true;
      this.threw.add(key);
      this.lastError = error as Error;
      if (!parked) this.failed(wake, { kind: 'bug', reason: `wakeAt threw: ${reasonOf(error)}` });
    }
    entry.parked ||= parked && entry.wake !== undefined;
    return entry;
  }

  /** The person has sent something: a timer that was parked is tried again. */
  unpark(entry: Entry): void {
    if (!entry.parked) return;
    entry.parked = false;
    try {
      this.time(entry);
    } catch {
      // Still as it was when it was parked; what is decided now may put it right.
      entry.wake = undefined;
    }
  }

  /** Counts as a throw: where no state can be read any more, the task has to stop. */
  unread(key: string, why: string): Refused {
    this.threw.add(key);
    this.lastError = new Error(why);
    return { kind: 'unreadable', reason: `the person's state cannot be read: ${why}` };
  }

  /** Undefined when decided; else why not: then nothing of it is kept. `time`: the task's, epoch ms. */
  decide(entry: Entry, message: Message, by: { cause: Cause; time: number; trace?: string | undefined }): Refused | undefined {
    const { processor, rules } = this.input;
    let out: Encoded;
    let moves: readonly (readonly [string, number])[];
    let effects: readonly unknown[];
    const traced = this.tracks.traced.length;
    try {
      const decision = processor.decide(entry.state, message, rules) as Decision<unknown, unknown>;
      if (decision.deadLetter !== undefined) return { kind: 'refused', reason: decision.deadLetter };
      out = this.emissions.encode(decision.emit, { key: message.key, cause: by.cause, time: by.time, trace: by.trace });
      moves = decision.tally === undefined ? none : Object.entries(counters(decision.tally));
      effects = decision.effects === undefined ? none : [...decision.effects];
      const { state, json } = entry;
      const changed = state !== decision.state;
      try {
        if (changed) this.become(entry, decision.state);
        if (message.kind === 'wake' || changed || (entry.timed && entry.wake === undefined)) this.time(entry);
      } catch (error) {
        entry.state = state;
        entry.json = json;
        throw error;
      }
    } catch (error) {
      this.tracks.traced.length = traced;
      if (error instanceof Refusal) return { kind: 'refused', reason: error.message };
      this.threw.add(entry.key);
      this.lastError = error instanceof Error ? error : new Error(String(error));
      return { kind: 'bug', reason: `${processor.name} threw: ${traceOf(error)}` };
    }
    this.threw.clear();
    this.anySuccess = true;
    this.output.add(out);
    for (const [name, by_] of moves) this.output.tally(name, by_);
    for (const effect of effects) this.output.effects.push(effect);
    return undefined;
  }

  /** The rows that are others now. */
  result(): Pick<FoldResult, 'states' | 'parked' | 'largest'> {
    const states: FoldResult['states'] = [];
    const parked: StoredState[] = [];
    let largest = 0;
    const { processor } = this.input;
    for (const entry of this.entries.values()) {
      const { key, loaded, unreadable, state } = entry;
      if (unreadable !== undefined && loaded !== undefined) {
        if (entry.parked && loaded.wakeAt !== null) parked.push({ ...loaded, wakeAt: null });
        continue;
      }
      const wakeAt = this.columnOf(entry);
      if (wakeAt === undefined) continue;
      const { version } = processor;
      if (state === undefined) {
        const { change } = changeOf(processor, loaded?.rows, undefined);
        states.push({ key, wakeAt, version, bytes: 0, state: null, ...(change !== undefined && { change }) });
        continue;
      }
      const { text, bytes } = entry.json ?? printedState(processor, state as object);
      largest = Math.max(largest, bytes);
      states.push({ key, wakeAt, version, bytes, state, text, ...changeOf(processor, loaded?.rows, state as object) });
    }
    return { states, parked, largest };
  }

  /** Asks when the state's timer fires. */
  private time(entry: Entry): void {
    const { processor, rules } = this.input;
    entry.wake = entry.state === undefined ? undefined : timerOf(processor, entry.state, rules);
    entry.timed = true;
    if (entry.wake !== undefined && !(entry.parked || entry.wake >= this.input.bound))
      this.agenda.put({ instant: entry.wake, key: entry.key });
  }

  /** Throws where a state may not follow: it is no JSON, or larger than allowed and larger than the one before. */
  private become(entry: Entry, state: unknown): void {
    const before = entry.state;
    const { processor } = this.input;
    const json = state === undefined ? undefined : printedState(processor, state as object);
    // What is remembered is what is stored.
    entry.state = json?.clean ?? state;
    if (json === undefined) entry.json = undefined;
    else {
      const most = stateBound(processor);
      const { text, bytes } = json;
      const was = (): number => entry.json?.bytes ?? (before === undefined ? 0 : printedState(processor, before as object).bytes);
      if (bytes > most && bytes > was())
        throw new Refusal(`the state of ${processor.name} would have ${String(bytes)} bytes; at most ${String(most)}`);
      entry.json = { text, bytes };
    }
  }

  /** The column of an entry that is to be written; undefined where it is not. */
  private columnOf({ loaded, state, wake, timed, parked }: Entry): number | null | undefined {
    if (!timed && loaded !== undefined && state === loaded.state && !parked) return undefined;
    const column = loaded?.wakeAt ?? null;
    const real = parked ? null : (wake ?? null);
    // If the column is too early, it stays so (lazy), but one that is due would be found again and again.
    const wakeAt =
      parked || column === null || column < this.input.bound ? real : real === null ? column : Math.min(column, real);
    return (loaded === undefined ? state !== undefined : state !== loaded.state || wakeAt !== column) ? wakeAt : undefined;
  }
}

const none: readonly never[] = [];
