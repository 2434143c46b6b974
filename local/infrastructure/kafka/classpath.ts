import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from '../../root.ts';

const pom = join(root, 'local', 'infrastructure', 'kafka', 'pom.xml');

/**
 * The class path of Kafka's jars. Maven is asked once per pom; the answer is kept in node_modules/.cache, where `--fresh` and
 * tests with folders of their own find it again. Throws with what to install or check.
 */
export async function kafkaClasspath(log: (line: string) => void): Promise<string> {
  const version = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  const folder = join(root, 'node_modules', '.cache', 'hito');
  const file = join(folder, `kafka-${version}.cp`);
  if (existsSync(file)) {
    const known = readFileSync(file, 'utf8').trim();
    if (known.split(delimiter).every((jar) => existsSync(jar))) return known;
  }
  log("fetching Kafka's jars by Maven (54 MB, the first time only)");
  mkdirSync(folder, { recursive: true });
  const fresh = `${file}.${String(process.pid)}`;
  await maven(['-q', '-B', '-f', pom, 'dependency:build-classpath', `-Dmdep.outputFile=${fresh}`]);
  renameSync(fresh, file);
  return readFileSync(file, 'utf8').trim();
}

const maven = (args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    execFile('mvn', args, { maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve();
      else if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        reject(
          new Error(
            "Maven (mvn) was not found. It fetches Kafka's jars: apt install maven, or brew install maven; or start Docker instead.",
          ),
        );
      else
        reject(
          new Error(
            `Maven could not fetch Kafka's jars. Check the network and ~/.m2/settings.xml.\n${`${stdout}\n${stderr}`.trim().slice(-2_000)}`,
          ),
        );
    });
  });
