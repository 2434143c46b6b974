import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { portsOf } from '../../process/ports.ts';
import type { Infrastructure, InfrastructureOptions } from '../infrastructure.types.ts';

/** The same as in docker-compose.yml. */
export const images = { kafka: 'apache/kafka:4.1.1', postgres: 'postgres:18' };
const brokerPort = 9094;
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

/** A broker that is its own controller. Its clients connect to the port of this machine, so Docker must publish that one. */
const kafkaEnvironment = (port: number): Record<string, string> => ({
  KAFKA_NODE_ID: '1',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
  KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
  KAFKA_LISTENERS: `PLAINTEXT://:${String(brokerPort)},CONTROLLER://:9093`,
  KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${String(port)}`,
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '1',
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
  KAFKA_LOG_DIRS: '/var/lib/kafka/data',
  KAFKA_HEAP_OPTS: '-Xms256m -Xmx1g',
});

/**
 * Kafka and Postgres as containers by testcontainers; their data is in named volumes and outlives them. The names are fixed: what a
 * killed launcher left running is removed first, so that two servers never share one volume.
 */
export async function startDocker({ dir, log, env = process.env }: InfrastructureOptions): Promise<Infrastructure> {
  const { localContainer } = await import('./local-container.ts');
  const names = dockerNames(dir);
  await docker(['rm', '--force', names.kafka, names.postgres]);
  const ports = portsOf(dir, env);
  const kafkaPort = await ports.take('kafka', 'HITO_KAFKA_PORT');
  const postgresPort = await ports.take('postgres', 'HITO_POSTGRES_PORT');
  const password = passwordIn(dir);
  log(`starting ${images.kafka} and ${images.postgres} in Docker (the first time it pulls them)`);
  const started = await Promise.allSettled([
    localContainer(images.kafka, { container: brokerPort, host: kafkaPort })
      .withName(names.kafka)
      .withEnvironment(kafkaEnvironment(kafkaPort))
      .withBindMounts([{ source: names.kafka, target: '/var/lib/kafka/data' }])
      .start(),
    localContainer(images.postgres, { container: 5432, host: postgresPort })
      .withName(names.postgres)
      .withEnvironment({ POSTGRES_PASSWORD: password })
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
    brokers: [`127.0.0.1:${String(kafkaPort)}`],
    adminDatabaseUrl: `postgres://postgres:${password}@127.0.0.1:${String(postgresPort)}/postgres`,
    async stop() {
      await Promise.all([
        kafka.value.stop({ timeout: 30_000, remove: true, removeVolumes: false }),
        postgres.value.stop({ timeout: 30_000, remove: true, removeVolumes: false }),
      ]);
    },
  };
}
