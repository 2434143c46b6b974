import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { pino, type DestinationStream, type Logger as Pino } from 'pino';
import type { BaseEnvironment } from './env.ts';
import { keyRing, type RingKey } from './key-ring.ts';
import { cleaner, lineCleaner, type Clean } from './log-line.ts';

/** What stands for a person in the logs: the key's id and 16 hex digits, the same for the same person; nobody without the key can turn them back. */
export const hashedPerson = ({ id, bytes }: RingKey, personId: string): string =>
  `${id}:${createHmac('sha256', bytes).update(personId).digest('hex').slice(0, 16)}`;

/** Takes out of what people read of a service all that its log leaves out. */
export function cleanerOf(env: LogKeys): Clean {
  const { current } = keyRing('logs', env.HITO_SIGNING_KEY, env.HITO_LOG_KEYS);
  return cleaner(env, (personId) => hashedPerson(current, personId));
}

type LogKeys = Pick<BaseEnvironment, 'HITO_SIGNING_KEY'> & Partial<Pick<BaseEnvironment, 'HITO_LOG_KEYS'>>;
type LogEnvironment = Pick<BaseEnvironment, 'LOG_LEVEL'> & LogKeys;

/**
 * The service's log: JSON lines on stdout, or in `HITO_LOG_DIR/<service>.<n>.log` (20 MB each, five old ones kept).
 * Lines are written at once, so that the last ones before a kill are there. Whatever is logged, a line holds no address of a person, no
 * secret and no password of the environment; a field `person_id` is hashed (log-line.ts).
 */
export async function createLogger(service: string, env: LogEnvironment & Pick<BaseEnvironment, 'HITO_LOG_DIR'>): Promise<Pino> {
  return loggerTo(
    env.HITO_LOG_DIR === undefined ? pino.destination({ dest: 1, sync: true }) : await rolled(env.HITO_LOG_DIR, service),
    service,
    env,
  );
}

/** Files in a folder. What writes them is loaded only here: it takes a twentieth of a service's start. */
async function rolled(folder: string, service: string): Promise<DestinationStream> {
  const { default: roll } = await import('pino-roll');
  return roll({ file: join(folder, `${service}.log`), size: '20m', mkdir: true, sync: true, limit: { count: 5 } });
}

/** The same log into a given stream. */
export function loggerTo(destination: DestinationStream, service: string, env: LogEnvironment): Pino {
  return pino(
    {
      level: env.LOG_LEVEL,
      base: { service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { error: pino.stdSerializers.err, err: pino.stdSerializers.err },
      hooks: { streamWrite: lineCleaner(cleanerOf(env)) },
    },
    destination,
  );
}
