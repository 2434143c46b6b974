import type { KafkaOptions } from '#stream';
import type { BaseEnvironment, brokerVariables } from './env.ts';

type BrokerEnvironment = Pick<BaseEnvironment, keyof typeof brokerVariables>;

/** How to reach the broker, from the environment. */
export function kafkaOptions(env: BrokerEnvironment, clientId: string): KafkaOptions {
  const sasl = saslOf(env);
  return {
    brokers: env.KAFKA_BROKERS,
    clientId,
    ...(env.KAFKA_SSL && { ssl: env.KAFKA_SSL_CA === undefined ? true : { ca: env.KAFKA_SSL_CA } }),
    ...(sasl !== undefined && { sasl }),
  };
}

/** What is missing of a login is a contradiction that `readVariables` has refused. */
function saslOf(env: BrokerEnvironment): KafkaOptions['sasl'] {
  const { KAFKA_SASL_MECHANISM: mechanism } = env;
  if (mechanism === undefined) return undefined;
  if (mechanism !== 'oauthbearer')
    return { mechanism, username: env.KAFKA_SASL_USERNAME ?? '', password: env.KAFKA_SASL_PASSWORD ?? '' };
  return {
    mechanism,
    tokenUrl: env.KAFKA_OAUTH_TOKEN_URL ?? '',
    clientId: env.KAFKA_OAUTH_CLIENT_ID ?? '',
    clientSecret: env.KAFKA_OAUTH_CLIENT_SECRET ?? '',
    scope: env.KAFKA_OAUTH_SCOPE,
  };
}
