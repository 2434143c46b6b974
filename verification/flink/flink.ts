import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log, Topics } from '#stream';
import { root } from '../../local/root.ts';

const jars = join(root, 'node_modules', '.cache', 'hito', 'flink');
/** Of the TaskManager, in each trial. */
export const kills = 10;
const opens = ['util', 'lang', 'time', 'net', 'util.concurrent'].map((of) => `--add-opens=java.base/java.${of}=ALL-UNNAMED`);

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });

/** Flink's memory, which its scripts would compute. */
const memory = [
  'cpu.cores=2.0',
  'memory.framework.heap.size=128m',
  'memory.framework.off-heap.size=128m',
  'memory.jvm-metaspace.size=256m',
  'memory.jvm-overhead.min=128m',
  'memory.jvm-overhead.max=128m',
  'memory.task.heap.size=256m',
  'memory.task.off-heap.size=0m',
  'memory.network.min=64m',
  'memory.network.max=64m',
  'memory.managed.size=32m',
].flatMap((one) => ['-D', `taskmanager.${one}`]);

class Flink {
  private readonly conf: string;
  private readonly rest: number;
  private readonly processes = new Set<ChildProcess>();
  private readonly folder: string;

  private constructor(folder: string, rest: number) {
    this.folder = folder;
    this.conf = join(folder, 'conf');
    this.rest = rest;
  }

  static async start(folder: string): Promise<Flink> {
    const [rpc, rest] = [await freePort(), await freePort()];
    const flink = new Flink(folder, rest);
    mkdirSync(flink.conf);
    writeFileSync(
      join(flink.conf, 'config.yaml'),
      `jobmanager: { rpc: { address: 127.0.0.1, port: ${String(rpc)} }, bind-host: 127.0.0.1, memory: { process: { size: 900m } } }
taskmanager: { bind-host: 127.0.0.1, host: 127.0.0.1, numberOfTaskSlots: 4 }
parallelism: { default: 2 }
rest: { address: 127.0.0.1, port: ${String(rest)}, bind-address: 127.0.0.1 }
execution: { target: remote, checkpointing: { interval: 1s, mode: EXACTLY_ONCE, dir: "file://${folder}/checkpoints" } }
restart-strategy: { type: fixed-delay, fixed-delay: { attempts: 1000, delay: 1s } }
`,
    );
    flink.java('jobmanager', 'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint', []);
    return flink;
  }

  private java(name: string, main: string, args: readonly string[]): ChildProcess {
    const log = openSync(join(this.folder, `${name}.log`), 'a');
    const child = spawn('java', [...opens, '-Xmx512m', '-cp', join(jars, '*'), main, '--configDir', this.conf, ...args], {
      stdio: ['ignore', log, log],
      cwd: this.folder,
    });
    this.processes.add(child);
    return child;
  }

  taskManager(): ChildProcess {
    return this.java('taskmanager', 'org.apache.flink.runtime.taskexecutor.TaskManagerRunner', memory);
  }

  async kill(taskManager: ChildProcess): Promise<void> {
    taskManager.kill('SIGKILL');
    while (taskManager.exitCode === null && taskManager.signalCode === null) await sleep(20);
  }

  submit(sql: string): void {
    const file = join(this.folder, 'kpis.sql');
    writeFileSync(file, sql);
    execFileSync(
      'java',
      [...opens, '-cp', join(jars, '*'), join(root, 'verification', 'flink', 'RunSql.java'), this.conf, file],
      { stdio: ['ignore', 'ignore', 'pipe'], cwd: this.folder, timeout: 300_000 },
    );
  }

