import { join } from 'node:path';
import { endLeftovers } from '../process/records.ts';
import { portsOf } from '../process/ports.ts';
import type { Infrastructure, InfrastructureOptions } from './infrastructure.types.ts';
import { findJava } from './kafka/java.ts';
import { kafkaClasspath } from './kafka/classpath.ts';
import { kafkaServer } from './kafka/kafka.ts';
import { makePostgresFolder } from './postgres/folder.ts';
import { postgresServer } from './postgres/postgres.ts';

/** The real Kafka (its jars by Maven, run by Java) and the real Postgres (from npm), as two processes of ours. */
export async function startEmbedded({ dir, log, env = process.env }: InfrastructureOptions): Promise<Infrastructure> {
  const java = await findJava(env);
  const ended = await endLeftovers(dir, { ranks: ['infrastructure'], graceMs: 30_000 });
  if (ended.length > 0) log(`ended what an earlier start left running: ${ended.join(', ')}`);
  const ports = portsOf(dir, env);
  const kafkaPort = await ports.take('kafka', 'HITO_KAFKA_PORT');
  const controllerPort = await ports.take('kafka-controller');
  const postgresPort = await ports.take('postgres', 'HITO_POSTGRES_PORT');

  const startKafka = async () => {
    const classpath = await kafkaClasspath(log);
    return kafkaServer({ dir, data: join(dir, 'kafka'), java, classpath, port: kafkaPort, controllerPort });
  };
  const [kafka, postgres] = await Promise.allSettled([
    startKafka(),
    postgresServer({ dir, data: makePostgresFolder(dir), port: postgresPort }),
  ]);
  if (kafka.status === 'rejected' || postgres.status === 'rejected') {
    for (const started of [kafka, postgres]) if (started.status === 'fulfilled') await started.value.stop();
    throw kafka.status === 'rejected' ? kafka.reason : (postgres as PromiseRejectedResult).reason;
  }
  return {
    kind: 'embedded',
    brokers: [`127.0.0.1:${String(kafkaPort)}`],
    adminDatabaseUrl: postgres.value.url,
    kafka: kafka.value,
    postgres: postgres.value,
    async stop() {
      await Promise.all([kafka.value.stop(), postgres.value.stop()]);
    },
  };
}
