import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineEnvironment } from '../environment.ts';
import { chooseInfrastructure, startInfrastructure, type Infrastructure } from '../infrastructure/index.ts';
import { given } from '../infrastructure/given.ts';
import { keepAlive } from '../infrastructure/keep-alive.ts';
import { portsOf, type Ports } from '../process/ports.ts';
import { endLeftovers } from '../process/records.ts';
import { root } from '../root.ts';
import { statusServer, type StatusServer } from '../status/server.ts';
import type { StatusSource } from '../status/collect.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { checkTemplates } from './check-templates.ts';
import { commandLineFile } from './command-line-file.ts';
import { curlLine } from './curl.ts';
import { endOfHistory, untilSettled } from './end-of-history.ts';
import type { Flags } from './flags.ts';
import { makeInstallation } from './installation.ts';
import { brokerOptions } from './kafka-client.ts';
import { keysOf, type Keys } from './keys.ts';
import type { Memory } from './memory.ts';
import { planOf, type Plan } from './plan.ts';
import type { Display } from './progress.ts';
import { checkReachable } from './reachable.ts';
import { untilReady } from './ready.ts';
import { goLive, replayHistory } from './replay.ts';
import { servicePlan, type ServicePlan } from './service-specs.ts';
import { noteServers, sameServers, settingsOf, type Settings } from './settings.ts';
import { summarize } from './summarize.ts';

export interface LauncherOptions {
  readonly dir: string;
  readonly flags: Flags;
  readonly memory: Memory;
  readonly env: NodeJS.ProcessEnv;
  readonly display: Display;
  /** Aborted by Ctrl-C or `npm stop`. */
  readonly signal: AbortSignal;
}

/** The local start from the first process to the live platform; `stop` ends all of it in good order. */
export class Launcher {
  private readonly options: LauncherOptions;
  private readonly supervisor: Supervisor;
  private readonly ports: Ports;
  private readonly source: StatusSource;
  private infrastructure: Infrastructure | undefined;
  private status: StatusServer | undefined;
  private letDie: (() => Promise<void>) | undefined;

  constructor(options: LauncherOptions) {
    this.options = options;
    this.supervisor = new Supervisor(options.dir);
    this.ports = portsOf(options.dir, options.env);
    this.source = { supervisor: this.supervisor, phase: 'Starting', instances: [], inbox: undefined };
    this.supervisor.on('died', (name, exit, delayMs) => {
      options.display.line(`${name} ended (${exit}); it is started again in ${String(delayMs)} ms`);
    });
  }

  /** Resolves with the exit code when `--once` is done; else when the platform is live. */
  async run(): Promise<number> {
    const { dir, flags, memory, env, display, signal } = this.options;
    const plan = planOf(flags, memory.now, Date.now());
    const warning = await checkTemplates(plan.playbook, env);
    if (warning !== undefined) display.line(warning);
    memory.note({ playbook: plan.playbook });
    const settings = settingsOf(memory, env);
    const keys = keysOf(dir);
    const kind = await chooseInfrastructure(env, memory.now.kind);
    sameServers(memory, kind, given(env)?.brokers ?? []);
    const ended = await endLeftovers(dir, { ranks: ['replay', 'service', 'inbox'] });
    if (ended.length > 0) display.line(`ended what an earlier start left running: ${ended.join(', ')}`);

    display.line('Kafka and Postgres');
    const infrastructure = await startInfrastructure({
      dir,
      env,
      kind,
      log: (line) => {
        display.line(`  ${line}`);
      },
    });
    this.infrastructure = infrastructure;
    this.letDie = keepAlive(infrastructure, (line) => {
      display.line(line);
    });
    signal.throwIfAborted();
    await checkReachable(infrastructure, env);
    noteServers(memory, infrastructure);

    display.line('roles, schemas, topics');
    const willReplay = plan.replay !== undefined && !plan.replay.done;
    const databaseUrls = await makeInstallation(infrastructure, settings, keys, memory, { willReplay, env });
    signal.throwIfAborted();
    const { services, urls } = await this.startProcesses(plan, settings, keys, infrastructure, databaseUrls);

    let code = 0;
    if (plan.replay !== undefined && willReplay) await this.replay(plan.replay, services);
    if (plan.replay !== undefined && (willReplay || (flags.once && !memory.now.live)))
      code = await this.takeSummary(plan, plan.replay, settings, infrastructure);
    if (flags.once) return code;
    display.line(urls);

    this.source.phase = 'Live';
    await goLive(this.supervisor, services.ingestion, signal);
    memory.note({ live: true });
    const ingestion = services.instances.find(({ service }) => service === 'ingestion')?.publicUrl ?? '';
    display.line(`\nlive. Ask for a mail:\n\n  ${curlLine(ingestion, keys.write)}\n\nCtrl-C or \`npm stop\` ends it.`);
    return code;
  }

