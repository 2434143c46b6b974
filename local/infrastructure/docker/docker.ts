import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Infrastructure, InfrastructureOptions } from '../infrastructure.types.ts';

const images = { kafka: 'confluentinc/cp-kafka:8.0.0', postgres: 'postgres:18' };
const run = promisify(execFile);
const docker = (args: readonly string[]): Promise<unknown> => run('docker', args);

/** Names of containers and volumes: two clones on one machine do not meet. */
const dockerNames = (dir: string): { readonly kafka: string; readonly postgres: string } => {
  const id = createHash('sha256').update(resolve(dir)).digest('hex').slice(0, 10);
  return { kafka: `hito-${id}-kafka`, postgres: `hito-${id}-postgres` };
};

/** Deletes the volumes of a local start (`--fresh`). */
export async function removeDockerVolumes(dir: string): Promise<void> {
  const names = Object.values(dockerNames(dir));
  await docker(['rm', '--force', ...names]);
  await docker(['volume', 'rm', '--force', ...names]);
}

function passwordIn(dir: string): string {
  const file = join(dir, 'keys', 'docker-postgres');
  if (!existsSync(file)) {
    mkdirSync(join(dir, 'keys'), { recursive: true, mode: 0o700 });
    writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8').trim();
}

/**
 * Kafka and Postgres as containers by testcontainers; their data is in named volumes and outlives them. The names are fixed: what a
 * killed launcher left running is removed first, so that two servers never share one volume. Docker chooses the ports.
 */
export async function startDocker({ dir, log }: InfrastructureOptions): Promise<Infrastructure> {
  const [{ KafkaContainer }, { PostgreSqlContainer }] = await Promise.all([
    import('@testcontainers/kafka'),
    import('@testcontainers/postgresql'),
  ]);
  const names = dockerNames(dir);
  await docker(['rm', '--force', names.kafka, names.postgres]);
  log(`starting ${images.kafka} and ${images.postgres} in Docker (the first time it pulls them)`);
  const started = await Promise.allSettled([
    new KafkaContainer(images.kafka)
      .withKraft()
      .withName(names.kafka)
      .withEnvironment({ KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false', KAFKA_HEAP_OPTS: '-Xms256m -Xmx1g' })
      .withBindMounts([{ source: names.kafka, target: '/var/lib/kafka/data' }])
      .start(),
    new PostgreSqlContainer(images.postgres)
      .withName(names.postgres)
      .withUsername('postgres')
      .withPassword(passwordIn(dir))
      .withDatabase('postgres')
      .withBindMounts([{ source: names.postgres, target: '/var/lib/postgresql' }])
      .withCommand(['postgres', '-c', 'shared_buffers=256MB', '-c', 'max_connections=200'])
      .start(),
  ]);
  const [kafka, postgres] = started;
  if (kafka.status === 'rejected' || postgres.status === 'rejected') {
    await docker(['rm', '--force', names.kafka, names.postgres]);
    const reason: unknown = started.find((one) => one.status === 'rejected')?.reason;
    throw new Error(
      `Docker could not start the servers: ${String(reason)}\nSet HITO_INFRASTRUCTURE=embedded to run them without Docker.`,
    );
  }
  return {
    kind: 'docker',
    brokers: [`${kafka.value.getHost()}:${String(kafka.value.getMappedPort(9093))}`],
    adminDatabaseUrl: postgres.value.getConnectionUri(),
    async stop() {
      await Promise.all([
        kafka.value.stop({ timeout: 30_000, remove: true, removeVolumes: false }),
        postgres.value.stop({ timeout: 30_000, remove: true, removeVolumes: false }),
      ]);
    },
  };
}
