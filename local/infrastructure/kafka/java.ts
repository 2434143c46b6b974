import { execFile } from 'node:child_process';
import { join } from 'node:path';

const oldest = 17;

const versionOf = (java: string): Promise<number | undefined> =>
  new Promise((resolve) => {
    execFile(java, ['-version'], (error, _stdout, stderr) => {
      const major = /version "(?:1\.)?(\d+)/.exec(stderr)?.[1];
      resolve(error === null && major !== undefined ? Number(major) : undefined);
    });
  });

/** A Java that can run Kafka: JAVA_HOME's, else the one on the PATH. Throws with what to install. */
export async function findJava(env: NodeJS.ProcessEnv): Promise<string> {
  const home = env['JAVA_HOME'];
  const candidates = [...(home === undefined || home === '' ? [] : [join(home, 'bin', 'java')]), 'java'];
  const found: string[] = [];
  for (const java of candidates) {
    const version = await versionOf(java);
    if (version !== undefined && version >= oldest) return java;
    if (version !== undefined) found.push(`${java} is version ${String(version)}`);
  }
  throw new Error(
    [
      `Neither Docker nor Java ${String(oldest)} or newer was found${found.length > 0 ? ` (${found.join(', ')})` : ''}. One of these is needed to run Kafka:`,
      '  Debian, Ubuntu:  apt install openjdk-17-jdk-headless maven',
      '  macOS:           brew install openjdk@17 maven   (and set JAVA_HOME to it)',
      '  Docker:          start its engine, `docker info` must work',
      '  own servers:     set KAFKA_BROKERS and DATABASE_URL',
    ].join('\n'),
  );
}
