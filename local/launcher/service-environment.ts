import type { z } from 'zod';
import type { Service } from '#contracts';
import { baseVariables } from '#platform';
import { deliveryVariables } from '../../services/delivery/environment.ts';
import { ingestionVariables } from '../../services/ingestion/environment.ts';
import { isSet, machineEnvironment, valueOf } from '../environment.ts';
import { isThisMachine } from '../this-machine.ts';
import type { Keys } from './keys.ts';

export interface ServiceEnvironmentOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly prefix: string;
  readonly partitions: number;
  readonly brokers: readonly string[];
  readonly databaseUrls: Readonly<Record<Service, string>>;
  readonly keys: Keys;
  readonly playbook: string;
  readonly inboxSmtpUrl: string;
  /** Where recipients reach delivery. */
  readonly publicUrl: string;
}

/** The launcher's services listen here alone. */
export const host = '127.0.0.1';

/** All that a service reads from its environment. */
export const variablesOf = (service: Service): z.ZodRawShape => ({
  ...baseVariables,
  ...(service === 'ingestion' ? ingestionVariables : service === 'delivery' ? deliveryVariables : {}),
});

/** Whether mail goes to a server of this machine, which mails nobody by itself: the inbox, or one that a developer runs. */
export function mailStaysHere(env: NodeJS.ProcessEnv): boolean {
  const url = valueOf(env, 'SMTP_URL');
  if (url === undefined) return !isSet(env, 'SMTP_URL');
  const hostname = URL.parse(url)?.hostname ?? '';
  return isThisMachine(hostname);
}

/** The launcher's own values of a service's variables; the others are the user's. */
function decided(service: Service, options: ServiceEnvironmentOptions): NodeJS.ProcessEnv {
  return {
    KAFKA_BROKERS: options.brokers.join(','),
    DATABASE_URL: options.databaseUrls[service],
    HITO_PREFIX: options.prefix,
    HITO_PARTITIONS: String(options.partitions),
    HITO_PLAYBOOK: options.playbook,
    HITO_HOST: host,
    HITO_INTERNAL_HOST: host,
    HITO_PORT: undefined,
    HITO_INTERNAL_PORT: undefined,
    HITO_INBOX_SMTP_URL: service === 'delivery' ? options.inboxSmtpUrl : undefined,
  };
}

/** Values that hold where the user sets none. The example's name is on mail only that stays on this machine. */
function defaults(service: Service, { env, keys, inboxSmtpUrl, publicUrl }: ServiceEnvironmentOptions): NodeJS.ProcessEnv {
  const common = { HITO_SIGNING_KEY: keys.signing };
  if (service === 'ingestion') return { ...common, HITO_WRITE_KEYS: `local:${keys.write}` };
  if (service !== 'delivery') return common;
  return {
    ...common,
    HITO_SMTP_CONNECTIONS: '8',
    ...(isSet(env, 'SMTP_URL') ? {} : { SMTP_URL: inboxSmtpUrl, HITO_SMTP_REPLY_TIMEOUT_MS: '5000' }),
    ...(mailStaysHere(env)
      ? {
          HITO_PUBLIC_URL: publicUrl,
          HITO_MAIL_FROM: 'Example shop <hello@shop.example>',
          HITO_POSTAL_ADDRESS: 'Example shop, 1 Example Street, 28001 Madrid, Spain',
        }
      : {}),
  };
}

/** A service's environment: what the machine needs and the service's own variables, nothing that is another's. */
export function serviceEnvironment(service: Service, options: ServiceEnvironmentOptions): NodeJS.ProcessEnv {
  const { env } = options;
  const ours = decided(service, options);
  const theirs = Object.keys(variablesOf(service))
    .filter((name) => !(name in ours))
    .flatMap((name) => [name, `${name}_FILE`])
    .flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  const unset = Object.entries(defaults(service, options)).filter(([name]) => !isSet(env, name));
  const set = Object.entries(ours).filter(([, value]) => value !== undefined);
  return { ...machineEnvironment(env), ...Object.fromEntries([...theirs, ...unset, ...set]) };
}

/** What the replayer reads beside ingestion's variables; a test may hold it at a tick (`failPoint`). */
export const replayerEnvironment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('HITO_REPLAY_') || name === 'HITO_FAILPOINTS'));
