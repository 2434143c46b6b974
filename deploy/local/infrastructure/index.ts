import { dockerIsUp } from './docker/docker-is-up.ts';
import { startEmbedded } from './embedded.ts';
import { given } from './given.ts';
import type { Infrastructure, InfrastructureOptions } from './infrastructure.types.ts';

export type { Infrastructure, InfrastructureOptions } from './infrastructure.types.ts';

/**
 * Kafka and Postgres for a local start or a test: servers that were given (`KAFKA_BROKERS` and `DATABASE_URL`), else Docker's, else
 * the real ones run here as two processes. `HITO_INFRASTRUCTURE=docker|embedded` insists on one. Throws with what to do.
 */
export async function startInfrastructure(options: InfrastructureOptions): Promise<Infrastructure> {
  const env = options.env ?? process.env;
  const theirs = given(env);
  if (theirs !== undefined) return theirs;
  const insisted = env['HITO_INFRASTRUCTURE'];
  if (insisted === 'docker' || (insisted !== 'embedded' && (await dockerIsUp()))) {
    const { startDocker } = await import('./docker/docker.ts');
    return startDocker(options);
  }
  return startEmbedded(options);
}
