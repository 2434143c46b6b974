import { derivedId, namespace, topicOf, type Cause, type Contract } from '#contracts';
import { wellFormed } from '#facts';
import { counters, reasonOf, timerOf, traceOf } from './author.ts';
import { deadLetter, type Condemned, type Refused } from './dead-letter.ts';
import { textBytes } from './bytes.ts';
import { Heap } from './heap.ts';
import { iso } from './iso.ts';
import { printed } from './json.ts';
import { unusable } from './key.ts';
import { headerOf, type OutRecord } from './log.ts';
import { partitionOf } from './partition.ts';
import { stateBound, type AnyProcessor, type Decision, type Emission, type Message } from './processor.ts';
import type { StoredState } from './store.ts';
import type { RecordItem } from './stream-buffer.ts';
import { placeBelow, placeIn, placeText, traceHeader, type Span, type TracePlace } from './trace.ts';

/** Emissions of one `decide`; the rest belongs into a wake. */
const maxEmissions = 1_000;
/** Wakes of one transaction. */
const maxWakes = 5_000;
/** Bytes of one record's value: the broker's default limit less room for key and headers. */
export const maxValueBytes = 1_000_000;
/** Bytes of the values that one decide emits together. */
const maxEmitted = 8_000_000;
/** Bytes of the values of one transaction: what comes after them waits for the next. */
const maxOut = 8_000_000;

export interface FoldInput {
  readonly processor: AnyProcessor;
  readonly rules: unknown;
  readonly prefix: string;
  readonly partition: number;
  readonly partitions: number;
  readonly items: readonly RecordItem[];
  /** Those of the items, in their order, upgraded; nothing where there is none. */
  readonly states: readonly (StoredState | null | undefined)[];
  /** In order of (wake_at, key), upgraded; `more` when there are others that are due. */
  readonly due: readonly StoredState[];
  readonly more: boolean;
  /** The watermark once all items are taken: wakes before it are due. */
  readonly bound: number;
  readonly driven: boolean;
  /** The task's time so far. */
  readonly time: number;
  /** Hashes of outsiders' records that are known. */
  readonly seen: ReadonlySet<string>;
  /** An item or wake (`wake <key> <instant>`) that is not tried but dead-lettered. */
  readonly condemned?: Condemned | undefined;
  /** Records that an operator wants left out, by name, each with the reason. */
  readonly skips?: ReadonlyMap<string, string> | undefined;
  /** Messages to be taken at most: one in careful mode, few while a culprit is looked for. */
  readonly most?: number | undefined;
  /** Traces that records belong to are followed. */
  readonly traced?: boolean | undefined;
  /** Checks every emission against its contract (tests). */
  readonly strict?: boolean | undefined;
}

/** What was done as part of a trace, before it is known when it ended. */
export type Traced = Omit<Span, 'startedAt' | 'endedAt'>;

export interface FoldResult {
  /** How many of the items were taken, from the front. */
  readonly taken: number;
  /** Everything before this has been emitted. */
  readonly watermark: number;
  readonly time: number;
  /** Those that are others now; `state` null: there is none any more, else `text` is its JSON. */
  readonly states: (StoredState & { readonly state: object | null; readonly text?: string })[];
  /** States that cannot be read and whose timer was due: it is taken out. */
  readonly parked: StoredState[];
  /** Bytes of the largest state among them. */
  readonly largest: number;
  /** Messages taken: records and wakes; and whether what was planned or due was left for the next transaction. */
  readonly messages: number;
  readonly cutShort: boolean;
  /** The condemned message was among them. */
  readonly convicted: boolean;
  readonly out: Out[];
  readonly tallies: Record<string, number>;
  readonly effects: unknown[];
  readonly seen: string[];
  readonly deadLetters: number;
  readonly duplicates: number;
  /** Of whom messages threw since the last success, and whether there was any success. */
  readonly threw: ReadonlySet<string>;
  readonly anySuccess: boolean;
  readonly lastError: Error | undefined;
  readonly traced: readonly Traced[];
}

/** To be published; one with an `at` (epoch ms) gets a place of our own in its topic (dead letters keep the headers they came with). */
export interface Out extends OutRecord {
  readonly at?: number | undefined;
}

