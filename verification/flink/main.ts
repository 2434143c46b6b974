import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { outcomes, stages, topicOf } from '#contracts';
import { controlHeader, watermarkRecord, type Log } from '#stream';
import { connectLog } from '#stream/runtime';
import { servers, silent } from '#testing';
import { root } from '../../local/root.ts';
import { canTry, type Tool } from '../tools.ts';

/** Runs deploy/flink/kpis.sql on a Flink of two processes, kills its TaskManager ten times, and compares the KPIs with what was written. */

const needs: readonly Tool[] = [
  { command: 'java', install: 'Java 17' },
  { command: 'mvn', install: 'apt-get install maven' },
];
const jars = join(root, 'node_modules', '.cache', 'hito', 'flink');
const kills = 10;
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
      { stdio: ['ignore', 'ignore', 'pipe'], cwd: this.folder, timeout: 120_000 },
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

const plays = ['welcome', 'winback', 'birthday'];
const names = ['prospect', 'active', 'lapsed', 'gone'];

/** Records `from` to `to`, the same for the same numbers, and what they count. Every third one lies on the log twice. */
function written(from: number, to: number) {
  const values = Array.from({ length: to - from }, (_, i) => from + i);
  return values.map((n) => ({
    twice: n % 3 === 0,
    outcome: {
      id: `o-${String(n)}`,
      message_id: `m-${String(n)}`,
      play: plays[n % plays.length] ?? '',
      outcome: ['accepted', 'opened', 'clicked', 'bounced'][n % 4] ?? '',
      ...(n % 4 === 1 || n % 4 === 2 ? { verdict: n % 5 === 0 ? 'bot' : 'human' } : {}),
    },
    stage: {
      id: `s-${String(n)}`,
      from: names[n % 4] ?? '',
      to: names[(n * 7 + 2) % 4] ?? '',
      evidence: (n * 7 + 2) % 4 >= 2 ? { quiet_ms: 90 } : {},
    },
  }));
}
type Written = ReturnType<typeof written>;

function expected(all: Written): Record<string, object> {
  const silent = new Set(all.flatMap(({ stage }) => ('quiet_ms' in stage.evidence ? [stage.to] : [])));
  const moves = (into: boolean) =>
    all.filter(({ stage: { from, to } }) => silent.has(into ? to : from) && !silent.has(into ? from : to)).length;
  const count = (play: string, word: string) =>
    all.filter(
      ({ outcome: one }) => one.play === play && one.outcome === word && (word === 'accepted' || one.verdict === 'human'),
    ).length;
  return {
    ...Object.fromEntries(
      plays.map((play) => [
        play,
        { play, accepted: count(play, 'accepted'), opened: count(play, 'opened'), clicked: count(play, 'clicked') },
      ]),
    ),
    all: { name: 'all', churned: moves(true), returned: moves(false) },
  };
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

async function main(): Promise<boolean> {
  fetchJars();
  const { broker } = servers();
  const prefix = `flink${randomBytes(3).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'hito-flink-'));
  const log = await connectLog({ brokers: [broker], clientId: 'verify-flink' }, silent);
  const [rates, churn] = [`${prefix}.kpi-rates`, `${prefix}.kpi-churn`];
  const inputs = [outcomes, stages].map((contract) => topicOf(prefix, contract));
  await log.createTopics([
    ...inputs.map((topic) => ({ topic, partitions: 3, replication: 1, config: {} })),
    ...[rates, churn].map((topic) => ({ topic, partitions: 1, replication: 1, config: { 'cleanup.policy': 'compact' } })),
  ]);
  const found = await results(log, [rates, churn]);
  const flink = await Flink.start(folder);
  try {
    let taskManager = flink.taskManager();
    await flink.answers();
    flink.submit(
      readFileSync(join(root, 'deploy', 'flink', 'kpis.sql'), 'utf8')
        .replaceAll("'hito.", `'${prefix}.`)
        .replaceAll('kafka:9092', broker),
    );
    const all: Written = [];
    const write = async (): Promise<void> => {
      const more = written(all.length, all.length + 500);
      all.push(...more);
      const mark = watermarkRecord({ origin: 'x', at: Date.now(), clock: 'live' });
      const records = more.flatMap(({ twice, outcome, stage }, n) =>
        [outcome, stage].flatMap((value, which) => {
          const record = { topic: inputs[which] ?? '', partition: n % 3, key: value.id, value: JSON.stringify(value) };
          return twice ? [record, record] : [record];
        }),
      );
      await log.produce([
        ...records,
        ...inputs.map((topic) => ({ topic, partition: 0, ...mark, headers: { [controlHeader]: 'watermark' } })),
      ]);
    };
    for (let n = 1; n <= kills; n += 1) {
      await write();
      await flink.runs();
      // Long enough for a checkpoint or two, and for a transaction that is open at the kill.
      await sleep(1_500);
      await flink.kill(taskManager);
      taskManager = flink.taskManager();
      process.stdout.write(`kill ${String(n)} of ${String(kills)}\n`);
      await write();
    }
    const right = JSON.stringify(expected(all), null, 1);
    let now = '';
    for (const end = Date.now() + 120_000; Date.now() < end && now !== right; await sleep(1_000)) {
      now = JSON.stringify(Object.fromEntries([...plays, 'all'].map((name) => [name, found.rows[name]])), null, 1);
    }
    process.stdout.write(`${String(all.length)} outcomes and stages, each third one twice: ${now}\n`);
    if (now !== right)
      process.stderr.write(`They must be ${right}\n${readFileSync(join(folder, 'taskmanager.log'), 'utf8').slice(-3_000)}\n`);
    return now === right;
  } finally {
    flink.stop();
    await found.stop();
    await log.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 });
  }
}

const { values } = parseArgs({ options: { all: { type: 'boolean', default: false } } });
if (canTry('verify:flink', needs, values.all)) process.exitCode = (await main()) ? 0 : 1;
