import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { contracts, services, topicOf } from '#contracts';
import { deleteTopics } from '#stream/runtime';
import { given } from '../../local/infrastructure/given.ts';
import { schemaOf, dropFromDatabase } from '../../local/launcher/database.ts';
import { endOfHistory, untilSettled } from '../../local/launcher/end-of-history.ts';
import { openHome } from '../../local/launcher/home.ts';
import { makeInstallation } from '../../local/launcher/installation.ts';
import { brokerOptions, withLog } from '../../local/launcher/kafka-client.ts';
import { keysOf } from '../../local/launcher/keys.ts';
import { Memory } from '../../local/launcher/memory.ts';
import { observe } from '../../local/launcher/observe.ts';
import { untilReady } from '../../local/launcher/ready.ts';
import { lastTold } from '../../local/launcher/replay.ts';
import { nodeFlags, serviceNode, servicePlan, type ServicePlan } from '../../local/launcher/service-specs.ts';
import { summarize, type SummaryResult } from '../../local/launcher/summarize.ts';
import { logFileOf } from '../../local/process/launch.ts';
import { portsOf } from '../../local/process/ports.ts';
import { root } from '../../local/root.ts';
import { Supervisor, type Spec } from '../../local/supervisor/supervisor.ts';
import { clockRecords } from '../../services/ingestion/replay/records.ts';
import type { Patience } from './patience.ts';

export interface SystemOptions {
  /** A folder of its own. */
  readonly dir: string;
  /** Copy of the build that the processes run; see build.ts. */
  readonly build: string;
  readonly history: string;
  readonly partitions: number;
  readonly sessionMs: number;
  readonly smtpConnections: number;
  /** Ticks that the replayer may be ahead: few make it slow and its transactions small. */
  readonly aheadTicks: number;
}

/** The day on which the history ends. */
export const until = '2026-01-31';
export const playbook = join(root, 'examples', 'shop', 'playbook.yaml');

/** A whole installation on the servers of the tests: two processes per service, an inbox, a replayer, all under the supervisor. */
export class System {
  readonly supervisor: Supervisor;
  /** What each supervised process is started with; a test may change it before a start. */
  readonly environments = new Map<string, NodeJS.ProcessEnv>();
  private readonly prefix = `kill-${Date.now().toString(36)}`;
  private readonly startedAt = Date.now();
  instances: ServicePlan['instances'] = [];
  private replayer: Spec | undefined;

  constructor(private readonly options: SystemOptions) {
    this.supervisor = new Supervisor(options.dir);
  }

  get dir(): string {
    return this.options.dir;
  }

  private get servers() {
    const { TEST_KAFKA_BROKERS: brokers, TEST_DATABASE_URL: url } = process.env;
    const servers = given({ KAFKA_BROKERS: brokers, DATABASE_URL: url });
    if (servers === undefined)
      throw new Error(
        'No servers: TEST_KAFKA_BROKERS and TEST_DATABASE_URL are not set. Use `npm run test:kill` or `npm test`, which start them.',
      );
    return servers;
  }

  /** Makes everything and describes its processes, which `start` starts. */
  async prepare(): Promise<Spec[]> {
    const { dir, build, history, partitions, sessionMs, smtpConnections, aheadTicks } = this.options;
    mkdirSync(dir, { recursive: true });
    openHome(dir);
    const [keys, ports, settings] = [keysOf(dir), portsOf(dir, {}), { prefix: this.prefix, partitions }];
    const base = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
    const databaseUrls = await makeInstallation(this.servers, settings, keys, new Memory(dir), { willReplay: true, env: base });
    const [smtp, http] = [await ports.take('inbox-smtp'), await ports.take('inbox-http')];
    const env = {
      ...base,
      HITO_INSTANCES: '2',
      HITO_SESSION_TIMEOUT_MS: String(sessionMs),
      HITO_SMTP_CONNECTIONS: String(smtpConnections),
      HITO_LEASE_MS: '5000',
      HITO_REPLAY_AHEAD_TICKS: String(aheadTicks),
    };
    const plan = await servicePlan({
      ...settings,
      env,
      brokers: this.servers.brokers,
      databaseUrls,
      keys,
      playbook,
      inboxSmtpUrl: `smtp://127.0.0.1:${String(smtp)}`,
      ports,
    });
    this.instances = plan.instances;
    const program = (path: string): string[] => [...nodeFlags, join(build, 'dist', path)];
    const inbox: Spec = {
      name: 'inbox',
      rank: 'inbox',
      command: process.execPath,
      args: program('apps/inbox/main.js'),
      env: {
        ...base,
        HITO_INBOX_DIR: join(dir, 'inbox'),
        HITO_INBOX_SMTP_PORT: String(smtp),
        HITO_INBOX_HTTP_PORT: String(http),
      },
    };
    const specs = plan.specs.map((spec, i): Spec => ({
      ...spec,
      args: [...serviceNode, join(build, 'dist', 'services', String(plan.instances[i]?.service), 'main.js')],
    }));
    this.replayer = {
      name: 'replay',
      rank: 'replay',
      command: process.execPath,
      args: program('services/ingestion/replay/main.js'),
      forEver: false,
      env: { ...plan.ingestion, HITO_HISTORY: history, HITO_UNTIL: until, HITO_REPLAY_STATE: join(dir, 'replay.json') },
    };
    for (const { name, env } of [...specs, this.replayer]) this.environments.set(name, env);
    return [inbox, ...specs];
  }

