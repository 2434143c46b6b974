import { valueOf } from '../environment.ts';
import { dockerIsUp } from './docker/docker-is-up.ts';
import { startEmbedded } from './embedded.ts';
import { given } from './given.ts';
import type { Infrastructure, InfrastructureOptions } from './infrastructure.types.ts';
import { findJava } from './kafka/java.ts';

export type { Infrastructure, InfrastructureOptions } from './infrastructure.types.ts';

/**
 * Which servers there will be: given ones (`KAFKA_BROKERS` and `DATABASE_URL`), else what `HITO_INFRASTRUCTURE` insists on, else those
 * of an earlier start, else Docker's where it answers, else the real ones run here as two processes. Throws with what to do where they
 * cannot be started; starts nothing.
 */
export async function chooseInfrastructure(
  env: NodeJS.ProcessEnv,
  earlier?: Infrastructure['kind'],
): Promise<Infrastructure['kind']> {
  if (given(env) !== undefined) return 'given';
  const insisted = valueOf(env, 'HITO_INFRASTRUCTURE') ?? '';
  if (!['', 'docker', 'embedded'].includes(insisted))
    throw new Error(
      `HITO_INFRASTRUCTURE is ${JSON.stringify(insisted)}, which will not do: set embedded (Java and Maven are needed) or docker, or leave it out.`,
    );
  const wanted = insisted === '' && earlier !== 'given' ? earlier : insisted;
  if (wanted !== 'embedded' && (await dockerIsUp(env))) return 'docker';
  if (wanted === 'docker')
    throw new Error(
      insisted === 'docker'
        ? 'HITO_INFRASTRUCTURE is docker, but no Docker engine answers (`docker info`). Start it, or set HITO_INFRASTRUCTURE=embedded to run Kafka and Postgres without it.'
        : 'The data of the earlier start lies with Docker, but no Docker engine answers (`docker info`). Start it to carry on, or start anew without it: npm start -- --fresh.',
    );
  await findJava(env);
  return 'embedded';
}

/** Starts Kafka and Postgres for a local start or a test, as chosen; given servers are taken as they are. */
export async function startInfrastructure(options: InfrastructureOptions): Promise<Infrastructure> {
  const env = options.env ?? process.env;
  const theirs = given(env);
  if (theirs !== undefined) return theirs;
  const kind = options.kind ?? (await chooseInfrastructure(env));
  if (kind !== 'docker') return startEmbedded(options);
  const { startDocker } = await import('./docker/docker.ts');
  return startDocker(options);
}
