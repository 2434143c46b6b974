import { brokerVariables, kafkaOptions, readVariables } from '#platform';
import type { KafkaOptions, Log, Logger } from '#stream';
import { connectLog } from '#stream/runtime';

/** How the launcher itself reaches the broker: TLS and login as the environment says. */
export function brokerOptions(brokers: readonly string[], env: NodeJS.ProcessEnv): KafkaOptions {
  return kafkaOptions(
    readVariables('npm start', brokerVariables, { ...env, KAFKA_BROKERS: brokers.join(','), KAFKA_BROKERS_FILE: undefined }),
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
