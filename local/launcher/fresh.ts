import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { deleteTopics, groupOf } from '#stream/runtime';
import { dockerIsUp } from '../infrastructure/docker/docker-is-up.ts';
import { given } from '../infrastructure/given.ts';
import { endLeftovers } from '../process/records.ts';
import { dropFromDatabase, processorsIn } from './database.ts';
import { emptyHome } from './home.ts';
import { brokerOptions } from './kafka-client.ts';
import { Memory } from './memory.ts';
import { Problem } from './problem.ts';

/**
 * Deletes what the local start itself made, nothing else: its folder's contents, Docker volumes of its own, and on given servers the
 * topics, schemas and roles that it noted as made by it. What still runs is ended first.
 */
export async function startAfresh(dir: string, env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<void> {
  if (!existsSync(join(dir, 'version'))) {
    emptyHome(dir);
    return;
  }
  await endLeftovers(dir);
  const { kind, made, brokers, prefix } = new Memory(dir).now;
  if (kind === 'given' && (made.topics.length > 0 || made.schemas.length > 0 || made.taken.length > 0)) {
    const servers = given(env);
    if (servers === undefined || servers.brokers.join(',') !== brokers)
      throw new Problem(
        `--fresh must delete what was made on the brokers ${String(brokers)}: set KAFKA_BROKERS and DATABASE_URL as they were then. Or move ${dir} away and delete it yourself.`,
      );
    const { topics, schemas, roles, taken: emptied } = made;
    const processors = await processorsIn(servers.adminDatabaseUrl, [...schemas, ...emptied]);
    const named = (who: string): string => groupOf(prefix ?? 'hito', who);
    const groups = new Set(processors.map(named));
    const readers = ['replayer', 'cli'].map((who) => `${named(who)}-tail-`);
    const ours = (group: string): boolean => groups.has(group) || readers.some((reader) => group.startsWith(reader));
    await deleteTopics(brokerOptions(servers.brokers, env), topics, ours);
    await dropFromDatabase(servers.adminDatabaseUrl, { schemas, emptied, roles });
    say(`deleted ${String(topics.length)} topics and ${String(schemas.length)} schemas that an earlier start had made`);
  }
  if (kind === 'docker' && (await dockerIsUp(env))) {
    const { removeDockerVolumes } = await import('../infrastructure/docker/docker.ts');
    await removeDockerVolumes(dir);
  }
  emptyHome(dir);
  say(`emptied ${dir}`);
}
