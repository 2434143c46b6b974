import {
  callId,
  collected,
  events,
  hits,
  identified,
  messages,
  milestones,
  outcomes,
  profiles,
  scores,
  stages,
  topicOf,
  type Contract,
  type DataOf,
} from '#contracts';
import { partitionOf, type LogRecord } from '#stream';
import { readToEnd, type Reader } from '../read-to-end.ts';
import { withoutSecrets, type Hide } from '../without-secrets.ts';

/** A record of a person with its place on the log. */
export interface Entry<C extends Contract = Contract> {
  readonly topic: C extends Contract<infer Name> ? Name : never;
  readonly partition: number;
  readonly offset: number;
  readonly data: DataOf<C>;
}

type Told =
  | typeof collected
  | typeof identified
  | typeof events
  | typeof profiles
  | typeof scores
  | typeof stages
  | typeof milestones
  | typeof messages
  | typeof hits
  | typeof outcomes;
/** A record of any topic that the story is told from, told apart by `topic`. */
export type AnyEntry = Told extends infer C ? (C extends Contract ? Entry<C> : never) : never;

/** All records of a person that are still on the log, by topic, oldest first. */
export interface History {
  readonly personId: string;
  readonly entries: readonly AnyEntry[];
}

const keyedByPerson = [identified, events, profiles, scores, stages, milestones, messages, hits, outcomes] as const;

/** Reads a person's partition of every topic from its beginning. */
export async function historyOf(
  log: Reader,
  prefix: string,
  partitions: number,
  personId: string,
  hide: Hide = withoutSecrets(),
): Promise<History> {
  const partition = partitionOf(personId, partitions);
  const entries: AnyEntry[] = [];
  await Promise.all(
    keyedByPerson.map((contract) =>
      readToEnd(log, topicOf(prefix, contract), [partition], (_, records) => {
        for (const record of records) if (record.key === personId) add(entries, contract, partition, record, hide);
      }),
    ),
  );
  return { personId, entries };
}

/**
 * Adds the calls, as they were collected, that these events came from. They lie under another key: where `identified` no longer says
 * which partition, the user id's is tried.
 */
export async function withCalls(
  log: Reader,
  prefix: string,
  partitions: number,
  history: History,
  eventIds: ReadonlySet<string>,
  hide: Hide = withoutSecrets(),
): Promise<History> {
  const byId = new Map(history.entries.map((entry) => [entry.data.id, entry]));
  const wanted = new Map<number, Set<string>>();
  for (const { topic, data } of history.entries) {
    if (topic !== 'events.v1' || !eventIds.has(data.id)) continue;
    const call = byId.get(data.cause.id);
    const origin = call?.topic === 'identified.v1' ? call.data.cause.partition : undefined;
    const partition = origin ?? (data.user_id === undefined ? undefined : partitionOf(data.user_id, partitions));
    if (partition !== undefined)
      wanted.set(partition, (wanted.get(partition) ?? new Set()).add(callId(data.source, data.message_id)));
  }
  const found: AnyEntry[] = [];
  for (const [partition, ids] of wanted)
    await readToEnd(
      log,
      topicOf(prefix, collected),
      [partition],
      (_, records) => {
        for (const record of records) if (namesOne(record, ids)) add(found, collected, partition, record, hide);
      },
      () => found.filter(({ data }) => ids.has(data.id)).length === ids.size,
    );
  return {
    personId: history.personId,
    entries: [...found.filter(({ data }) => [...wanted.values()].some((ids) => ids.has(data.id))), ...history.entries],
  };
}

/** The text is searched before it is parsed: a partition of `collected` is long. */
function namesOne({ value }: LogRecord, ids: ReadonlySet<string>): boolean {
  return value !== null && ids.values().some((id) => value.includes(id));
}

/** A record may lie on the log twice (a repeated publication); it is told once. */
function add(entries: AnyEntry[], contract: Contract, partition: number, { offset, value }: LogRecord, hide: Hide): void {
  const { data } = contract.schema.safeParse(value === null ? null : jsonOf(value)) as { data?: AnyEntry['data'] };
  if (data === undefined || entries.some((entry) => entry.topic === contract.name && entry.data.id === data.id)) return;
  entries.push({ topic: contract.name, partition, offset, data: hide(data) } as AnyEntry);
}

/** What is no JSON fits no contract either. */
function jsonOf(value: Buffer): unknown {
  try {
    return JSON.parse(String(value)) as unknown;
  } catch {
    return undefined;
  }
}
