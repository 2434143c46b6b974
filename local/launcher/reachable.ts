import type { Infrastructure } from '../infrastructure/index.ts';
import { withDatabase } from './database.ts';
import { brokerOptions, withLog } from './kafka-client.ts';
import { Problem } from './problem.ts';

/** Throws Problem where servers that were given do not answer. */
export async function checkReachable({ kind, brokers, adminDatabaseUrl }: Infrastructure, env: NodeJS.ProcessEnv): Promise<void> {
  if (kind !== 'given') return;
  await withLog(brokerOptions(brokers, env), (log) => log.partitionCounts([])).catch((error: unknown) => {
    throw new Problem(
      `The brokers ${brokers.join(',')} cannot be reached: ${(error as Error).message}\nCheck KAFKA_BROKERS, and KAFKA_SSL and KAFKA_SASL_… where they ask for TLS or a login.`,
    );
  });
  await withDatabase(adminDatabaseUrl, (client) => client.query('select 1')).catch((error: unknown) => {
    throw new Problem(
      `The database at ${new URL(adminDatabaseUrl).host} cannot be reached: ${(error as Error).message}\nCheck DATABASE_URL: postgres://user:password@host:5432/database, of a role that may create roles and schemas.`,
    );
  });
}
