import type { KafkaOptions } from '#stream';
import type { BaseEnvironment } from './env.ts';

type BrokerEnvironment = Pick<
  BaseEnvironment,
  'KAFKA_BROKERS' | 'KAFKA_SSL' | 'KAFKA_SSL_CA' | 'KAFKA_SASL_MECHANISM' | 'KAFKA_SASL_USERNAME' | 'KAFKA_SASL_PASSWORD'
>;

/** How to reach the broker, from the environment. */
export function kafkaOptions(env: BrokerEnvironment, clientId: string): KafkaOptions {
  return {
    brokers: env.KAFKA_BROKERS,
    clientId,
    ...(env.KAFKA_SSL && { ssl: env.KAFKA_SSL_CA === undefined ? true : { ca: env.KAFKA_SSL_CA } }),
    ...(env.KAFKA_SASL_MECHANISM !== undefined && {
      sasl: {
        mechanism: env.KAFKA_SASL_MECHANISM,
        username: env.KAFKA_SASL_USERNAME ?? '',
        password: env.KAFKA_SASL_PASSWORD ?? '',
      },
    }),
  };
}