/** The name of an item or wake in careful mode. */
export const itemName = ({ reader, offset }: RecordItem): string => `${reader.topic}@${String(offset)}`;
const wakeName = ({ key, instant }: { key: string; instant: number }): string => `wake ${key} ${String(instant)}`;

/** Emissions as records, and the bytes of their values. */
interface Encoded {
  readonly records: readonly Out[];
  readonly bytes: number;
}

interface Json {
  readonly text: string;
  readonly bytes: number;
}

interface Entry {
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

/**
 * Folds records and due wakes into states and emissions: driven, in one order by instant (a record before a wake of its instant, wakes of
 * one instant by key); live, the due portion first, and each person's due wakes before their next record. A message on which
 * `decide` throws leaves no trace but its dead letter.
 */
export function fold(input: FoldInput): FoldResult {
  return new Fold(input).run();
}

/** The name of the message that `fold` would take first; nothing is decided. */
export const firstMessage = (input: FoldInput): string | undefined => new Fold(input).first();

class Fold {
  private readonly entries = new Map<string, Entry>();
  /** Those of the items, in their order. */
  private readonly ofItems: Entry[] = [];
  private readonly heap = new Heap<{ instant: number; key: string }>(
    (a, b) => a.instant < b.instant || (a.instant === b.instant && a.key < b.key),
  );
  private readonly out: Out[] = [];
  private readonly tallies = new Map<string, number>();
  private readonly effects: unknown[] = [];
  private emitted = 0;
  private cutShort = false;
  private convicted = false;
  private readonly accepted = new Set<string>();
  private readonly topics = new Map<string, { topic: string; rekeyed: boolean }>();
  private time: number;
  /** No item, and no wake that may be due, is later. */
  private readonly latest: number;
  private deadLetters = 0;
  private duplicates = 0;
  private readonly threw = new Set<string>();
  private lastError: Error | undefined;
  private wakes = 0;
  private anySuccess = false;
  private readonly traced: Traced[] = [];

  constructor(private readonly input: FoldInput) {
    this.time = input.time;
    this.latest = input.items.reduce((latest, { at }) => Math.max(latest, at), Math.max(input.time, input.bound));
    for (const { contract, rekeyed } of input.processor.outputs) {
      this.topics.set(contract.name, { topic: topicOf(input.prefix, contract), rekeyed: rekeyed ?? false });
    }
  }

  first(): string | undefined {
    this.load();
    const {
      items: [item],
      driven,
      bound,
    } = this.input;
    const wake = this.nextWake();
    if (wake !== undefined && wake.instant < bound && (!driven || item === undefined || wake.instant < item.at))
      return wakeName(wake);
    if (item === undefined) return undefined;
    const own = driven ? undefined : this.ownWake(item, this.ofItems[0] as Entry);
    return own === undefined ? itemName(item) : wakeName(own);
  }

  private load(): void {
    const { items, states, due } = this.input;
    for (const stored of due) this.entry(stored.key, stored);
    for (const [n, { key }] of items.entries()) this.ofItems.push(this.entry(key, states[n] ?? undefined));
  }

  run(): FoldResult {
    const { items, due, driven, bound, more, most = Infinity } = this.input;
    this.load();

    // What lies past the last due row that was loaded cannot be judged yet: an unknown wake may come before it.
    const last = due.at(-1);
    const horizon = more && last !== undefined && last.wakeAt !== null ? { instant: last.wakeAt, key: last.key } : undefined;
    let taken = 0;
    let watermark = bound;
    if (driven) {
      for (;;) {
        const item = items[taken];
        const wake = this.nextWake();
        const wakeFirst = wake !== undefined && wake.instant < bound && (item === undefined || wake.instant < item.at);
        if (!wakeFirst && item === undefined) break;
        const instant = wakeFirst ? wake.instant : (item as RecordItem).at;
        const past =
          horizon !== undefined &&
          (instant > horizon.instant || (wakeFirst && instant === horizon.instant && wake.key > horizon.key));
        if (past || this.wakes >= maxWakes || this.wakes + taken >= most || this.emitted > maxOut) {
          this.cutShort = true;
          watermark = Math.min(watermark, instant, horizon?.instant ?? Infinity);
          break;
        }
        if (wakeFirst) this.wake(this.pop());
        else {
          this.take(item as RecordItem, this.ofItems[taken] as Entry);
          taken++;
        }
      }
      if (horizon !== undefined) watermark = Math.min(watermark, horizon.instant);
    } else {
      this.time = Math.max(this.time, bound === Infinity ? -Infinity : bound);
      const full = (): boolean => this.wakes + taken >= most || this.emitted > maxOut;
      while (this.wakes < maxWakes && !full()) {
        const wake = this.nextWake();
        if (wake === undefined || wake.instant >= bound) break;
        this.wake(this.pop());
      }
      for (; taken < items.length; taken++) {
        const item = items[taken] as RecordItem;
        const entry = this.ofItems[taken] as Entry;
        for (let own = this.ownWake(item, entry); own !== undefined && !full(); own = this.ownWake(item, entry)) this.wake(own);
        if (full()) break;
        this.take(item, entry);
      }
      this.cutShort = full();
    }
    return this.result(taken, watermark);
  }

