import { collected, topicOf } from '#contracts';
import { clockRecord, partitionOf, seqHeader, seqText, type ClockRecord, type OutRecord } from '#stream';
import { collect, replaySource, type Fit } from '../domain/collect.ts';
import type { Json } from '../domain/fields.ts';
import type { PlannedCall, RepeatedCall, Tick } from './schedule.ts';

/** Where records go: the installation's `collected` topic. */
export interface Target {
  readonly prefix: string;
  readonly partitions: number;
}

/** A tick as records: its calls, judged by the same `collect` as everyone's, then its clock record in every partition. */
export const recordsOf = (tick: Tick, target: Target): OutRecord[] => [
  ...tick.calls.map((call) => callRecord(call, target)),
  ...clockRecords({ clock: 'driven', at: tick.clock.at }, target, tick.clock.position),
];

/** A clock record for every partition; those of a replay carry its position. */
export function clockRecords(clock: ClockRecord, { prefix, partitions }: Target, position?: number): OutRecord[] {
  const { key, value, headers } = clockRecord(clock);
  const all = position === undefined ? headers : { ...headers, ...seq(position) };
  return Array.from({ length: partitions }, (_, partition) => ({
    topic: topicOf(prefix, collected),
    partition,
    key,
    value,
    headers: all,
  }));
}

function callRecord(call: PlannedCall | RepeatedCall, { prefix, partitions }: Target): OutRecord {
  const { position, at } = call;
  const { key, value } = 'past' in call ? call.past : fit(call.item, at);
  return {
    topic: topicOf(prefix, collected),
    partition: partitionOf(key, partitions),
    key,
    value: JSON.stringify(value),
    headers: seq(position, at),
  };
}

function fit(item: Json, at: number): Fit {
  const verdict = collect(item, { source: replaySource, arrivedAt: at, replayed: true });
  if (!verdict.accepted) throw new Error(`the replay made a call that ingestion refuses: ${verdict.reason}`);
  return verdict;
}

const seq = (position: number, at?: number): Record<string, string> => ({ [seqHeader]: seqText('replayer', 1, position, at) });
