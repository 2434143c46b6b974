import { baseVariables, brokerVariables, kafkaOptions, readVariables } from '#platform';
import type { Log, Logger, Topics } from '#stream';
import { connectLog } from '#stream/runtime';
import { loadFiles } from './installation-files.ts';

const { HITO_PREFIX, HITO_PARTITIONS } = baseVariables;

export interface Installation {
  readonly log: Log & Topics;
  readonly prefix: string;
  readonly partitions: number;
}

/** kafkajs 2.2 makes one with every request on newer Nodes; it means nothing. */
function withoutItsWarning(): void {
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => {
    if (name !== 'TimeoutNegativeWarning') process.stderr.write(`${name}: ${message}\n`);
  });
}

/** Connects to the broker that the environment names, hands the log to `work` and closes it whatever comes. */
export async function withLog(work: (installation: Installation) => Promise<void>): Promise<void> {
  loadFiles();
  withoutItsWarning();
  const env = readVariables('hito', { ...brokerVariables, HITO_PREFIX, HITO_PARTITIONS });
  const log = await connectLog(kafkaOptions(env, `${env.HITO_PREFIX}.cli`), quiet);
  try {
    await work({ log, prefix: env.HITO_PREFIX, partitions: env.HITO_PARTITIONS });
  } finally {
    await log.close();
  }
}

/** The commands speak for themselves; only what is amiss is said, on stderr. */
export const quiet: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (_, message) => void process.stderr.write(`${message}\n`),
  error: (_, message) => void process.stderr.write(`${message}\n`),
};
