import { contracts } from '#contracts';
import { topicSpecs } from '#platform';
import { Refusal } from './explain.ts';
import { withLog } from './installation.ts';

/** Makes the missing topics. Throws Refusal where one that is there has another number of partitions. */
export async function topicsApply({ replication }: { replication?: number }): Promise<void> {
  if (replication !== undefined && !(Number.isInteger(replication) && replication > 0))
    throw new Refusal('--replication is a whole number, e.g. --replication 3');
  await withLog(async ({ log, prefix, partitions }) => {
    const specs = topicSpecs(contracts, prefix, partitions, replication);
    const made = await log.createTopics(specs).catch((error: unknown) => {
      throw tooManyCopies(error) ? new Refusal(notSoMany(replication)) : error;
    });
    for (const topic of made) process.stdout.write(`made ${topic}\n`);
    const counts = await log.partitionCounts(specs.map((spec) => spec.topic));
    const wrong = specs
      .filter((spec) => counts.get(spec.topic) !== partitions)
      .map((spec) => `${spec.topic} has ${String(counts.get(spec.topic))}`);
    if (wrong.length > 0)
      throw new Refusal(
        `Every topic must have ${String(partitions)} partitions (HITO_PARTITIONS), but ${wrong.join(', ')}. Set HITO_PARTITIONS to what they have, or take another HITO_PREFIX.`,
      );
    process.stdout.write(
      `${String(specs.length)} topics with ${String(partitions)} partitions each; ${String(made.length)} of them are new.\n`,
    );
  });
}

const tooManyCopies = (error: unknown): boolean =>
  (error instanceof AggregateError || error instanceof Error) &&
  [error, ...((error as { errors?: unknown[] }).errors ?? [])].some(
    (one) => (one as { type?: string }).type === 'INVALID_REPLICATION_FACTOR',
  );

const notSoMany = (replication: number | undefined): string =>
  replication === undefined
    ? "The broker's default asks for more copies of each record than there are brokers. Give --replication with the number of brokers at most."
    : `--replication ${String(replication)} asks for more copies of each record than there are brokers; no topic was made. Give the number of brokers at most, or leave it out for the broker's default.`;
