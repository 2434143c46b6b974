import type { Contract, DataOf, KeyFieldOf, NameOf, Service } from '#contracts';

/**
 * How a task reads a topic. `source`: from outside, and the source of time (`collected`). `ordered`: from our processors, carries
 * watermarks. `external`: from outside, no time (`hits`). `feedback`: neither holds nor carries time.
 */
export type InputKind = 'source' | 'ordered' | 'external' | 'feedback';

export interface Input<C extends Contract = Contract> {
  readonly contract: C;
  readonly kind: InputKind;
  /** Of a source: workers of ours that write it beside outsiders. What they publish twice is dropped by its place. */
  readonly placedBy?: readonly string[];
  /** Outsiders' records repeat: those with a known value of this are dropped (and counted) for `seenMs`. */
  readonly dedupe?: (data: DataOf<C>) => string;
  /**
   * The part of a repeat that counts all the same, as a record with an `id` and a `dedupe` of its own, derived from its content. It is taken
   * once: with the first record that has it, or alone, out of a repeat with other content.
   */
  readonly salvage?: (data: DataOf<C>) => DataOf<C> | undefined;
}

export interface Output {
  readonly contract: Contract;
  /** The key differs from the key of the input: every task writes into every partition. */
  readonly rekeyed?: boolean;
}

/** A record of an input, as `decide` sees it. */
export interface RecordMessage<C extends Contract = Contract> {
  readonly kind: 'record';
  /** The contract's name, e.g. `events.v1`. */
  readonly topic: NameOf<C>;
  readonly key: string;
  readonly id: string;
  /** Epoch ms in stream time; never goes back for a person. */
  readonly at: number;
  readonly data: DataOf<C>;
  /** Where this work stands in a trace, as a `traceparent`; only where its record is traced. What waits for a wake may be kept with it. */
  readonly trace?: string;
}

/** A person's timer fired. */
export interface WakeMessage {
  readonly kind: 'wake';
  readonly key: string;
  readonly id: string;
  /** The instant that `wakeAt` named, epoch ms. */
  readonly named: number;
  /** The task's time, epoch ms: equal to `named` while driven, possibly later live. */
  readonly at: number;
}

/** The records of several contracts as a union told apart by `topic`. */
export type Message<C extends Contract = Contract> = (C extends Contract ? RecordMessage<C> : never) | WakeMessage;

/** What a decider wants published. The runtime adds `id`, `at`, `cause` and the key, as the contract's `keyField` (`person_id`). */
export interface Emission {
  readonly contract: Contract;
  readonly data: object;
  /** Only for re-keyed outputs; else the message's own key. */
  readonly key?: string;
  /** The trace that it belongs to, where it is not that of the message: a `trace` that was kept. */
  readonly trace?: string | undefined;
}

/** Type-checked emission: `emit(scores, { … })` without the fields that the runtime adds. */
export const emit = <C extends Contract>(
  contract: C,
  data: Omit<DataOf<C>, 'id' | 'at' | 'cause' | KeyFieldOf<C>> & { readonly id?: never },
  key?: string,
): Emission => (key === undefined ? { contract, data } : { contract, data, key });

/** What `decide` answers. The same `state` reference as given means unchanged and is not written; `undefined` means none. */
export interface Decision<State, Effect = never> {
  readonly state: State | undefined;
  readonly emit?: readonly Emission[] | undefined;
  /** Durable counters moved by this decision, e.g. `{ 'stage.active': 1, 'stage.lapsed': -1 }`. */
  readonly tally?: Readonly<Record<string, number>> | undefined;
  /** Rows for the processor's own tables, handed to `apply` inside the transaction. */
  readonly effects?: readonly Effect[];
  /** Refused: the record becomes a dead letter with this reason; nothing else of this decision is kept, and it counts as no bug. */
  readonly deadLetter?: string;
}

/** The client of the running transaction, for processors with own tables. */
export interface Sql {
  query(text: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[]; rowCount: number | null }>;
}

/** A service's whole description: a pure function and a table. `Rules` is its part of the playbook. */
export interface Processor<State = unknown, Rules = unknown, Effect = never, C extends Contract = Contract> {
  readonly service: Service;
  /** Unique among all processors; the consumer group is `<prefix>.<name>`, the state table `<name>_state`. */
  readonly name: string;
  /** Version of `State`; `upgrades[v]` makes a state of version v + 1 out of one of version v. */
  readonly version: number;
  readonly upgrades?: Readonly<Record<number, (state: never) => unknown>>;
  /**
   * Bytes of one person's state as JSON, its list included; 256 KiB where absent. A decision that would make a state larger than this, and larger than it
   * was, is refused: its record becomes a dead letter.
   */
  readonly maxStateBytes?: number;
  /**
   * The field of `State` with a list that may be long: its items (objects that never change) lie in rows of their own, in the table of
   * `itemsSchema`. A decision that takes items from the front and puts new ones behind costs what it takes and puts, not the whole list.
   */
  readonly list?: NoInfer<keyof State & string>;
  /** Declared in order: at one instant, earlier inputs are taken first. */
  readonly inputs: readonly Input<C>[];
  readonly outputs: readonly Output[];
  /** Pure, synchronous. A throw is a bug and dead-letters the message. */
  decide(state: State | undefined, message: Message<C>, rules: Rules): Decision<State, Effect>;
  /**
   * The next moment (epoch ms, rounded up) at which time alone changes something; after a wake it must be later than before. Never is
   * undefined, or beyond what a calendar holds.
   */
  wakeAt?(state: State, rules: Rules): number | undefined;
  /** Writes `effects` into the processor's own tables, in the transaction. */
  apply?(sql: Sql, partition: number, effects: readonly Effect[]): Promise<void>;
}

/** Bytes that one person's state of a processor may have as JSON. */
export const stateBound = ({ maxStateBytes = 256 * 1024 }: Pick<Processor, 'maxStateBytes'>): number => maxStateBytes;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- processors of any state are run by the same code
export type AnyProcessor = Processor<any, any, any>;

/** Declares a processor, inferring the union of its input messages. */
export const processor = <State, Rules, Effect, const C extends Contract>(
  definition: Processor<State, Rules, Effect, C>,
): Processor<State, Rules, Effect, C> => definition;
