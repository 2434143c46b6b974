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
    const made = await log.createTopics(specs);
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
