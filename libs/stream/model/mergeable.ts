import { z } from 'zod';
import { contract, derived, type Contract } from '#contracts';
import { namedBy, survivorOf, union, type Merge } from './merge-edges.ts';
import type { Decision, Emission, Message, Processor, RecordMessage } from './processor.ts';

/** A record that came for a person who has been merged into another. */
const forwarded = z.object({ topic: z.string(), id: z.string(), data: z.looseObject({}) });

/**
 * The topic on which a processor hands people over to each other: it alone writes and reads it. `merges`: all that the sender knows. With
 * them goes the state of who is given up, or a record that came for them, or nothing.
 */
export const handOversOf = (name: string, retentionMs: number) =>
  contract(
    `${name}-hand-overs.v1`,
    z.object({
      ...derived,
      merges: z.array(z.tuple([z.string(), z.string()])),
      state: z.looseObject({}).optional(),
      record: forwarded.optional(),
    }),
    { writer: { processor: name, rekeyed: true }, retentionMs },
  );
export type HandOvers = ReturnType<typeof handOversOf>;

/** What a processor needs beside `decide` where two of its people may turn out to be one. All pure. */
export interface Merging<State extends object, C extends Contract> {
  readonly handOvers: HandOvers;
  /** The person whom this record's person has turned out to be; undefined: the record merges nobody. One that does is not decided. */
  readonly survivor: (message: RecordMessage<C>) => string | undefined;
  /** What of a state goes to another person: JSON. */
  readonly handOver: (state: State) => object;
  /** A person's state with that of another who is the same. States come in any order: it must not matter which of them comes first. */
  readonly absorb: (state: State | undefined, other: object) => State;
}

/** A person's row: the state while the person goes on, and all merges that concern them. */
export interface Merged<State> {
  readonly own?: State | undefined;
  readonly merges?: readonly Merge[] | undefined;
}

/** Merges of which one person may be part: a record that would make it more becomes a dead letter. */
const maxMerges = 100;

/**
 * A processor whose people may be merged. Whoever hears of a merge tells everybody whom it names, so all of them come to know the same merges,
 * in whatever order they hear of them; and whoever does not go on hands over state and records to who does. Each is told at most once of
 * each set of merges.
 */
export function mergeable<State extends object, Rules, Effect, C extends Contract>(
  inner: Processor<State, Rules, Effect, C>,
  { handOvers, survivor, handOver, absorb }: Merging<State, C>,
): Processor<Merged<State>, Rules, Effect, C | HandOvers> {
  const { list, ...rest } = inner;
  if (list !== undefined) throw new Error(`${inner.name} keeps ${list} in rows of their own: such people cannot be merged`);

  /** The inner decision about the person's own state. */
  const decided = (row: Merged<State>, message: Message<C>, rules: Rules): Decision<Merged<State>, Effect> => {
    const decision = inner.decide(row.own, message, rules);
    return { ...decision, state: rowOf(row, decision.state, row.merges) };
  };

  const told = (
    row: Merged<State>,
    { key, data, at }: RecordMessage<HandOvers>,
    rules: Rules,
  ): Decision<Merged<State>, Effect> => {
    const known = row.merges ?? none;
    const merges = union(known, data.merges);
    if (merges.length > maxMerges)
      return { state: row, deadLetter: `more than ${String(maxMerges)} merges concern one person: ${key}` };
    const emit: Emission[] = [];
    const send = (to: string, more: object): void => {
      emit.push({ contract: handOvers, key: to, data: { merges, ...more } });
    };
    if (merges !== known) for (const person of namedBy(merges)) if (person !== key) send(person, {});
    const chief = survivorOf(merges, key);
    if (chief === key) {
      const own = data.state === undefined ? row.own : absorb(row.own, data.state);
      const now = rowOf(row, own, merges);
      if (data.record === undefined) return { state: now, emit };
      const record = { kind: 'record', key, at, ...data.record } as unknown as Message<C>;
      const decision = decided(now ?? {}, record, rules);
      return decision.deadLetter === undefined ? { ...decision, emit: [...emit, ...(decision.emit ?? [])] } : decision;
    }
    if (row.own !== undefined) send(chief, { state: handOver(row.own) });
    if (data.state !== undefined) send(chief, { state: data.state });
    if (data.record !== undefined) send(chief, { record: data.record });
    return { state: rowOf(row, undefined, merges), emit };
  };

  const outer = {
    ...(rest as Omit<typeof rest, 'wakeAt'>),
    upgrades: Object.fromEntries(
      Object.entries(inner.upgrades ?? {}).map(([version, upgrade]) => [
        version,
        (row: Merged<never>) => (row.own === undefined ? row : { ...row, own: upgrade(row.own) }),
      ]),
    ),
    inputs: [...inner.inputs, { contract: handOvers, kind: 'feedback' as const }],
    outputs: [...inner.outputs, { contract: handOvers, rekeyed: true }],
    decide: (state: Merged<State> | undefined, message: Message<C | HandOvers>, rules: Rules) => {
      const row: Merged<State> = state ?? {};
      if (message.kind === 'wake') return row.own === undefined ? { state } : decided(row, message, rules);
      if (message.topic === handOvers.name) return told(row, message, rules);
      const { key, topic, id, data } = message as RecordMessage<C>;
      const into = survivor(message as RecordMessage<C>);
      const hear = (more: object): Decision<Merged<State>, Effect> =>
        told(row, { ...message, data: { merges: [], ...more } } as unknown as RecordMessage<HandOvers>, rules);
      if (into !== undefined) return into === key ? { state } : hear({ merges: [[key, into]] });
      if (row.merges === undefined) return decided(row, message as Message<C>, rules);
      return hear({ record: { topic, id, data } });
    },
    ...(inner.wakeAt !== undefined && {
      wakeAt: ({ own }: Merged<State>, rules: Rules) => (own === undefined ? undefined : inner.wakeAt?.(own, rules)),
    }),
  };
  return outer;
}

/** The same row where nothing in it is another. */
function rowOf<State>(
  row: Merged<State>,
  own: State | undefined,
  merges: readonly Merge[] | undefined,
): Merged<State> | undefined {
  if (own === row.own && merges === row.merges) return row;
  if (own === undefined && (merges === undefined || merges.length === 0)) return undefined;
  return { ...(own !== undefined && { own }), ...(merges !== undefined && merges.length > 0 && { merges }) };
}

const none: readonly Merge[] = [];
