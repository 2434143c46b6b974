import { topicOf } from '#contracts';
import { clockRecord, partitionOf, seqHeader, seqText, type OutRecord } from '#stream';
import { diary, known, naps, pings } from './toy.ts';

/** Who pinged in which minute, in order. */
export type History = readonly { readonly who: string; readonly minute: number }[];

export const toyStart = Date.parse('2026-01-01T00:00:00Z');
const minuteMs = 60_000;
/** Where a replay's clock ends. */
export const toyEnd = toyStart + 2_000 * minuteMs;

/** A history as the replayer writes it: a clock record first, one every `tick` minutes in which something happens, and one at the end. */
export function replayRecords(prefix: string, partitions: number, history: History, tick = 15): OutRecord[] {
  const topic = topicOf(prefix, pings);
  let seq = 0;
  const out: OutRecord[] = [];
  const clock = (at: number): void => {
    const { key, value, headers } = clockRecord({ clock: 'driven', at });
    const place = seqText('replayer', 1, ++seq);
    for (let partition = 0; partition < partitions; partition++)
      out.push({ topic, partition, key, value, headers: { ...headers, [seqHeader]: place } });
  };
  clock(toyStart);
  let ticked = 0;
  for (const [n, { who, minute }] of history.entries()) {
    const now = Math.floor(minute / tick);
    if (now > ticked) {
      ticked = now;
      clock(toyStart + now * tick * minuteMs);
    }
    const value = JSON.stringify({ id: `ping-${String(n)}`, at: new Date(toyStart + minute * minuteMs).toISOString(), who, n });
    out.push({
      topic,
      partition: partitionOf(who, partitions),
      key: who,
      value,
      headers: { [seqHeader]: seqText('replayer', 1, ++seq) },
    });
  }
  clock(toyEnd);
  return out;
}

type Read = (contract: typeof known | typeof naps | typeof diary) => readonly { id: string; at: string; person_id: string }[];

/** All that the toy flow said, in an order of its own. */
export const toyResult = (read: Read): string[] =>
  [known, naps, diary]
    .flatMap((contract) =>
      read(contract).map(
        (message) =>
          `${contract.name} ${message.id} ${message.at} ${message.person_id} ${'line' in message ? String(message.line) : ''}`,
      ),
    )
    .sort();

/** A long history of a few people, the same every time. */
export function longHistory(rows: number, people: number, minutes = 1_500): History {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  return Array.from({ length: rows }, () => ({ who: String(1 + random(people)), minute: random(minutes) })).sort(
    (a, b) => a.minute - b.minute,
  );
}
