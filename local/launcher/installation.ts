import { contracts, services, type Service } from '#contracts';
import { applyDatabase, topicSpecs } from '#platform';
import type { Infrastructure } from '../infrastructure/index.ts';
import { rolesFound, schemaOf, schemasFound } from './database.ts';
import { brokerOptions, withLog } from './kafka-client.ts';
import type { Keys } from './keys.ts';
import type { Memory } from './memory.ts';
import { Problem } from './problem.ts';
import type { Settings } from './settings.ts';

/**
 * Roles, schemas and topics. On given servers a replay needs all of them to be ours: it refuses and names what it found. What is
 * about to be made is noted first. Gives each service's own database URL.
 */
export async function makeInstallation(
  infrastructure: Infrastructure,
  { prefix, partitions }: Settings,
  keys: Keys,
  memory: Memory,
  options: { readonly willReplay: boolean; readonly env: NodeJS.ProcessEnv },
): Promise<Readonly<Record<Service, string>>> {
  const { adminDatabaseUrl, brokers, kind } = infrastructure;
  const specs = topicSpecs(contracts, prefix, partitions, kind === 'given' ? -1 : 1);
  const names = specs.map(({ topic }) => topic);
  const schemas = services.map((service) => schemaOf(prefix, service));

  return withLog(brokerOptions(brokers, options.env), async (log) => {
    const counts = await log.partitionCounts(names);
    const found = await schemasFound(adminDatabaseUrl, prefix);
    const roles = new Set(await rolesFound(adminDatabaseUrl, schemas));
    const { made } = memory.now;
    if (kind === 'given') {
      const strangeTopics = [...counts.keys()].filter((topic) => !made.topics.includes(topic));
      const strangeSchemas = found
        .filter(({ schema, tables }) => tables > 0 && ![...made.schemas, ...made.taken].includes(schema))
        .map(({ schema }) => schema);
      const strange = [...strangeTopics.map((topic) => `topic ${topic}`), ...strangeSchemas.map((schema) => `schema ${schema}`)];
      if (options.willReplay && strange.length > 0)
        throw new Problem(
          `A replay needs topics and schemas of its own, but these were there before:\n${strange.map((one) => `  ${one}`).join('\n')}\nChoose another HITO_PREFIX, or start with --no-replay.`,
        );
      // Whose roles these are would be locked out: a start sets the passwords.
      const strangeRoles = [...roles].filter((role) => !made.roles.includes(role));
      if (strangeRoles.length > 0)
        throw new Problem(
          `These database roles are of another installation, and a start here would change their passwords:\n${strangeRoles.map((role) => `  role ${role}`).join('\n')}\nChoose another HITO_PREFIX, or start from the folder (HITO_HOME) that made them.`,
        );
    }
    const known = new Set(found.map(({ schema }) => schema));
    const empty = found.filter(({ schema, tables }) => tables === 0 && !made.schemas.includes(schema));
    const and = (before: readonly string[], now: readonly string[]): string[] => [...new Set([...before, ...now])];
    memory.note({
      made: {
        topics: and(
          made.topics,
          names.filter((topic) => !counts.has(topic)),
        ),
        schemas: and(
          made.schemas,
          schemas.filter((schema) => !known.has(schema)),
        ),
        roles: and(
          made.roles,
          schemas.filter((role) => !roles.has(role)),
        ),
        taken: and(
          made.taken,
          empty.map(({ schema }) => schema),
        ),
      },
    });
    const wrong = [...counts]
      .filter(([, count]) => count !== partitions)
      .map(([topic, count]) => `${topic} has ${String(count)}`);
    if (wrong.length > 0)
      throw new Problem(
        `Every topic must have ${String(partitions)} partitions, but ${wrong.join(', ')}. Set HITO_PARTITIONS to what they have, or choose another HITO_PREFIX.`,
      );

    const database = await applyDatabase(adminDatabaseUrl, { services, prefix, passwords: keys.passwords });
    if (!database.applied)
      throw new Problem(
        `The role of DATABASE_URL may not create roles and schemas. Let an administrator run this, then start again with theirs:\n\n${database.sql}`,
      );
    await log.createTopics(specs);
    return Object.fromEntries(services.map((service) => [service, database.urls[service] ?? ''])) as Record<Service, string>;
  });
}
