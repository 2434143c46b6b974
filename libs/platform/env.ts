import { z } from 'zod';
import { services, type Service } from '#contracts';
import { headerList } from './header-list.ts';
import { ringVariable, signingSecrets } from './key-ring.ts';
import { proxyList } from './proxy-list.ts';
import { share } from './share.ts';
import { whole } from './whole.ts';

/** What a variable's documentation consists of; given by `.meta({ … })` on its schema. */
export interface VariableMeta {
  /** What it is for, as a sentence that goes on after "<who> needs it": "to send mail". */
  readonly description: string;
  /** A value that works for local work. */
  readonly example: string;
  /** Its value appears in no message and no log. */
  readonly secret?: boolean;
}

/** Declares a variable together with its documentation. Every variable arrives as text. */
export const variable = <Schema extends z.ZodType>(schema: Schema, meta: VariableMeta): Schema => schema.meta({ ...meta });

const port = whole(0, 65_535);
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

function isBroker(text: string): boolean {
  const [, port] = /^[^\s:/@]+:(\d{1,5})$/.exec(text) ?? [];
  return Number(port) >= 1 && Number(port) <= 65_535;
}

const databaseForm =
  'postgres://user:password@host:port/database; in user and password a % is written %25, an @ %40, a : %3A, a / %2F';

/** What the driver reads by `decodeURIComponent` and a port, it must be able to read. */
function isDatabase(text: string): boolean {
  if (!/^postgres(ql)?:\/\/\S+$/.test(text) || !URL.canParse(text)) return false;
  const { username, password, pathname, port } = new URL(text);
  try {
    return [username, password, pathname].every((part) => !/[\0\r\n]/.test(decodeURIComponent(part))) && port !== '0';
  } catch {
    // A lone `%`: the message says how it is written.
    return false;
  }
}

/** Those that say how the broker is reached: all that `kafkaOptions` reads. */
export const brokerVariables = {
  KAFKA_BROKERS: variable(
    z
      .string()
      .transform((text) => text.split(',').map((broker) => broker.trim()))
      .pipe(z.array(z.string().refine(isBroker, 'each broker is host:port, separated by commas')).min(1)),
    { description: 'to reach the broker', example: '127.0.0.1:9092' },
  ),
  KAFKA_SSL: variable(flag.default(false), { description: 'true to speak TLS with the broker', example: 'true' }),
  KAFKA_SSL_CA: variable(z.string().includes('-----BEGIN CERTIFICATE-----', { error: 'a certificate in PEM form' }).optional(), {
    description: "the authority of the broker's certificate, PEM; usually as KAFKA_SSL_CA_FILE",
    example: 'KAFKA_SSL_CA_FILE=/etc/hito/ca.pem',
  }),
  KAFKA_SASL_MECHANISM: variable(z.enum(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer']).optional(), {
    description: 'to log in to the broker: plain, scram-sha-256, scram-sha-512 or oauthbearer',
    example: 'scram-sha-512',
  }),
  KAFKA_SASL_USERNAME: variable(z.string().optional(), { description: 'to log in to the broker', example: 'hito' }),
  KAFKA_SASL_PASSWORD: variable(z.string().optional(), {
    description: 'to log in to the broker',
    example: 'KAFKA_SASL_PASSWORD_FILE=/run/secrets/kafka',
    secret: true,
  }),
  KAFKA_OAUTH_TOKEN_URL: variable(z.url({ protocol: /^https?$/, error: 'an http or https address' }).optional(), {
    description: 'to log in by oauthbearer: where the authorization server gives tokens for client credentials',
    example: 'https://login.shop.example/token',
  }),
  KAFKA_OAUTH_CLIENT_ID: variable(z.string().optional(), { description: 'to log in by oauthbearer', example: 'hito' }),
  KAFKA_OAUTH_CLIENT_SECRET: variable(z.string().optional(), {
    description: 'to log in by oauthbearer',
    example: 'KAFKA_OAUTH_CLIENT_SECRET_FILE=/run/secrets/kafka',
    secret: true,
  }),
  KAFKA_OAUTH_SCOPE: variable(z.string().optional(), {
    description: 'to log in by oauthbearer: the scope that is asked for, where the server wants one',
    example: 'kafka',
  }),
};

