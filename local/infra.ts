import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineEnvironment } from './environment.ts';
import { given } from './infrastructure/given.ts';
import { chooseInfrastructure, startInfrastructure } from './infrastructure/index.ts';
import { checkSettings } from './launcher/check-settings.ts';
import { homeFolder, openHome } from './launcher/home.ts';
import { makeInstallation } from './launcher/installation.ts';
import { keysOf } from './launcher/keys.ts';
import { takeLock } from './launcher/lock.ts';
import { Memory } from './launcher/memory.ts';
import { servicePlan } from './launcher/service-specs.ts';
import { noteServers, sameServers, settingsOf } from './launcher/settings.ts';
import { portsOf } from './process/ports.ts';
import { endLeftovers } from './process/records.ts';
import { root } from './root.ts';
import { Supervisor } from './supervisor/supervisor.ts';

/**
 * `npm run infra`: Kafka, Postgres (with roles, schemas, topics) and the inbox, but no service: for a developer who runs one under
 * a watcher. Each service's environment is written to `.hito/env.<service>`.
 */
const file = join(root, '.env');
if (existsSync(file)) process.loadEnvFile(file);
const dir = homeFolder();
mkdirSync(dir, { recursive: true });
const release = takeLock(dir);
const supervisor = new Supervisor(dir);
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const asked = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      resolve();
    });
});

try {
  checkSettings(process.env);
  openHome(dir);
  const memory = new Memory(dir);
  const [settings, keys, ports] = [settingsOf(memory, process.env), keysOf(dir), portsOf(dir)];
  const kind = await chooseInfrastructure(process.env, memory.now.kind);
  sameServers(memory, kind, given(process.env)?.brokers ?? []);
  await endLeftovers(dir, { ranks: ['replay', 'service', 'inbox'] });
  const infrastructure = await startInfrastructure({ dir, log: say, kind });
  try {
    noteServers(memory, infrastructure);
    const databaseUrls = await makeInstallation(infrastructure, settings, keys, memory, { willReplay: false, env: process.env });
    const [smtp, http] = [
      await ports.take('inbox-smtp', 'HITO_INBOX_SMTP_PORT'),
      await ports.take('inbox-http', 'HITO_INBOX_HTTP_PORT'),
    ];
    await supervisor.run({
      name: 'inbox',
      rank: 'inbox',
      command: process.execPath,
      args: [join(root, 'dist', 'apps', 'inbox', 'main.js')],
      env: {
        ...machineEnvironment(process.env),
        HITO_INBOX_DIR: join(dir, 'inbox'),
        HITO_INBOX_SMTP_PORT: String(smtp),
        HITO_INBOX_HTTP_PORT: String(http),
      },
    });
    const playbook = memory.now.playbook ?? join(root, 'examples', 'shop', 'playbook.yaml');
    const { specs } = await servicePlan({
      ...settings,
      env: process.env,
      brokers: infrastructure.brokers,
      databaseUrls,
      keys,
      playbook,
      inboxSmtpUrl: `smtp://127.0.0.1:${String(smtp)}`,
      ports,
    });
    for (const { name, env } of specs) {
      const lines = Object.entries(env)
        .filter(([variable]) => /^(KAFKA_|DATABASE_|HITO_|SMTP_|LOG_)/.test(variable))
        .map(([variable, value]) => `${variable}=${quoted(value ?? '')}`);
      writeFileSync(join(dir, `env.${name}`), `${lines.join('\n')}\n`, { mode: 0o600 });
    }
    say(
      `Kafka ${infrastructure.brokers.join(',')}, Postgres, inbox http://127.0.0.1:${String(http)}/\nRun a service beside them, for instance:\n\n  (set -a; . ${join(dir, 'env.scoring')}; npx nest start scoring --watch)\n\nCtrl-C ends them.`,
    );
    await asked;
  } finally {
    await supervisor.stop();
    await infrastructure.stop();
  }
} catch (error) {
  process.stderr.write(`\n${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  release();
}
