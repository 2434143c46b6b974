import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { findJava } from '../../local/infrastructure/kafka/java.ts';
import { root } from '../../local/root.ts';

const artifact = 'io.apicurio:apicurio-registry-app:2.6.13.Final:tar.gz:all';
const folder = join(root, 'node_modules', '.cache', 'hito', 'apicurio-2.6.13');
const jar = join(folder, 'apicurio-registry-app-2.6.13.Final-runner.jar');
const startMs = 120_000;

/** A registry that runs, with the address of its API of Confluent's kind. */
export interface RunningRegistry {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Starts Apicurio Registry (Apache 2.0) in memory, from Maven's repository (142 MB, the first time only). Throws with what to install. */
export async function apicurio(): Promise<RunningRegistry> {
  if (!existsSync(jar))
    await promisify(execFile)('mvn', [
      '-q',
      '-B',
      'org.apache.maven.plugins:maven-dependency-plugin:unpack',
      `-Dartifact=${artifact}`,
      `-DoutputDirectory=${folder}`,
      `-DmarkersDirectory=${join(folder, 'markers')}`,
    ]).catch((error: unknown) => {
      throw new Error(
        'Maven (mvn) could not fetch Apicurio. Install Maven, check the network, or name a registry in HITO_TRIAL_REGISTRY.',
        {
          cause: error,
        },
      );
    });
  const java = await findJava(process.env);
  const child = spawn(java, ['-Xmx256m', '-Dquarkus.http.host=127.0.0.1', '-Dquarkus.http.port=0', '-jar', jar], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  const stop = (): Promise<void> => {
    child.kill('SIGTERM');
    return exited;
  };
  const listening = new Promise<string>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      const address = /Listening on: (http:\S+)/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  let timer: NodeJS.Timeout | undefined;
  const address = await Promise.race([
    listening,
    exited,
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, startMs);
    }),
  ]);
  clearTimeout(timer);
  if (address !== undefined) return { url: `${address}/apis/ccompat/v7`, stop };
  await stop();
  throw new Error(`Apicurio did not start within ${String(startMs / 1_000)} s: run java -jar ${jar} to see why.`);
}