/** What every service needs. Each variable X may instead be given as X_FILE, the name of a file that holds the value. */
export const baseVariables = {
  ...brokerVariables,
  DATABASE_URL: variable(z.string().refine(isDatabase, databaseForm), {
    description: "to keep its state; the service's own role (made by `hito database apply`)",
    example: 'postgres://hito_scoring:secret@127.0.0.1:5432/hito',
    secret: true,
  }),
  HITO_PREFIX: variable(
    z
      .string()
      .regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and dashes, a letter first')
      .max(40, 'at most 40 characters, for roles and schemas are named after it')
      .default('hito'),
    {
      description: 'how the names of topics and consumer groups begin',
      example: 'hito',
    },
  ),
  HITO_PARTITIONS: variable(whole(1, 1_000).default(12), {
    description: 'how many partitions every topic has; checked against the broker',
    example: '12',
  }),
  HITO_PLAYBOOK: variable(z.string(), {
    description: 'to know the rules: the playbook, a YAML file',
    example: 'examples/shop/playbook.yaml',
  }),
  HITO_HOST: variable(z.string().default('127.0.0.1'), {
    description: 'the address on which ingestion listens for SDKs and delivery for recipients',
    example: '0.0.0.0',
  }),
  HITO_PORT: variable(port.optional(), {
    description: 'the port for SDKs (ingestion, 3000 where absent) or recipients (delivery, 3005 where absent)',
    example: '3000',
  }),
  HITO_INTERNAL_HOST: variable(z.string().default('127.0.0.1'), {
    description: 'the address on which health, metrics and status answer; keep it from the public',
    example: '0.0.0.0',
  }),
  HITO_INTERNAL_PORT: variable(port.optional(), {
    description: 'the port of health, metrics and status; 3100 for ingestion, 3101 for scoring and so on where absent',
    example: '3100',
  }),
  HITO_TRUSTED_PROXIES: variable(proxyList.optional(), {
    description: 'the proxies before it whose X-Forwarded-For is believed; without it a client is who connects',
    example: 'loopback,10.0.0.0/8',
  }),
  HITO_SIGNING_KEY: variable(
    z.string().refine((text) => signingSecrets(text).every(({ length }) => length >= 16), 'at least 16 characters, each of them'),
    {
      description:
        'to derive the keys of links, suppressions, logs and secrets; the same for all services. Several, separated by commas: the first one counts, the others read; a new one is put last and rolled out, then first (docs/runbooks/HitoSecretOld.md)',
      example: 'HITO_SIGNING_KEY="$(openssl rand -hex 32)"',
      secret: true,
    },
  ),
  HITO_LOG_KEYS: variable(ringVariable, {
    description:
      'to hash person ids in logs with a key of its own: id:base64 of 32 bytes, the current one first (steps of a change: docs/runbooks/HitoSecretOld.md)',
    example: 'HITO_LOG_KEYS="l1:$(openssl rand -base64 32)"',
    secret: true,
  }),
  HITO_SECRETS_CHANGED: variable(z.iso.date('a day as yyyy-mm-dd').optional(), {
    description:
      'to warn of old secrets: the day (UTC) on which the oldest of them was made; without it, the times of files count, which on Kubernetes are those of the pod',
    example: '2026-11-27',
  }),
  HITO_SESSION_TIMEOUT_MS: variable(whole(6_000, 1_800_000, 'as brokers ask').default(10_000), {
    description: 'how long its partitions stay with a process that shows no sign of life, ms',
    example: '10000',
  }),
  HITO_STUCK_AFTER_MS: variable(whole(120_000, 86_400_000, 'for a statement of the database may take 70 s').default(300_000), {
    description: 'after how long without progress of a task /health/live answers 503, so that the process is started anew, ms',
    example: '300000',
  }),
  HITO_LOG_DIR: variable(z.string().optional(), {
    description: 'a folder for rotated log files; without it the log goes to stdout',
    example: '/var/log/hito',
  }),
  HITO_TRACES_URL: variable(z.url({ protocol: /^https?$/, error: 'an http or https address' }).optional(), {
    description: 'to follow traces: where a collector takes spans by OTLP over HTTP; without it there are none',
    example: 'http://127.0.0.1:4318/v1/traces',
  }),
  HITO_TRACES_RATIO: variable(share.default(0.01), {
    description: 'the share of calls that a trace is made of, 0 to 1; ingestion decides it for all services',
    example: '0.01',
  }),
  HITO_TRACES_HEADERS: variable(headerList.optional(), {
    description: 'to log in to the collector: headers of each request, as name=value, separated by commas',
    example: 'authorization=Bearer change-me-please',
    secret: true,
  }),
  LOG_LEVEL: variable(z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'), {
    description: 'what is logged: trace, debug, info, warn or error',
    example: 'debug',
  }),
};

/** The public port of a service where HITO_PORT is absent: 3000 for the first of them, 3001 for the next. */
export const defaultPort = (service: Service): number => 3000 + services.indexOf(service);

/** The internal port of a service where HITO_INTERNAL_PORT is absent: 3100 for the first of them, 3101 for the next. */
export const defaultInternalPort = (service: Service): number => 3100 + services.indexOf(service);

/** Of the services that write and read secrets of events: orchestration and delivery. */
export const secretKeys = variable(ringVariable, {
  description:
    'to encrypt secrets of events in decisions with a key of its own: id:base64 of 32 bytes, the current one first; the same for orchestration and delivery (steps of a change: docs/runbooks/HitoSecretOld.md)',
  example: 'HITO_SECRET_KEYS="s1:$(openssl rand -base64 32)"',
  secret: true,
});

type Base = z.infer<z.ZodObject<typeof baseVariables>>;
/** The environment of a service: the base and its own variables, checked and converted. */
export type Environment<Shape extends z.ZodRawShape = z.ZodRawShape> = Base & z.infer<z.ZodObject<Shape>>;
export type BaseEnvironment = Base;
