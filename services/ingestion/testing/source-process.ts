import { parsePlaybook } from '#playbook';
import type { Logger } from '#stream';
import { startRuntime } from '#stream/runtime';
import { identity } from '../identity.processor.ts';
import { rulesOf } from '../rules.ts';
import { clusters, kafkaOf, registryOf } from '../sources/clusters.ts';
import { readsSources } from '../sources/sources.worker.ts';

/**
 * Ingestion's worker of sources, and `identity`, as a process of its own, for tests that kill it. Environment: SOURCE_PREFIX,
 * SOURCE_PLAYBOOK (its text), SOURCE_PARTITIONS, KAFKA_BROKERS, DATABASE_URL, HITO_SOURCE_CLUSTERS. A line of status as JSON five times a second.
 */
const {
  SOURCE_PREFIX: prefix = '',
  SOURCE_PLAYBOOK = '',
  SOURCE_PARTITIONS = '4',
  KAFKA_BROKERS = '',
  DATABASE_URL = '',
  HITO_SOURCE_CLUSTERS = '{}',
} = process.env;
const say =
  (level: string) =>
  (fields: object, message: string): void => {
    process.stderr.write(`${String(process.pid)} ${level} ${message} ${JSON.stringify(fields)}\n`);
  };
const logger: Logger = { debug: () => undefined, info: say('info'), warn: say('warn'), error: say('error') };
const playbook = parsePlaybook(SOURCE_PLAYBOOK);
const partitions = Number(SOURCE_PARTITIONS);
const brokers = KAFKA_BROKERS.split(',');
const known = clusters.parse(HITO_SOURCE_CLUSTERS);

const runtime = await startRuntime({
  service: 'ingestion',
  prefix,
  partitions,
  kafka: { brokers, clientId: `${prefix}-${String(process.pid)}` },
  databaseUrl: DATABASE_URL,
  logger,
  sessionTimeoutMs: 6_000,
  processors: [{ processor: identity, rules: rulesOf(playbook).identity, rulesVersion: playbook.version }],
  workers: [
    readsSources({
      playbook,
      partitions,
      kafka: (source) => kafkaOf(source, known, { brokers, clientId: `${prefix}.sources` }),
      registry: (source) => registryOf(source, known),
      logger,
    }),
  ],
});
const status = setInterval(() => {
  process.stdout.write(`${JSON.stringify({ at: Date.now(), notReady: runtime.notReady() ?? null, tasks: runtime.status() })}\n`);
}, 200);
process.once('SIGTERM', () => {
  clearInterval(status);
  void runtime.stop().then(() => process.exit(0));
});
