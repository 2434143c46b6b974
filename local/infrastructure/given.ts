import { valueOf } from '../environment.ts';
import type { Infrastructure } from './infrastructure.types.ts';

/** Servers named by the environment; undefined when none are. Throws when only one of the two is named. */
export function given(env: NodeJS.ProcessEnv): Infrastructure | undefined {
  const brokers = (valueOf(env, 'KAFKA_BROKERS') ?? '')
    .split(',')
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '');
  const url = valueOf(env, 'DATABASE_URL') ?? '';
  if (brokers.length === 0 && url === '') return undefined;
  if (brokers.length === 0)
    throw new Error('DATABASE_URL is set but KAFKA_BROKERS is not. Set both for own servers (KAFKA_BROKERS=host:9092), or none.');
  if (url === '')
    throw new Error(
      'KAFKA_BROKERS is set but DATABASE_URL is not. Set both for own servers (DATABASE_URL=postgres://admin:password@host:5432/database), or none.',
    );
  return { kind: 'given', brokers, adminDatabaseUrl: url, stop: () => Promise.resolve() };
}