  /** Live: a person's due wakes come before their next record. */
  private ownWake({ at, key }: RecordItem, { parked, wake }: Entry): { instant: number; key: string } | undefined {
    return !parked && wake !== undefined && wake < Math.max(at, this.time) ? { instant: wake, key } : undefined;
  }

  private entry(key: string, loaded: StoredState | undefined): Entry {
    let entry = this.entries.get(key);
    if (entry === undefined) {
      // One text for each person, not one more with every record.
      const unreadable = loaded?.unreadable;
      entry = {
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
      // The column is never later than the timer.
      if (loaded !== undefined && loaded.wakeAt !== null && loaded.wakeAt >= this.latest) return entry;
      const parked = loaded !== undefined && loaded.wakeAt === null;
      if (unreadable !== undefined) {
        entry.parked = true;
        if (!parked) this.wakeFailed({ instant: loaded?.wakeAt ?? 0, key }, this.unread(key, unreadable));
        return entry;
      }
      try {
        this.timer(entry);
      } catch (error) {
        // The rules or the code are others than those under which it was saved.
        entry.parked = true;
        this.threw.add(key);
        this.lastError = error as Error;
        if (!parked)
          this.wakeFailed({ instant: loaded?.wakeAt ?? 0, key }, { kind: 'bug', reason: `wakeAt threw: ${reasonOf(error)}` });
      }
      entry.parked ||= parked && entry.wake !== undefined;
    }
    return entry;
  }

  private timer(entry: Entry): void {
    const { processor, rules } = this.input;
    entry.wake = entry.state === undefined ? undefined : timerOf(processor, entry.state, rules);
    entry.timed = true;
    if (entry.wake !== undefined && !(entry.parked || entry.wake >= this.input.bound))
      this.heap.push({ instant: entry.wake, key: entry.key });
  }

  /** The earliest wake that still stands: what was re-timed since has been pushed anew. */
  private nextWake(): { instant: number; key: string } | undefined {
    for (;;) {
      const top = this.heap.peek();
      if (top === undefined) return undefined;
      const entry = this.entries.get(top.key);
      if (entry !== undefined && !entry.parked && entry.wake === top.instant) return top;
      this.heap.pop();
    }
  }

  private pop(): { instant: number; key: string } {
    return this.heap.pop() as { instant: number; key: string };
  }

  private wake({ instant, key }: { instant: number; key: string }): void {
    const { processor } = this.input;
    const entry = this.entries.get(key) as Entry;
    this.wakes++;
    this.time = Math.max(this.time, instant);
    const id = derivedId(`${processor.name}/${key}/${String(instant)}`, namespace);
    const cause: Cause = { id, processor: processor.name, wake_at: iso(instant) };
    const failed = (refused: Refused): void => {
      this.wakeFailed({ instant, key }, refused);
      entry.parked = true;
    };
    const { condemned } = this.input;
    if (condemned?.item === wakeName({ key, instant })) {
      this.convicted = true;
      failed(condemned);
      return;
    }
    const refused = this.decide(entry, { kind: 'wake', key, id, named: instant, at: this.time }, cause);
    if (refused !== undefined) failed(refused);
    else if (entry.wake !== undefined && entry.wake <= instant) {
      failed({ kind: 'bug', reason: `wakeAt did not move past ${iso(instant)} after a wake: the timer would fire for ever` });
    }
  }

  private take(item: RecordItem, entry: Entry): void {
    const stamp = Math.max(item.at, this.time);
    this.time = stamp;
    const { seen } = this.input;
    const sentence = this.sentence(item);
    if (sentence !== undefined) {
      this.refuse(item, sentence);
      return;
    }
    if (item.bad !== undefined) {
      this.refuse(item, { kind: 'unreadable', reason: item.bad });
      return;
    }
    const { bad, data, id = '', hash, salvaged, source } = item.read ?? item.reader.read(item.raw);
    if (bad !== undefined) {
      this.refuse(item, { kind: 'unreadable', reason: bad }, source);
      return;
    }
    if (entry.unreadable !== undefined) {
      this.refuse(item, this.unread(entry.key, entry.unreadable), source);
      return;
    }
    const known = (one: string): boolean => seen.has(one) || this.accepted.has(one);
    const repeat = hash !== undefined && known(hash);
    if (repeat && (salvaged === undefined || known(salvaged.hash))) {
      this.duplicates++;
      this.tally('duplicates', 1);
      return;
    }
    if (entry.parked) {
      entry.parked = false;
      try {
        this.timer(entry);
      } catch {
        // Still as it was when it was parked; what is decided now may put it right.
        entry.wake = undefined;
      }
    }
    const { topic, partition } = item.reader;
    const taken = repeat && salvaged !== undefined ? salvaged : { data, id };
    const place = this.input.traced === true ? this.follow(item) : undefined;
    const trace = place === undefined ? undefined : placeText(place);
    const untraced = { kind: 'record', topic, key: entry.key, at: stamp, ...taken };
    const message = (trace === undefined ? untraced : { ...untraced, trace }) as unknown as Message;
    const cause = { id: taken.id, topic, partition, offset: item.offset };
    const refused = this.decide(entry, message, cause, trace);
    if (refused !== undefined) {
      if (place !== undefined) this.traced.push({ ...(this.traced.pop() as Traced), failed: refused.kind });
      this.refuse(item, refused, source);
      return;
    }
    if (repeat) this.tally('repeats.salvaged', 1);
    if (hash !== undefined) this.accepted.add(hash);
    if (salvaged !== undefined) this.accepted.add(salvaged.hash);
  }

  /** Takes note of a traced record, and gives the place of what is done about it. */
  private follow(item: RecordItem): TracePlace | undefined {
    const parent = placeIn(headerOf(item.raw, traceHeader));
    if (parent === undefined) return undefined;
    const { topic, partition } = item.reader;
    return this.work(parent, `${topic}/${String(partition)}/${String(item.offset)}`, item.key, {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'process',
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': String(partition),
      'messaging.kafka.offset': item.offset,
    });
  }

  private work(parent: TracePlace, what: string, personId: string, attributes: Traced['attributes']): TracePlace {
    const { name } = this.input.processor;
    const place = placeBelow(parent, `${name}/${what}`);
    const about = attributes['messaging.destination.name'] ?? 'wake';
    this.traced.push({ place, parent: parent.spanId, name: `${name} ${String(about)}`, kind: 'consumer', personId, attributes });
    return place;
  }

  /** Why the record is not even to be tried, where somebody has said so: the runtime after it did harm, or an operator. */
  private sentence(item: RecordItem): Refused | undefined {
    const { condemned, skips } = this.input;
    if (condemned === undefined && skips === undefined) return undefined;
    const name = itemName(item);
    if (condemned?.item === name) {
      this.convicted = true;
      return condemned;
    }
    const reason = skips?.get(name);
    return reason === undefined ? undefined : { kind: 'skipped', reason };
  }

  /** Undefined when decided; else why not: then nothing of it is kept. */
  private decide(entry: Entry, message: Message, cause: Cause, trace?: string): Refused | undefined {
    const { processor, rules } = this.input;
    let out: Encoded;
    let moves: readonly (readonly [string, number])[];
    let effects: readonly unknown[];
    const traced = this.traced.length;
    try {
      const decision = processor.decide(entry.state, message, rules) as Decision<unknown, unknown>;
      if (decision.deadLetter !== undefined) return { kind: 'refused', reason: decision.deadLetter };
      const { emit } = decision;
      out = emit === undefined || emit.length === 0 ? nothing : this.encode(emit, message.key, cause, trace);
      moves = decision.tally === undefined ? none : Object.entries(counters(decision.tally));
      effects = decision.effects === undefined ? none : [...decision.effects];
      const { state, json } = entry;
      const changed = state !== decision.state;
      try {
        if (changed) this.become(entry, decision.state);
        if (message.kind === 'wake' || changed || (entry.timed && entry.wake === undefined)) this.timer(entry);
      } catch (error) {
        entry.state = state;
        entry.json = json;
        throw error;
      }
    } catch (error) {
      this.traced.length = traced;
      if (error instanceof Refusal) return { kind: 'refused', reason: error.message };
      this.threw.add(entry.key);
      this.lastError = error instanceof Error ? error : new Error(String(error));
      return { kind: 'bug', reason: `${processor.name} threw: ${traceOf(error)}` };
    }
    this.threw.clear();
    this.anySuccess = true;
    for (const one of out.records) this.out.push(one);
    this.emitted += out.bytes;
    for (const [name, by] of moves) this.tally(name, by);
    for (const effect of effects) this.effects.push(effect);
    return undefined;
  }

  /** Throws where a state may not follow: it is no JSON, or larger than allowed and larger than the one before. */
  private become(entry: Entry, state: unknown): void {
    const before = entry.state;
    const json = state === undefined ? undefined : printed(state as object);
    // What is remembered is what is stored.
    entry.state = json?.clean ?? state;
    if (json === undefined) entry.json = undefined;
    else {
      const { name } = this.input.processor;
      const most = stateBound(this.input.processor);
      const bytes = textBytes(json.text);
      const was = (): number => entry.json?.bytes ?? (before === undefined ? 0 : textBytes(printed(before as object).text));
      if (bytes > most && bytes > was())
        throw new Refusal(`the state of ${name} would have ${String(bytes)} bytes; at most ${String(most)}`);
      entry.json = { text: json.text, bytes };
    }
  }

  private encode(emissions: readonly Emission[], key: string, cause: Cause, trace: string | undefined): Encoded {
    const { processor, partition, partitions, strict } = this.input;
    if (emissions.length > maxEmissions)
      throw new Refusal(
        `${String(emissions.length)} emissions of one decide; at most ${String(maxEmissions)}: emit the rest in a wake`,
      );
    let total = 0;
    let resumed: Map<string, string | undefined> | undefined;
    const records = emissions.map(({ contract, data, key: own, trace: other }, n) => {
      const target = this.topics.get(contract.name);
      if (target === undefined) throw new Error(`${processor.name} does not declare ${contract.name} among its outputs`);
      const person = own === undefined ? key : wellFormed(own);
      const unfit = own === undefined ? undefined : unusable(person);
      if (unfit !== undefined) throw new Refusal(`a message on ${contract.name} with ${unfit}`);
      const message = {
        ...data,
        id: derivedId(`${processor.name}/${String(n)}`, uuidOf(cause.id)),
        person_id: person,
        at: iso(this.time),
        cause,
      };
      if (strict === true) check(contract, message);
      const { text: value } = printed(message);
      const bytes = textBytes(value);
      if (bytes > maxValueBytes)
        throw new Refusal(`a message on ${contract.name} of ${String(bytes)} bytes; at most ${String(maxValueBytes)}`);
      total += bytes;
      if (total > maxEmitted) throw new Refusal(`emissions of more than ${String(maxEmitted)} bytes of one decide`);
      const record = {
        topic: target.topic,
        partition: target.rekeyed ? partitionOf(person, partitions) : partition,
        key: person,
        value,
        at: this.time,
      };
      const place =
        other === undefined || other === trace
          ? trace
          : this.resumed(other, key, cause, (resumed ??= new Map<string, string | undefined>()));
      return place === undefined ? record : { ...record, headers: { [traceHeader]: place } };
    });
    return { records, bytes: total };
  }

  /** A trace that was kept goes on: this is its next piece of work, one for all that one decide emits about it. */
  private resumed(text: string, key: string, cause: Cause, before: Map<string, string | undefined>): string | undefined {
    if (this.input.traced !== true) return undefined;
    if (!before.has(text)) {
      const parent = placeIn(text);
      before.set(text, parent && placeText(this.work(parent, cause.id, key, {})));
    }
    return before.get(text);
  }

  /** Counts as a throw: where no state can be read any more, the task has to stop. */
  private unread(key: string, why: string): Refused {
    this.threw.add(key);
    this.lastError = new Error(why);
    return { kind: 'unreadable', reason: `the person's state cannot be read: ${why}` };
  }

  private wakeFailed({ instant, key }: { instant: number; key: string }, refused: Refused): void {
    const {
      processor: { name },
      partition,
    } = this.input;
    const value = Buffer.from(JSON.stringify({ processor: name, key, instant: iso(instant) }));
    this.letter({ topic: `~wake/${name}`, partition, offset: instant, key, value, headers: {} }, refused);
  }

  private refuse({ reader: { topic, partition }, offset, key, raw }: RecordItem, refused: Refused, source?: string): void {
    this.letter({ topic, partition, offset, key, value: raw.value, headers: raw.headers }, { ...refused, source });
  }

  private letter(of: Parameters<typeof deadLetter>[1], refused: Refused): void {
    const { kind, source } = refused;
    this.deadLetters++;
    this.tally('dead_letters', 1);
    this.tally(`dead_letter.${kind}${source === undefined ? '' : `.${source}`}`, 1);
    this.out.push(deadLetter(this.input, of, refused));
    this.emitted += of.value?.length ?? 0;
  }

  private tally(name: string, by: number): void {
    this.tallies.set(name, (this.tallies.get(name) ?? 0) + by);
  }

  private result(taken: number, watermark: number): FoldResult {
    const states: FoldResult['states'] = [];
    const parked: StoredState[] = [];
    let largest = 0;
    for (const entry of this.entries.values()) {
      const { key, loaded, unreadable } = entry;
      if (unreadable !== undefined && loaded !== undefined) {
        if (entry.parked && loaded.wakeAt !== null) parked.push({ ...loaded, wakeAt: null });
        continue;
      }
      const wakeAt = this.columnOf(entry);
      if (wakeAt === undefined) continue;
      const { state } = entry;
      const { version } = this.input.processor;
      if (state === undefined) {
        states.push({ key, wakeAt, version, bytes: 0, state: null });
        continue;
      }
      const { text, bytes } = entry.json ?? jsonOf(state as object);
      largest = Math.max(largest, bytes);
      states.push({ key, wakeAt, version, bytes, state, text });
    }
    return {
      taken,
      watermark,
      states,
      parked,
      largest,
      messages: taken + this.wakes,
      cutShort: this.cutShort,
      convicted: this.convicted,
      time: this.time,
      out: this.out,
      tallies: counters(Object.fromEntries(this.tallies)),
      effects: this.effects,
      seen: [...this.accepted],
      deadLetters: this.deadLetters,
      duplicates: this.duplicates,
      threw: this.threw,
      anySuccess: this.anySuccess,
      lastError: this.lastError,
      traced: this.traced,
    };
  }

  /** The column of an entry that is to be written; undefined where it is not. */
  private columnOf({ loaded, state, wake, timed, parked }: Entry): number | null | undefined {
    if (!timed && loaded !== undefined && state === loaded.state && !parked) return undefined;
    const column = loaded?.wakeAt ?? null;
    const real = parked ? null : (wake ?? null);
    // A later wake is not written for its own sake (lazy), but a column that is due would be found again and again.
    const wakeAt =
      parked || column === null || column < this.input.bound ? real : real === null ? column : Math.min(column, real);
    return (loaded === undefined ? state !== undefined : state !== loaded.state || wakeAt !== column) ? wakeAt : undefined;
  }
}

function jsonOf(state: object): Json {
  const { text } = printed(state);
  return { text, bytes: textBytes(text) };
}

/** A decision whose effects would be more than anybody takes: an answer to the record, no bug. */
class Refusal extends Error {}

const none: readonly never[] = [];
const nothing: Encoded = { records: [], bytes: 0 };

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Outsiders' ids need not be UUIDs. */
const uuidOf = (id: string): string => (uuid.test(id) ? id : derivedId(id, namespace));

function check(contract: Contract, message: object): void {
  const result = contract.schema.safeParse(message);
  if (!result.success) throw new Error(`emission violates ${contract.name}: ${result.error.message}`);
}
