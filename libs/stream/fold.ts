import { derivedId, namespace, topicOf, type Cause, type Contract } from '#contracts';
import { Heap } from './heap.ts';
import { iso } from './iso.ts';
import type { OutRecord } from './log.ts';
import { partitionOf } from './partition.ts';
import type { Decision, Emission, Message, Processor } from './processor.ts';
import type { StoredState } from './store.ts';
import type { RecordItem } from './stream-buffer.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- processors of any state are folded by the same code
export type AnyProcessor = Processor<any, any, any>;

/** Emissions of one `decide`; the rest belongs into a wake. */
const maxEmissions = 1_000;
/** Wakes of one transaction. */
const maxWakes = 5_000;
/** Bytes of one record's value: the broker's default limit less room for key and headers. */
const maxValueBytes = 1_000_000;

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
  /** Items and wakes (`wake <key> <instant>`) that are not tried but dead-lettered: they killed the process before. */
  readonly condemned?: { readonly item: string; readonly reason: string; readonly tries: number } | undefined;
  /** Careful mode: one message at most. */
  readonly single?: boolean | undefined;
  /** Checks every emission against its contract (tests). */
  readonly strict?: boolean | undefined;
}

export interface FoldResult {
  /** How many of the items were taken, from the front. */
  readonly taken: number;
  /** Everything before this has been emitted. */
  readonly watermark: number;
  readonly time: number;
  /** Those that are others now; `state` null: there is none any more. */
  readonly states: (StoredState & { readonly state: object | null })[];
  readonly out: Out[];
  readonly tallies: Record<string, number>;
  readonly effects: unknown[];
  readonly seen: string[];
  readonly deadLetters: number;
  readonly duplicates: number;
  /** Throws without a success in between, at the end; and whether there was any success. */
  readonly throwsInRow: number;
  readonly anySuccess: boolean;
  readonly lastError: Error | undefined;
}

/** To be published; one with an `at` (epoch ms) gets a place of our own in its topic (dead letters keep the headers they came with). */
export interface Out extends OutRecord {
  readonly at?: number | undefined;
}

/** The name of an item or wake in careful mode. */
const itemName = ({ reader, offset }: RecordItem): string => `${reader.topic}@${String(offset)}`;
const wakeName = ({ key, instant }: { key: string; instant: number }): string => `wake ${key} ${String(instant)}`;

