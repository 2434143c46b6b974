import { contracts } from '#contracts';
import { topicSpecs } from '#platform';
import { assured, type Assurance } from './assurance.ts';
import { Refusal } from './explain.ts';
import { withLog } from './installation.ts';
import { planLines, topicPlan } from './topics-plan.ts';

export interface ApplyOptions extends Assurance {
  /** Copies of each record of a new topic. */
  readonly replication?: number;
  /** Change the settings that differ, too: it asks for `--yes`, for a shorter retention deletes records. */
  readonly settings?: true;
}

/**
 * Makes the missing topics; with `settings` also changes those whose settings differ. Throws Refusal where one that is there has another
 * number of partitions.
 */
export async function topicsApply({ replication, settings, ...sure }: ApplyOptions): Promise<void> {
  if (replication !== undefined && !(Number.isInteger(replication) && replication > 0))
    throw new Refusal('--replication is a whole number, e.g. --replication 3');
  await withLog(async ({ log, prefix, partitions }) => {
    const specs = topicSpecs(contracts, prefix, partitions, replication);
    const made = await log.createTopics(specs).catch((error: unknown) => {
      throw tooManyCopies(error) ? new Refusal(notSoMany(replication)) : error;
    });
    for (const topic of made) process.stdout.write(`made ${topic}\n`);
    const plan = topicPlan(specs, await log.describeTopics(specs.map((spec) => spec.topic)));
    const wrong = plan.partitions.map(({ topic, has }) => `${topic} has ${String(has)}`);
    if (wrong.length > 0)
      throw new Refusal(
        `Every topic must have ${String(partitions)} partitions (HITO_PARTITIONS), but ${wrong.join(', ')}. Set HITO_PARTITIONS to what they have, or take another HITO_PREFIX.`,
      );
    const differing = Map.groupBy(plan.settings, ({ topic }) => topic);
    const lines = planLines({ ...plan, missing: [], partitions: [] });
    const changing = settings === true && lines.length > 0 && assured(sure, lines, true);
    for (const [topic, changes] of changing ? differing : []) {
      await log.changeTopic(topic, Object.fromEntries(changes.map(({ name, wanted }) => [name, wanted])));
      process.stdout.write(`changed ${topic}: ${changes.map(({ name }) => name).join(', ')}\n`);
    }
    if (settings !== true && differing.size > 0)
      process.stdout.write(
        `${[...differing.keys()].join(', ')}: settings differ. \`hito topics plan\` shows them, \`hito topics apply --settings\` changes them.\n`,
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
