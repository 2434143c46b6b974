import type { Log } from '#stream';
import { Refusal } from './explain.ts';

/** What reading needs of the broker. */
export type Reader = Pick<Log, 'tail' | 'starts' | 'ends' | 'partitionCounts'>;
type OnRecords = Parameters<Log['tail']>[2];

/** How long the broker may give nothing before the end, ms: on a machine with more to do than cores, half a minute was too short. */
const patience = 120_000;

/**
 * Reads partitions of a topic from the beginning to the end that they have now; with `enough` it may end before. Throws Refusal where the
 * topic is missing or the broker stops giving records.
 */
export async function readToEnd(
  log: Reader,
  topic: string,
  partitions: readonly number[] | undefined,
  onRecords: OnRecords,
  enough = (): boolean => false,
): Promise<void> {
  await partitionsOf(log, topic);
  const [starts, ends] = await Promise.all([log.starts([topic]), log.ends([topic])]);
  const end = ends.get(topic) ?? [];
  const open = new Set((partitions ?? end.keys().toArray()).filter((p) => (end[p] ?? 0) > (starts.get(topic)?.[p] ?? 0)));
  if (open.size === 0) return;
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const giveUp = (): void =>
    reject(new Refusal(`The broker gave no records of ${topic} for ${String(patience / 1000)} s although there are more.`));
  let timer = setTimeout(giveUp, patience);
  const reading = await log.tail(topic, { from: 'beginning', partitions: [...open] }, (partition, records) => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, patience);
    const before = end[partition] ?? 0;
    onRecords(
      partition,
      records.filter((record) => record.offset < before),
    );
    if ((records.at(-1)?.offset ?? -1) >= before - 1) open.delete(partition);
    if (open.size === 0 || enough()) resolve(undefined);
  });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    await reading.stop();
  }
}

/** How many partitions the topic has on the broker. Throws Refusal where it is missing. */
export async function partitionsOf(log: Pick<Log, 'partitionCounts'>, topic: string): Promise<number> {
  const count = (await log.partitionCounts([topic])).get(topic);
  if (count === undefined)
    throw new Refusal(`The broker has no topic ${topic}. \`hito topics apply\` makes it; is HITO_PREFIX right?`);
  return count;
}
