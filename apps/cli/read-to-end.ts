import type { Log } from '#stream';
import { Refusal } from './explain.ts';

/** What reading needs of the broker. */
export type Reader = Pick<Log, 'tail' | 'starts' | 'ends' | 'partitionCounts'>;
type OnRecords = Parameters<Log['tail']>[2];

/**
 * How long the broker may give nothing before the end, ms. After `askAgainMs` it is asked anew, by a connection of its own: an answer that is
 * lost, or a broker that is busy with a group, holds the first one for 30 s (the request timeout). After `giveUpMs` reading fails.
 */
const usualPatience = { askAgainMs: 10_000, giveUpMs: 30_000 };

/**
 * Reads partitions of a topic from the beginning to the end that they have now, each record once; with `enough` it may end before. Throws
 * Refusal where the topic is missing or the broker stops giving records.
 */
export async function readToEnd(
  log: Reader,
  topic: string,
  partitions: readonly number[] | undefined,
  onRecords: OnRecords,
  enough = (): boolean => false,
  patience = usualPatience,
): Promise<void> {
  await partitionsOf(log, topic);
  const [starts, ends] = await Promise.all([log.starts([topic]), log.ends([topic])]);
  const end = ends.get(topic) ?? [];
  const open = new Set((partitions ?? end.keys().toArray()).filter((p) => (end[p] ?? 0) > (starts.get(topic)?.[p] ?? 0)));
  if (open.size === 0) return;
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const next = new Map<number, number>();
  const readings: Promise<{ stop(): Promise<void> }>[] = [];
  let heardAt = performance.now();
  const take: OnRecords = (partition, records) => {
    heardAt = performance.now();
    const from = next.get(partition) ?? 0;
    const before = end[partition] ?? 0;
    const last = records.at(-1)?.offset ?? -1;
    if (last < from || !open.has(partition)) return;
    next.set(partition, last + 1);
    onRecords(
      partition,
      records.filter(({ offset }) => offset >= from && offset < before),
    );
    if (last >= before - 1) open.delete(partition);
    if (open.size === 0 || enough()) resolve(undefined);
  };
  const ask = (): void => {
    const reading = log.tail(topic, { from: 'beginning', partitions: [...open] }, take);
    readings.push(reading);
    reading.catch(reject);
  };
  ask();
  const watching = setInterval(() => {
    const silentMs = performance.now() - heardAt;
    if (silentMs >= patience.giveUpMs)
      reject(
        new Refusal(`The broker gave no records of ${topic} for ${String(patience.giveUpMs / 1000)} s although there are more.`),
      );
    else if (silentMs >= patience.askAgainMs * readings.length) ask();
  }, patience.askAgainMs / 10);
  try {
    await promise;
  } finally {
    clearInterval(watching);
    const stopped = readings.map((reading) => reading.then((one) => one.stop()).catch(() => undefined));
    // One that waits for a lost answer stops when that is given up; the reader does not wait for it.
    await Promise.race(stopped);
  }
}

/** How many partitions the topic has on the broker. Throws Refusal where it is missing. */
export async function partitionsOf(log: Pick<Log, 'partitionCounts'>, topic: string): Promise<number> {
  const count = (await log.partitionCounts([topic])).get(topic);
  if (count === undefined)
    throw new Refusal(`The broker has no topic ${topic}. \`hito topics apply\` makes it; is HITO_PREFIX right?`);
  return count;
}
