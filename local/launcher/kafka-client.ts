import { baseVariables, kafkaOptions, readVariables } from '#platform';
import { connectLog, type KafkaOptions, type Log, type Logger } from '#stream';

const { KAFKA_BROKERS, KAFKA_SSL, KAFKA_SSL_CA, KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD } = baseVariables;

/** How the launcher itself reaches the broker: TLS and login as the environment says. */
export function brokerOptions(brokers: readonly string[], env: NodeJS.ProcessEnv): KafkaOptions {
  const shape = { KAFKA_BROKERS, KAFKA_SSL, KAFKA_SSL_CA, KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD };
  return kafkaOptions(
    readVariables('npm start', shape, { ...env, KAFKA_BROKERS: brokers.join(','), KAFKA_BROKERS_FILE: undefined }),
    'hito.launcher',
  );
}

const quiet: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Connects, hands the log to `work` and closes it whatever comes. */
export async function withLog<Result>(options: KafkaOptions, work: (log: Log) => Promise<Result>): Promise<Result> {
  const log = await connectLog(options, quiet);
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}