  /** Resolves when all are ready; it has the patience of `npm start`. */
  async start(specs: readonly Spec[]): Promise<void> {
    for (const spec of specs) await this.supervisor.run(spec);
    await untilReady(this.instances, this.supervisor, () => undefined, new AbortController().signal);
  }

  /** Replays the history; resolves when all of it has come back. */
  async replay(patience: Patience): Promise<void> {
    if (this.replayer === undefined) throw new Error('prepare comes first');
    await this.supervisor.run(this.replayer);
    const done = (): boolean => this.supervisor.status().some(({ name, state }) => name === 'replay' && state === 'done');
    while (!done()) {
      patience.saw(JSON.stringify(this.progress()));
      await sleep(100, undefined, { signal: patience.signal });
    }
  }

  /** For a run that is given up: how far it is, and what each task that is not at its end waits for. */
  async standsAt(): Promise<string> {
    const observed = await Promise.all(this.instances.map(observe));
    const tasks = observed.flatMap(({ name, up, notReady, tasks: its }) => [
      ...(up ? [] : [`${name} ${String(notReady)}`]),
      ...its
        .filter(({ waitsFor }) => waitsFor !== 'nothing')
        .map(
          ({ processor, partition, watermark, waitsFor }) =>
            `${name} ${processor}/${String(partition)} at ${typeof watermark !== 'number' ? 'its beginning' : new Date(watermark).toISOString()} waits for ${waitsFor}`,
        ),
    ]);
    return [this.progress().virtual, ...tasks].join('; ');
  }

  /** Share of the history's events that have been sent, and the virtual date. */
  progress(): { readonly share: number; readonly virtual: string } {
    const now = lastTold(logFileOf(this.options.dir, 'replay'));
    return now === undefined ? { share: 0, virtual: '' } : { share: now.events / now.total, virtual: now.virtual.slice(0, 10) };
  }

  /** Waits until nothing is still to come; then what the summary says of it. `stuck`: what it waited for when the signal came. */
  async summary(patience: Patience): Promise<SummaryResult & { readonly stuck: string | undefined }> {
    const { dir, history, partitions } = this.options;
    const { signal } = patience;
    let waitsFor = '';
    const settled = untilSettled(
      this.servers.adminDatabaseUrl,
      this.prefix,
      partitions,
      endOfHistory(until),
      (text) => {
        waitsFor = text;
        patience.saw(text);
      },
      signal,
    );
    const stuck = await settled.then(
      () => undefined,
      (error: unknown) => {
        if (signal.aborted) return waitsFor;
        throw error;
      },
    );
    const result = await summarize({
      dir,
      playbook,
      history,
      until,
      prefix: this.prefix,
      adminUrl: this.servers.adminDatabaseUrl,
      kafka: brokerOptions(this.servers.brokers, {}),
      inboxDir: join(dir, 'inbox'),
      wallMs: Date.now() - this.startedAt,
    });
    return { ...result, stuck };
  }

  /** As `hito clock live` does at the end of a replay. */
  async goLive(): Promise<void> {
    const { prefix } = this;
    const { partitions } = this.options;
    await withLog(brokerOptions(this.servers.brokers, {}), (log) =>
      log.produce(clockRecords({ clock: 'live' }, { prefix, partitions })),
    );
  }

  /** Ends the processes in good order. */
  async stop(): Promise<void> {
    await this.supervisor.stop(undefined, 15_000);
  }

  /** Deletes what was made on the servers. */
  async remove(): Promise<void> {
    const { brokers, adminDatabaseUrl } = this.servers;
    const schemas = services.map((service) => schemaOf(this.prefix, service));
    await deleteTopics(
      brokerOptions(brokers, {}),
      contracts.map((contract) => topicOf(this.prefix, contract)),
      (group) => group.startsWith(`${this.prefix}.`),
    );
    await dropFromDatabase(adminDatabaseUrl, { schemas, emptied: [], roles: schemas });
  }
}
