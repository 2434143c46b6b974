import kafkajs, { type KafkaConfig, type Mechanism, type SASLOptions } from 'kafkajs';
import type { Log, Topics } from '../model/log.ts';
import type { KafkaOptions, Logger } from '../model/runtime.types.ts';
import { admin } from './admin.ts';
import { bearerLogin } from './bearer-login.ts';
import './codecs.ts';
import { extract } from './extract.ts';
import { producer } from './produce.ts';
import { subscribe } from './subscribe.ts';
import { tail } from './tail.ts';

/** Connects to the broker; rejects when it cannot be reached. kafkajs is known in this folder only. */
export async function connectLog(options: KafkaOptions, logger: Logger): Promise<Log & Topics> {
  const kafka = new kafkajs.Kafka(config(options, logger));
  const controls = kafka.admin({ retry: { retries: 3 } });
  await controls.connect();
  const produce = producer(kafka);
  return {
    produce: (records) => produce.send(records),
    subscribe: (group, handlers) => subscribe(kafka, logger, group, handlers),
    tail: (topic, from, onRecords) => tail(kafka, options.clientId, logger, topic, from, onRecords),
    extract: (topic, spans, onRecords) => extract(kafka, options.clientId, topic, spans, onRecords),
    ...admin(controls),
    close: async () => {
      await produce.close();
      await controls.disconnect();
    },
  };
}

const login = (sasl: NonNullable<KafkaOptions['sasl']>): SASLOptions | Mechanism =>
  sasl.mechanism === 'oauthbearer' ? bearerLogin(sasl) : passwordLogin(sasl);

const passwordLogin = ({
  mechanism,
  username,
  password,
}: Exclude<NonNullable<KafkaOptions['sasl']>, { mechanism: 'oauthbearer' }>): SASLOptions => ({ mechanism, username, password });

export function config({ brokers, clientId, ssl, sasl }: KafkaOptions, logger: Logger): KafkaConfig {
  const { NOTHING, ERROR, WARN } = kafkajs.logLevel;
  return {
    brokers: [...brokers],
    clientId,
    ssl: typeof ssl === 'object' ? (ssl.ca === undefined ? true : { ca: [ssl.ca] }) : (ssl ?? false),
    ...(sasl === undefined ? {} : { sasl: login(sasl) }),
    connectionTimeout: 3_000,
    requestTimeout: 30_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 },
    logLevel: WARN,
    // Coordinators that load and groups that rebalance are daily life; what matters comes back as an error to the caller.
    logCreator:
      () =>
      ({ level, log }) => {
        if (level === NOTHING) return;
        const { message, error } = log as unknown as { message: string; error?: string };
        if (level === ERROR && !/rebalanc|coordinator|not a leader|Connection error|Response /i.test(`${message} ${error ?? ''}`))
          logger.warn({ error }, `kafka: ${message}`);
        else logger.debug({ error }, `kafka: ${message}`);
      },
  };
}
