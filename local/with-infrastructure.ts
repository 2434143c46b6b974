import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startInfrastructure } from './infrastructure/index.ts';
import { removeWithPostgres } from './infrastructure/postgres/folder.ts';

/**
 * `node with-infrastructure.js command …`: runs a command beside a Kafka and a Postgres of its own (TEST_KAFKA_BROKERS and
 * TEST_DATABASE_URL, an admin's), whose data is gone afterwards. Exits as the command does. Variables that are set already are taken.
 */
const [command, ...args] = process.argv.slice(2);
if (command === undefined) throw new Error('Name a command: node with-infrastructure.js COMMAND ARGUMENTS…');

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function servers(): Promise<{ brokers: string; url: string; stop(): Promise<void> }> {
  const { TEST_KAFKA_BROKERS: brokers, TEST_DATABASE_URL: url } = process.env;
  if (brokers !== undefined && url !== undefined) return { brokers, url, stop: () => Promise.resolve() };
  const dir = mkdtempSync(join(tmpdir(), 'hito-test-'));
  // Given servers are for a real start: tests make and drop things, and get servers of their own.
  const started = await startInfrastructure({ dir, log: say, env: { ...process.env, KAFKA_BROKERS: '', DATABASE_URL: '' } });
  return {
    brokers: started.brokers.join(','),
    url: started.adminDatabaseUrl,
    async stop() {
      await started.stop();
      removeWithPostgres(dir);
    },
  };
}

const own = await servers();
const { brokers, url } = own;
const child = spawn(command, args, {
  stdio: 'inherit',
  env: { ...process.env, TEST_KAFKA_BROKERS: brokers, TEST_DATABASE_URL: url },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    child.kill(signal);
  });
const code = await new Promise<number>((resolve) => {
  child.once('exit', (status) => {
    resolve(status ?? 1);
  });
  child.once('error', (error) => {
    say(`${command} could not be started: ${error.message}`);
    resolve(1);
  });
});
await own.stop();
process.exitCode = code;
