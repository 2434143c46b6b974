import { z } from 'zod';
import { services } from '#contracts';
import { baseVariables, problemsOf, variable, whole } from '#platform';
import { isSet, valueOf } from '../environment.ts';
import { Problem } from './problem.ts';
import { mailStaysHere, serviceEnvironment, variablesOf } from './service-environment.ts';

const port = whole(1, 65_535);
const portNames = [
  'HITO_STATUS_PORT',
  'HITO_INBOX_HTTP_PORT',
  'HITO_INBOX_SMTP_PORT',
  'HITO_KAFKA_PORT',
  'HITO_POSTGRES_PORT',
  'HITO_INGESTION_PORT',
  'HITO_DELIVERY_PORT',
  ...services.map((service) => `HITO_${service.toUpperCase()}_INTERNAL_PORT`),
];

/** What only the launcher reads. */
const launcherVariables: z.ZodRawShape = {
  HITO_INSTANCES: variable(whole(1, 16).default(1), { description: 'for processes per service', example: '2' }),
  HITO_INFRASTRUCTURE: variable(
    z
      .enum(['embedded', 'docker'], 'embedded (Java and Maven are needed) or docker; without it, Docker where it answers')
      .optional(),
    { description: 'for how Kafka and Postgres are run', example: 'embedded' },
  ),
  HITO_PREFIX: baseVariables.HITO_PREFIX,
  HITO_PARTITIONS: baseVariables.HITO_PARTITIONS,
  ...Object.fromEntries(
    portNames.map((name) => [name, variable(port.optional(), { description: 'as a port', example: '4000' })]),
  ),
};

/** Stands for what only a start knows: the settings are checked before there is any server. */
const standIn = {
  prefix: 'hito',
  partitions: 1,
  brokers: ['127.0.0.1:9092'],
  databaseUrls: Object.fromEntries(services.map((service) => [service, 'postgres://role@127.0.0.1/hito'])) as Record<
    (typeof services)[number],
    string
  >,
  keys: {
    signing: '0123456789abcdef',
    write: '0123456789abcdef',
    passwords: Object.fromEntries(services.map((service) => [service, ''])) as Record<(typeof services)[number], string>,
  },
  playbook: 'playbook.yaml',
  inboxSmtpUrl: 'smtp://127.0.0.1:1025',
  publicUrl: 'http://127.0.0.1:3005',
};

function twice(env: NodeJS.ProcessEnv): string[] {
  const byPort = Map.groupBy(
    portNames.filter((name) => isSet(env, name)),
    (name) => Number(valueOf(env, name)),
  );
  return [...byPort]
    .filter(([, names]) => names.length > 1)
    .map(([number, names]) => `${names.join(' and ')} are both ${String(number)}; give each a port of its own`);
}

function servers(env: NodeJS.ProcessEnv): readonly string[] {
  const { KAFKA_BROKERS, DATABASE_URL } = baseVariables;
  const set = ['KAFKA_BROKERS', 'DATABASE_URL'].filter((name) => isSet(env, name));
  if (set.length === 0) return [];
  const shape = { KAFKA_BROKERS, DATABASE_URL };
  return problemsOf(`${set.join(' and ')} is set, so a start on your own servers`, shape, env);
}

/** Mail that leaves this machine must not be signed with the example's name, nor link to this machine. */
function sender(env: NodeJS.ProcessEnv): string {
  return mailStaysHere(env) ? 'delivery' : 'SMTP_URL names a server that is not on this machine: delivery';
}

/**
 * Checks every setting of the launcher and of all services, before anything is started or deleted. Throws Problem with one line per
 * setting that will not do, each with what to set.
 */
export function checkSettings(env: NodeJS.ProcessEnv): void {
  const problems = [
    ...problemsOf('npm start', launcherVariables, env),
    ...twice(env),
    ...servers(env),
    ...services.flatMap((service) =>
      problemsOf(
        service === 'delivery' ? sender(env) : service,
        variablesOf(service),
        serviceEnvironment(service, { ...standIn, env }),
      ),
    ),
  ];
  if (problems.length > 0)
    throw new Problem(
      `npm start cannot start: the settings need a change:\n${[...new Set(problems)].map((line) => `  - ${line}`).join('\n')}`,
    );
}