  /** Waits until every task of both jobs runs. */
  async runs(): Promise<void> {
    for (const end = Date.now() + 60_000; ; await sleep(200)) {
      const answer = await fetch(`http://127.0.0.1:${String(this.rest)}/jobs/overview`);
      const { jobs } = (await answer.json()) as { jobs: { tasks: { total: number; running: number } }[] };
      if (jobs.length === 2 && jobs.every(({ tasks }) => tasks.running === tasks.total)) return;
      if (Date.now() > end) throw new Error(`not every task of Flink runs after a minute: ${JSON.stringify(jobs)}`);
    }
  }

  async answers(): Promise<void> {
    while ((await fetch(`http://127.0.0.1:${String(this.rest)}/overview`).catch(() => undefined))?.ok !== true) await sleep(200);
  }

  stop(): void {
    for (const child of this.processes) child.kill('SIGKILL');
  }
}

/** Follows the result topics: the latest row per key, as one who reads committed records only sees it. */
async function results(log: Log, topics: readonly string[]) {
  const rows: Record<string, object> = {};
  const tails = await Promise.all(
    topics.map((topic) =>
      log.tail(topic, { from: 'beginning' }, (_, records) => {
        for (const { key, value } of records)
          if (key !== null && value !== null)
            rows[String(Object.values(JSON.parse(key) as object)[0])] = JSON.parse(String(value)) as object;
      }),
    ),
  );
  return { rows, stop: () => Promise.all(tails.map((one) => one.stop())) };
}

/** Flink's jars by Maven (Apache 2.0, the first time only); what was fetched in part is fetched again. */
function fetchJars(): void {
  if (existsSync(jars)) return;
  const part = `${jars}.part`;
  rmSync(part, { recursive: true, force: true });
  const pom = join(root, 'verification', 'flink', 'pom.xml');
  try {
    execFileSync('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${part}`], {
      stdio: 'inherit',
    });
  } catch (error) {
    throw new Error("Maven (mvn) could not fetch Flink: check the network and Maven's settings, then run this again.", {
      cause: error,
    });
  }
  renameSync(part, jars);
}

/** The job of deploy/flink on a Flink of its own, over the topics of one prefix, and what it says. */
export class Kpis {
  private taskManager: ChildProcess;

  private constructor(
    private readonly folder: string,
    private readonly flink: Flink,
    private readonly found: Awaited<ReturnType<typeof results>>,
  ) {
    this.taskManager = flink.taskManager();
  }

  /** The topics of outcomes and stages must be there. */
  static async start(log: Log & Topics, broker: string, prefix: string): Promise<Kpis> {
    fetchJars();
    const folder = mkdtempSync(join(tmpdir(), 'hito-flink-'));
    const topics = [`${prefix}.kpi-rates`, `${prefix}.kpi-churn`];
    await log.createTopics(
      topics.map((topic) => ({ topic, partitions: 1, replication: 1, config: { 'cleanup.policy': 'compact' } })),
    );
    const kpis = new Kpis(folder, await Flink.start(folder), await results(log, topics));
    try {
      await kpis.flink.answers();
      kpis.flink.submit(
        readFileSync(join(root, 'deploy', 'flink', 'kpis.sql'), 'utf8')
          .replaceAll("'hito.", `'${prefix}.`)
          .replaceAll('kafka:9092', broker),
      );
    } catch (error) {
      await kpis.stop();
      throw error;
    }
    return kpis;
  }

  /** The latest row by play, and of churn by `all`. */
  get rows(): Readonly<Record<string, object>> {
    return this.found.rows;
  }

  /** Waits until every task runs, kills the TaskManager, and starts another one. */
  async kill(): Promise<void> {
    await this.flink.runs();
    // Long enough for a checkpoint or two, and for a transaction that is open at the kill.
    await sleep(1_500);
    await this.flink.kill(this.taskManager);
    this.taskManager = this.flink.taskManager();
  }

  /** The end of the TaskManager's log. */
  said(): string {
    return readFileSync(join(this.folder, 'taskmanager.log'), 'utf8').slice(-3_000);
  }

  async stop(): Promise<void> {
    this.flink.stop();
    await this.found.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 });
  }
}
