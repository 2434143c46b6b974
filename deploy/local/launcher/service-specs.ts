import { join } from 'node:path';
import { services, type Service } from '#contracts';
import type { Ports } from '../process/ports.ts';
import type { Spec } from '../supervisor/supervisor.ts';
import { root } from '../root.ts';
import type { Keys } from './keys.ts';
import type { Settings } from './settings.ts';

/** Where one instance of a service listens. */
export interface Instance {
  readonly name: string;
  readonly service: Service;
  /** Health, metrics, status. */
  readonly internalUrl: string;
  /** For SDKs (ingestion) or recipients (delivery); undefined for the others. */
  readonly publicUrl: string | undefined;
}

export interface ServicePlan {
  readonly instances: readonly Instance[];
  readonly specs: readonly Spec[];
  /** What the replayer needs: ingestion's environment. */
  readonly ingestion: NodeJS.ProcessEnv;
}

export interface ServiceOptions extends Settings {
  readonly env: NodeJS.ProcessEnv;
  readonly brokers: readonly string[];
  readonly databaseUrls: Readonly<Record<Service, string>>;
  readonly keys: Keys;
  readonly playbook: string;
  readonly inboxSmtpUrl: string;
  readonly ports: Ports;
}

const host = '127.0.0.1';
/** How every Node of a start is started. */
export const nodeFlags = ['--enable-source-maps', '--disable-warning=TimeoutNegativeWarning'];
/**
 * How a service's Node is started. A small young generation: what a batch leaves behind dies young anyway, and the default, which grows
 * with the machine's memory, costs 150 MB a process at the same CPU (measured on the bare consumer of bench (a): 420 and 270 MB).
 * It is cleared by the main thread alone: where there are fewer cores than processes, helpers that have to be waited for cost more
 * than they take off (3 % of bench (a)).
 */
export const serviceNode = [...nodeFlags, '--max-semi-space-size=8', '--no-parallel-scavenge'];
/** What the launcher decides itself: never handed on from the user's environment. */
const own = [
  'KAFKA_BROKERS',
  'KAFKA_BROKERS_FILE',
  'DATABASE_URL',
  'DATABASE_URL_FILE',
  'HITO_PORT',
  'HITO_HOST',
  'HITO_INTERNAL_PORT',
  'HITO_INTERNAL_HOST',
  'HITO_PREFIX',
  'HITO_PARTITIONS',
  'HITO_PLAYBOOK',
  'HITO_INBOX_SMTP_URL',
];

/** The user's environment without npm's own variables and what the launcher decides. */
const handedOn = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !own.includes(name) && !/^(npm_|INIT_CWD)/i.test(name)));

/** A default that holds unless the user set the variable or its _FILE. */
const unlessSet = (env: NodeJS.ProcessEnv, defaults: Readonly<Record<string, string>>): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(defaults).filter(([name]) => !env[name] && !env[`${name}_FILE`]));

const withPublicSide: readonly Service[] = ['ingestion', 'delivery'];
const urlOf = (port: number | undefined): string | undefined =>
  port === undefined ? undefined : `http://${host}:${String(port)}`;

/**
 * The environment of every service's processes. HITO_INSTANCES processes each; ports of its own each (HITO_<SERVICE>_INTERNAL_PORT, and
 * HITO_<SERVICE>_PORT where it has a public side, insist on the first's).
 */
export async function servicePlan(options: ServiceOptions): Promise<ServicePlan> {
  const { env, keys, ports } = options;
  const count = Math.max(1, Number(env['HITO_INSTANCES'] ?? 1));
  const instances: (Instance & { readonly port: number | undefined; readonly internalPort: number })[] = [];
  for (const service of services)
    for (let i = 1; i <= count; i += 1) {
      const name = count === 1 ? service : `${service}-${String(i)}`;
      const take = (what: string, variable: string): Promise<number> =>
        ports.take(what, i === 1 ? `HITO_${service.toUpperCase()}_${variable}` : undefined);
      const port = withPublicSide.includes(service) ? await take(name, 'PORT') : undefined;
      const internalPort = await take(`${name}-internal`, 'INTERNAL_PORT');
      instances.push({
        name,
        service,
        port,
        internalPort,
        publicUrl: urlOf(port),
        internalUrl: urlOf(internalPort) ?? '',
      });
    }
  const delivery = instances.find(({ service }) => service === 'delivery')?.publicUrl ?? '';
  const environmentOf = (service: Service): NodeJS.ProcessEnv => ({
    ...handedOn(env),
    KAFKA_BROKERS: options.brokers.join(','),
    DATABASE_URL: options.databaseUrls[service],
    HITO_PREFIX: options.prefix,
    HITO_PARTITIONS: String(options.partitions),
    HITO_PLAYBOOK: options.playbook,
    HITO_HOST: host,
    HITO_INTERNAL_HOST: host,
    ...unlessSet(env, { HITO_SIGNING_KEY: keys.signing }),
    ...(service === 'ingestion' ? unlessSet(env, { HITO_WRITE_KEYS: `local:${keys.write}` }) : {}),
    ...(service === 'delivery'
      ? {
          HITO_INBOX_SMTP_URL: options.inboxSmtpUrl,
          ...unlessSet(env, {
            SMTP_URL: options.inboxSmtpUrl,
            HITO_PUBLIC_URL: delivery,
            HITO_MAIL_FROM: 'Example shop <hello@shop.example>',
            HITO_POSTAL_ADDRESS: 'Example shop, 1 Example Street, 28001 Madrid, Spain',
            HITO_SMTP_REPLY_TIMEOUT_MS: '5000',
            HITO_SMTP_CONNECTIONS: '8',
          }),
        }
      : {}),
  });
  return {
    instances,
    ingestion: environmentOf('ingestion'),
    specs: instances.map(({ name, service, port, internalPort }) => ({
      name,
      rank: 'service',
      command: process.execPath,
      args: [...serviceNode, join(root, 'dist', 'services', service, 'main.js')],
      env: {
        ...environmentOf(service),
        HITO_INTERNAL_PORT: String(internalPort),
        ...(port === undefined ? {} : { HITO_PORT: String(port) }),
      },
    })),
  };
}
