import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { machineEnvironment } from '../../environment.ts';
import { end } from '../../process/end.ts';
import { isAlive } from '../../process/identity.ts';
import { launch, tailOf, type Launched } from '../../process/launch.ts';
import type { Server } from '../infrastructure.types.ts';
import { kafkaAnswers } from './answers.ts';
import { serverProperties } from './server-properties.ts';

export interface KafkaServerOptions {
  readonly dir: string;
  readonly data: string;
  readonly java: string;
  readonly classpath: string;
  readonly port: number;
  readonly controllerPort: number;
  /** Further lines of server.properties; they win over its own. */
  readonly settings?: readonly string[];
  /** Further arguments of the format of its storage. */
  readonly formatArgs?: readonly string[];
}

const startTimeoutMs = 90_000;

/** Kafka asks for 16 random bytes, base64 without padding, not beginning with a dash. */
const clusterId = (): string => Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url').replace(/^-/, 'A');

/** Formats its storage the first time, starts the broker and waits until it speaks. Throws with the end of its log. */
export async function kafkaServer(options: KafkaServerOptions): Promise<Server> {
  const { dir, data, java, classpath, port, controllerPort, settings = [], formatArgs = [] } = options;
  const logs = join(data, 'data');
  const properties = join(data, 'server.properties');
  mkdirSync(data, { recursive: true });
  writeFileSync(properties, [serverProperties(port, controllerPort, logs), ...settings].join('\n'), { mode: 0o600 });
  const quiet = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true'];
  if (!existsSync(join(logs, 'meta.properties'))) {
    const format = [
      '-Xmx256m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      ...quiet,
      '-cp',
      classpath,
      'kafka.tools.StorageTool',
    ];
    await promisify(execFile)(java, [...format, 'format', '-t', clusterId(), '-c', properties, ...formatArgs]);
  }

  let process_: Launched;
  const start = async (): Promise<void> => {
    process_ = await launch({
      dir,
      name: 'kafka',
      rank: 'infrastructure',
      command: java,
      args: ['-Xms256m', '-Xmx1g', '-XX:+UseSerialGC', ...quiet, '-cp', classpath, 'kafka.Kafka', properties],
      env: machineEnvironment(process.env),
    });
    const until = Date.now() + startTimeoutMs;
    while (!(await kafkaAnswers(port))) {
      if (!isAlive(process_))
        throw new Error(`Kafka ended while starting. The end of ${process_.logFile}:\n${tailOf(process_.logFile)}`);
      if (Date.now() > until) {
        await end(process_, 1_000);
        throw new Error(
          `Kafka did not answer on port ${String(port)} within ${String(startTimeoutMs / 1000)} s. The end of ${process_.logFile}:\n${tailOf(process_.logFile)}`,
        );
      }
      await sleep(100);
    }
  };
  await start();
  return {
    get pid() {
      return process_.pid;
    },
    start,
    async stop() {
      await end(process_, 30_000);
    },
  };
}
