import { contracts } from '#contracts';
import { topicSpecs, type TopicSpec } from '#platform';
import type { TopicFacts } from '#stream';
import { withLog } from './installation.ts';

/** What lies between the topics as the contracts ask for them and those on the broker. */
export interface TopicPlan {
  readonly missing: readonly TopicSpec[];
  /** Settings that differ, by topic: what the broker has and what is wanted. */
  readonly settings: readonly { readonly topic: string; readonly name: string; readonly has: string; readonly wanted: string }[];
  /** Topics with another number of partitions, which nothing can change: the key of a person would lead elsewhere. */
  readonly partitions: readonly { readonly topic: string; readonly has: number; readonly wanted: number }[];
}

/** Compares; pure. */
export function topicPlan(specs: readonly TopicSpec[], there: ReadonlyMap<string, TopicFacts>): TopicPlan {
  const known = specs.flatMap((spec) => {
    const facts = there.get(spec.topic);
    return facts === undefined ? [] : [{ spec, facts }];
  });
  return {
    missing: specs.filter(({ topic }) => !there.has(topic)),
    settings: known.flatMap(({ spec: { topic, config }, facts }) =>
      Object.entries(config).flatMap(([name, wanted]) => {
        const has = facts.config[name] ?? '';
        return has === wanted ? [] : [{ topic, name, has, wanted }];
      }),
    ),
    partitions: known.flatMap(({ spec: { topic, partitions }, facts }) =>
      facts.partitions === partitions ? [] : [{ topic, has: facts.partitions, wanted: partitions }],
    ),
  };
}

/** The plan in words, a line each. */
export function planLines({ missing, settings, partitions }: TopicPlan): string[] {
  return [
    ...missing.map(({ topic, partitions: count }) => `make    ${topic} with ${String(count)} partitions`),
    ...settings.map(
      ({ topic, name, has, wanted }) => `change  ${topic} ${name}: ${has || 'none'} → ${wanted}${lossOf(name, has, wanted)}`,
    ),
    ...partitions.map(
      ({ topic, has, wanted }) =>
        `wrong   ${topic} has ${String(has)} partitions, not ${String(wanted)}: set HITO_PARTITIONS to what it has, or take another HITO_PREFIX`,
    ),
  ];
}

/** A shorter retention deletes what is older, soon and without return. */
function lossOf(name: string, has: string, wanted: string): string {
  const shorter = name === 'retention.ms' && Number(wanted) >= 0 && (Number(has) < 0 || Number(has) > Number(wanted));
  return shorter ? ' (DELETES the records that are older)' : '';
}

/** Prints what `hito topics apply` would do. Changes nothing. */
export async function topicsPlan(): Promise<void> {
  await withLog(async ({ log, prefix, partitions }) => {
    const specs = topicSpecs(contracts, prefix, partitions);
    const plan = topicPlan(specs, await log.describeTopics(specs.map(({ topic }) => topic)));
    const lines = planLines(plan);
    const settings = plan.settings.length > 0 ? ', and with --settings changes the settings' : '';
    process.stdout.write(
      lines.length === 0
        ? `All ${String(specs.length)} topics are as they shall be.\n`
        : `${lines.join('\n')}\n\`hito topics apply\` makes what is missing${settings}.\n`,
    );
  });
}