  /** Services first, then the inbox, then Kafka and Postgres. */
  async stop(): Promise<void> {
    const { display } = this.options;
    const names = this.supervisor.status().map(({ name }) => name);
    const forced = [
      ...(await this.supervisor.stop(names.filter((name) => name !== 'inbox'))),
      ...(await this.supervisor.stop(['inbox'])),
    ];
    if (forced.length > 0) display.line(`had to be forced to end: ${forced.join(', ')}`);
    await this.letDie?.();
    await this.infrastructure?.stop();
    await this.status?.stop();
    // What has ended has no address.
    rmSync(join(this.options.dir, 'urls'), { force: true });
  }

  private async startProcesses(
    plan: Plan,
    settings: Settings,
    keys: Keys,
    infrastructure: Infrastructure,
    databaseUrls: Parameters<typeof servicePlan>[0]['databaseUrls'],
  ): Promise<{ services: ServicePlan; urls: string }> {
    const { dir, env, display, signal } = this.options;
    const [smtp, http] = [
      await this.ports.take('inbox-smtp', 'HITO_INBOX_SMTP_PORT'),
      await this.ports.take('inbox-http', 'HITO_INBOX_HTTP_PORT'),
    ];
    const inboxSmtpUrl = `smtp://127.0.0.1:${String(smtp)}`;
    const services = await servicePlan({
      ...settings,
      env,
      brokers: infrastructure.brokers,
      databaseUrls,
      keys,
      playbook: plan.playbook,
      inboxSmtpUrl,
      ports: this.ports,
    });
    this.source.instances = services.instances;
    this.source.inbox = `http://127.0.0.1:${String(http)}/`;
    this.status = await statusServer(dir, await this.ports.take('status', 'HITO_STATUS_PORT'), this.source);
    const urls = [
      `  status   ${this.status.url}`,
      `  inbox    ${this.source.inbox}`,
      ...services.instances.flatMap(({ name, publicUrl }) =>
        publicUrl === undefined ? [] : [`  ${name.padEnd(14)} ${publicUrl}`],
      ),
    ].join('\n');
    writeFileSync(join(dir, 'urls'), `${urls}\n`);
    const commandLine = commandLineFile({
      ...settings,
      brokers: infrastructure.brokers,
      databaseUrl: infrastructure.adminDatabaseUrl,
      services: services.instances.map(({ internalUrl }) => internalUrl),
      playbook: plan.playbook,
    });
    writeFileSync(join(dir, 'env'), commandLine, { mode: 0o600 });
    display.line(`inbox and services (status page: ${this.status.url})`);
    await this.supervisor.run({
      name: 'inbox',
      rank: 'inbox',
      command: process.execPath,
      args: [join(root, 'dist', 'apps', 'inbox', 'main.js')],
      env: {
        ...machineEnvironment(env),
        HITO_INBOX_DIR: join(dir, 'inbox'),
        HITO_INBOX_SMTP_PORT: String(smtp),
        HITO_INBOX_HTTP_PORT: String(http),
      },
    });
    for (const spec of services.specs) await this.supervisor.run(spec);
    await untilReady(
      services.instances,
      this.supervisor,
      (text) => {
        display.progress(text);
      },
      signal,
    );
    return { services, urls };
  }

  private async replay({ history, until }: NonNullable<Plan['replay']>, services: ServicePlan): Promise<void> {
    const { dir, memory, display, signal } = this.options;
    this.source.phase = `Replaying ${history.file} until ${until}`;
    display.line(`replaying ${history.file}, its last day moved to ${until}`);
    memory.note({
      history,
      until,
      replayStartedAt: memory.now.replayStartedAt ?? new Date().toISOString(),
    });
    await replayHistory({
      dir,
      supervisor: this.supervisor,
      instances: services.instances,
      env: services.ingestion,
      history: history.file,
      until,
      progress: (text) => {
        display.progress(text);
      },
      signal,
    });
  }

  /** Also what remains to be done of a replay: waits for the end, then looks whether all is accounted for. */
  private async takeSummary(
    { playbook }: Plan,
    { history, until }: NonNullable<Plan['replay']>,
    settings: Settings,
    infrastructure: Infrastructure,
  ): Promise<number> {
    const { dir, memory, display, env, signal } = this.options;
    await untilSettled(
      infrastructure.adminDatabaseUrl,
      settings.prefix,
      settings.partitions,
      endOfHistory(until),
      (text) => {
        display.progress(text);
      },
      signal,
    );
    const replayMs = memory.now.replayMs ?? Date.now() - Date.parse(memory.now.replayStartedAt ?? new Date().toISOString());
    memory.note({ replayMs });
    this.source.phase = 'Taking the summary';
    const result = await summarize({
      ...settings,
      dir,
      playbook,
      history: history.file,
      until,
      adminUrl: infrastructure.adminDatabaseUrl,
      kafka: brokerOptions(infrastructure.brokers, env),
      inboxDir: join(dir, 'inbox'),
      wallMs: replayMs,
    });
    memory.note({ replayDone: true });
    display.line(result.table);
    if (result.failures.length > 0) display.line(`NOT accounted for:\n${result.failures.map((line) => `  ${line}`).join('\n')}`);
    else display.line('everything is accounted for');
    return result.failures.length > 0 ? 1 : 0;
  }
}