interface Entry {
  readonly key: string;
  readonly loaded: StoredState | undefined;
  state: unknown;
  /** Of the state, once `timed`: before that it is only known to come after everything that is folded. */
  wake: number | undefined;
  timed: boolean;
  parked: boolean;
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
  private readonly tallies: Record<string, number> = {};
  private readonly effects: unknown[] = [];
  private readonly accepted = new Set<string>();
  private readonly topics = new Map<string, { topic: string; rekeyed: boolean }>();
  private time: number;
  /** No item, and no wake that may be due, is later. */
  private readonly latest: number;
  private deadLetters = 0;
  private duplicates = 0;
  private throwsInRow = 0;
  private lastError: Error | undefined;
  private wakes = 0;
  private anySuccess = false;

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
    const { items, due, driven, bound, more, single } = this.input;
    this.load();
    const maxMessages = single === true ? 1 : Infinity;

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
        if (past || this.wakes >= maxWakes || this.wakes + taken >= maxMessages) {
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
      while (this.wakes < Math.min(maxWakes, maxMessages)) {
        const wake = this.nextWake();
        if (wake === undefined || wake.instant >= bound) break;
        this.wake(this.pop());
      }
      for (; taken < items.length; taken++) {
        const item = items[taken] as RecordItem;
        const entry = this.ofItems[taken] as Entry;
        for (let own = this.ownWake(item, entry); own !== undefined && this.wakes < maxMessages; own = this.ownWake(item, entry))
          this.wake(own);
        if (this.wakes + taken >= maxMessages) break;
        this.take(item, entry);
      }
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
      entry = { key: loaded?.key ?? key, loaded, state: loaded?.state, wake: undefined, timed: false, parked: false };
      this.entries.set(key, entry);
      // The column is never later than the timer.
      if (loaded !== undefined && loaded.wakeAt !== null && loaded.wakeAt >= this.latest) return entry;
      const parked = loaded !== undefined && loaded.wakeAt === null;
      try {
        this.timer(entry);
      } catch (error) {
        // The rules or the code are others than those under which it was saved.
        entry.parked = true;
        this.lastError = error as Error;
        if (!parked) this.wakeFailed({ instant: loaded?.wakeAt ?? 0, key }, `wakeAt threw: ${(error as Error).message}`);
      }
      entry.parked ||= parked && entry.wake !== undefined;
    }
    return entry;
  }

  private timer(entry: Entry): void {
    const { processor, rules } = this.input;
    entry.wake = entry.state === undefined ? undefined : processor.wakeAt?.(entry.state, rules);
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
    const failed = (reason: string, attempts?: number): void => {
      this.wakeFailed({ instant, key }, reason, attempts);
      entry.parked = true;
    };
    const { condemned } = this.input;
    if (condemned?.item === wakeName({ key, instant })) {
      failed(condemned.reason, condemned.tries);
      return;
    }
    const refused = this.decide(entry, { kind: 'wake', key, id, named: instant, at: this.time }, cause);
    if (refused !== undefined) failed(refused);
    else if (entry.wake !== undefined && entry.wake <= instant) {
      failed(`wakeAt did not move past ${iso(instant)} after a wake: the timer would fire for ever`);
    }
  }

  private take(item: RecordItem, entry: Entry): void {
    const stamp = Math.max(item.at, this.time);
    this.time = stamp;
    const { condemned, seen } = this.input;
    if (condemned?.item === itemName(item)) {
      this.refuse(item, condemned.reason, condemned.tries);
      return;
    }
    if (item.bad !== undefined) {
      this.refuse(item, item.bad);
      return;
    }
    const { bad, data, id = '', hash } = item.read ?? item.reader.read(item.raw);
    if (bad !== undefined) {
      this.refuse(item, bad);
      return;
    }
    if (hash !== undefined && (seen.has(hash) || this.accepted.has(hash))) {
      this.duplicates++;
      this.tally({ duplicates: 1 });
      return;
    }
    if (entry.parked) {
      entry.parked = false;
      this.timer(entry);
    }
    const { topic, partition } = item.reader;
    const message = { kind: 'record', topic, key: entry.key, id, at: stamp, data } as unknown as Message;
    const refused = this.decide(entry, message, { id, topic, partition, offset: item.offset });
    if (refused !== undefined) this.refuse(item, refused);
    else if (hash !== undefined) this.accepted.add(hash);
  }

  /** Undefined when decided; else why not: then nothing of it is kept. */
  private decide(entry: Entry, message: Message, cause: Cause): string | undefined {
    const { processor, rules } = this.input;
    let decision: Decision<unknown, unknown>;
    let out: readonly Out[];
    try {
      decision = processor.decide(entry.state, message, rules) as Decision<unknown, unknown>;
      if (decision.deadLetter !== undefined) return decision.deadLetter;
      const { emit } = decision;
      out = emit === undefined || emit.length === 0 ? none : this.encode(emit, message.key, cause);
      const { state } = entry;
      entry.state = decision.state;
      try {
        if (message.kind === 'wake' || state !== decision.state || (entry.timed && entry.wake === undefined)) this.timer(entry);
      } catch (error) {
        entry.state = state;
        throw error;
      }
    } catch (error) {
      this.throwsInRow++;
      this.lastError = error as Error;
      return `${processor.name} threw: ${(error as Error).stack?.slice(0, 2_000) ?? String(error)}`;
    }
    this.throwsInRow = 0;
    this.anySuccess = true;
    this.out.push(...out);
    if (decision.tally !== undefined) this.tally(decision.tally);
    if (decision.effects !== undefined) this.effects.push(...decision.effects);
    return undefined;
  }

  private encode(emissions: readonly Emission[], key: string, cause: Cause): Out[] {
    const { processor, partition, partitions, strict } = this.input;
    if (emissions.length > maxEmissions)
      throw new Error(
        `${String(emissions.length)} emissions of one decide; at most ${String(maxEmissions)}: emit the rest in a wake`,
      );
    return emissions.map(({ contract, data, key: own }, n) => {
      const target = this.topics.get(contract.name);
      if (target === undefined) throw new Error(`${processor.name} does not declare ${contract.name} among its outputs`);
      const person = own ?? key;
      const message = {
        ...data,
        id: derivedId(`${processor.name}/${String(n)}`, uuidOf(cause.id)),
        person_id: person,
        at: iso(this.time),
        cause,
      };
      if (strict === true) check(contract, message);
      const value = JSON.stringify(message);
      if (value.length > maxValueBytes / 3 && Buffer.byteLength(value) > maxValueBytes) {
        throw new Error(
          `a message on ${contract.name} of ${String(Buffer.byteLength(value))} bytes; at most ${String(maxValueBytes)}`,
        );
      }
      return {
        topic: target.topic,
        partition: target.rekeyed ? partitionOf(person, partitions) : partition,
        key: person,
        value,
        at: this.time,
      };
    });
  }

  private wakeFailed({ instant, key }: { instant: number; key: string }, reason: string, attempts?: number): void {
    const {
      processor: { name },
      partition,
    } = this.input;
    const value = Buffer.from(JSON.stringify({ processor: name, key, instant: iso(instant) }));
    this.deadLetter({ topic: `~wake/${name}`, partition, offset: instant, key, value, headers: {} }, reason, attempts);
  }

  private refuse({ reader: { topic, partition }, offset, key, raw }: RecordItem, reason: string, attempts = 1): void {
    this.deadLetter({ topic, partition, offset, key, value: raw.value, headers: raw.headers }, reason, attempts);
  }

  private deadLetter(
    letter: {
      topic: string;
      partition: number;
      offset: number;
      key: string;
      value: Buffer | null;
      headers: Readonly<Record<string, string>>;
    },
    reason: string,
    attempts = 1,
  ): void {
    const { processor, prefix, partition } = this.input;
    this.deadLetters++;
    this.tally({ dead_letters: 1 });
    this.out.push({
      topic: `${prefix}.${processor.service}.dead-letters.v1`,
      partition,
      key: letter.key,
      value: letter.value,
      headers: {
        ...letter.headers,
        'hito-dl-processor': processor.name,
        'hito-dl-topic': letter.topic,
        'hito-dl-partition': String(letter.partition),
        'hito-dl-offset': String(letter.offset),
        'hito-dl-reason': reason,
        'hito-dl-attempts': String(attempts),
      },
    });
  }

  private tally(moves: Readonly<Record<string, number>>): void {
    for (const [name, by] of Object.entries(moves)) this.tallies[name] = (this.tallies[name] ?? 0) + by;
  }

  private result(taken: number, watermark: number): FoldResult {
    const { bound, processor } = this.input;
    const states: FoldResult['states'] = [];
    for (const { key, loaded, state, wake, timed, parked } of this.entries.values()) {
      if (!timed && loaded !== undefined && state === loaded.state && !parked) continue;
      const column = loaded?.wakeAt ?? null;
      const real = parked ? null : (wake ?? null);
      // A later wake is not written for its own sake (lazy), but a column that is due would be found again and again.
      const wakeAt = parked || column === null || column < bound ? real : real === null ? column : Math.min(column, real);
      if (loaded === undefined ? state !== undefined : state !== loaded.state || wakeAt !== column)
        states.push({ key, wakeAt, version: processor.version, state: (state as object | undefined) ?? null });
    }
    return {
      taken,
      watermark,
      states,
      time: this.time,
      out: this.out,
      tallies: this.tallies,
      effects: this.effects,
      seen: [...this.accepted],
      deadLetters: this.deadLetters,
      duplicates: this.duplicates,
      throwsInRow: this.throwsInRow,
      anySuccess: this.anySuccess,
      lastError: this.lastError,
    };
  }
}

const none: readonly Out[] = [];

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Outsiders' ids need not be UUIDs. */
const uuidOf = (id: string): string => (uuid.test(id) ? id : derivedId(id, namespace));

function check(contract: Contract, message: object): void {
  const result = contract.schema.safeParse(message);
  if (!result.success) throw new Error(`emission violates ${contract.name}: ${result.error.message}`);
}
