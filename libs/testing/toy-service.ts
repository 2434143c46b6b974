import type { Logger } from '#stream';
import { startRuntime } from '#stream/runtime';
import { runner } from './toy-worker.ts';
import { toys } from './toy.ts';

/**
 * The toy flow as a process of its own, for tests that kill and freeze it. Environment: TOY_PREFIX, TOY_PARTITIONS, KAFKA_BROKERS,
 * DATABASE_URL, TOY_SESSION_MS, TOY_DEADLY (the n of a ping on which
 * the process dies; it is then given up after one death in a batch and two alone), TOY_BATCH, TOY_ONLY (the name of the
 * only processor), TOY_WORKER (instead of the flow a worker: `single` or `together`). A line of status as JSON five times a second.
 */
const {
  TOY_PREFIX = 'toy',
  TOY_PARTITIONS = '2',
  KAFKA_BROKERS = '',
  DATABASE_URL = '',
  TOY_SESSION_MS = '6000',
  TOY_DEADLY,
  TOY_ONLY,
  TOY_WORKER,
  TOY_VERBOSE,
} = process.env;
const say =
  (level: string) =>
  (fields: object, message: string): void => {
    if (TOY_VERBOSE !== undefined || level === 'error')
      process.stderr.write(`${String(process.pid)} ${level} ${message} ${JSON.stringify(fields)}\n`);
  };
const logger: Logger = { debug: () => undefined, info: say('info'), warn: say('warn'), error: say('error') };

const deadly = toys.map((described) => {
  const { processor } = described;
  if (TOY_DEADLY === undefined || processor.name !== 'router') return described;
  const decide = (state: unknown, message: unknown, rules: unknown): never => {
    const { data } = message as { data?: { n?: number } };
    if (data?.n === Number(TOY_DEADLY)) process.kill(process.pid, 'SIGKILL');
    return (processor.decide as (...given: unknown[]) => never)(state, message, rules);
  };
  return { ...described, processor: { ...processor, decide } };
});

const runtime = await startRuntime({
  service: 'ingestion',
  prefix: TOY_PREFIX,
  partitions: Number(TOY_PARTITIONS),
  kafka: { brokers: KAFKA_BROKERS.split(','), clientId: `toy-${String(process.pid)}` },
  databaseUrl: DATABASE_URL,
  logger,
  sessionTimeoutMs: Number(TOY_SESSION_MS),
  processors:
    TOY_WORKER === undefined ? deadly.filter(({ processor }) => TOY_ONLY === undefined || processor.name === TOY_ONLY) : [],
  workers: TOY_WORKER === undefined ? [] : [runner(TOY_WORKER === 'together')],
  tuning: { batch: Number(process.env['TOY_BATCH'] ?? 5_000), ...(TOY_DEADLY !== undefined && { attempts: 1 }) },
});
const status = setInterval(() => {
  process.stdout.write(`${JSON.stringify({ at: Date.now(), notReady: runtime.notReady() ?? null, tasks: runtime.status() })}\n`);
}, 200);
process.once('SIGTERM', () => {
  clearInterval(status);
  void runtime.stop().then(() => process.exit(0));
});
