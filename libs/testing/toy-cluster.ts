import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { topicOf } from '#contracts';
import { runtimeSchema, seqHeader, stateSchema, type Log, type LogRecord, type TaskStatus } from '#stream';
import { connectLog, deleteTopics } from '#stream/runtime';
import { replayRecords, toyEnd, toyResult, type History } from './toy-replay.ts';
import { silent, topology, until, wholeRunMs } from './topology.ts';
import { chores } from './toy-worker.ts';
import { diary, known, naps, pings, toys } from './toy.ts';

const run = promisify(execFile);

/** A kafka and a database for a test: those that `npm test` started. */
export function servers(): { readonly broker: string; readonly databaseUrl: string } {
  const { TEST_KAFKA_BROKERS: broker, TEST_DATABASE_URL: databaseUrl } = process.env;
  if (broker === undefined || databaseUrl === undefined) {
    throw new Error(
      'TEST_KAFKA_BROKERS and TEST_DATABASE_URL are missing: run `npm test -- PATH`, or `node dist/local/with-infrastructure.js npm run jest -- PATH`.',
    );
  }
  return { broker: broker.split(',')[0] ?? '', databaseUrl };
}

/** A process of the toy service. */
export interface ToyProcess {
  readonly child: ChildProcess;
  /** What it said last, and when (epoch ms). */
  status(): { readonly at: number; readonly notReady: string | null; readonly tasks: readonly TaskStatus[] } | undefined;
  readonly exited: Promise<NodeJS.Signals | number | null>;
  readonly errors: string[];
  /** True while it is stopped by SIGSTOP. */
  frozen(): Promise<boolean>;
}

/** The toy flow on a real broker and database: topics and a schema of its own, and any number of processes. */
export class ToyCluster {
  readonly prefix = `toy${randomBytes(4).toString('hex')}`;
  readonly processes: ToyProcess[] = [];
  private readonly admin = new pg.Pool({ connectionString: servers().databaseUrl, max: 3 });
  private log: Log | undefined;
  private brokers = servers().broker;
  private databaseUrl = '';

  constructor(readonly partitions = 2) {}

  /** `through`: addresses that the processes use instead of the servers' own. */
  async start(through: { readonly brokerPort?: number; readonly databasePort?: number } = {}): Promise<this> {
    await this.admin.query(`create schema ${this.prefix}`);
    const client = await this.admin.connect();
    await client.query(
      `set search_path to ${this.prefix}; ${runtimeSchema} ${toys.map(({ processor }) => stateSchema(processor.name)).join('')} set search_path to default`,
    );
    client.release();
    const url = new URL(servers().databaseUrl);
    if (through.databasePort !== undefined) url.host = `127.0.0.1:${String(through.databasePort)}`;
    url.searchParams.set('options', `-c search_path=${this.prefix}`);
    this.databaseUrl = url.href;
    if (through.brokerPort !== undefined) this.brokers = `127.0.0.1:${String(through.brokerPort)}`;
    this.log = await connectLog({ brokers: [servers().broker], clientId: 'toy-test' }, silent);
    await this.log.createTopics(this.topics.map((topic) => ({ topic, partitions: this.partitions, replication: 1, config: {} })));
    return this;
  }

  private get topics(): string[] {
    return [
      ...[pings, known, naps, diary, chores].map((c) => topicOf(this.prefix, c)),
      ...['ingestion', 'stages', 'milestones'].map((s) => `${this.prefix}.${s}.dead-letters.v1`),
    ];
  }

  /** Where broker and database are for what runs in this cluster, as its environment. */
  get addresses(): { readonly KAFKA_BROKERS: string; readonly DATABASE_URL: string } {
    return { KAFKA_BROKERS: this.brokers, DATABASE_URL: this.databaseUrl };
  }

  spawn(env: Readonly<Record<string, string>> = {}): ToyProcess {
    const child = spawn(
      join('node_modules', '.bin', 'node'),
      [
        '--conditions=source',
        '--experimental-transform-types',
        '--disable-warning=ExperimentalWarning',
        '--disable-warning=TimeoutNegativeWarning',
        join('libs', 'testing', 'toy-service.ts'),
      ],
      {
        env: {
          ...process.env,
          TOY_PREFIX: this.prefix,
          TOY_PARTITIONS: String(this.partitions),
          ...this.addresses,
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let last: ReturnType<ToyProcess['status']>;
    let rest = '';
    child.stdout.on('data', (bytes: Buffer) => {
      const lines = (rest + bytes.toString()).split('\n');
      rest = lines.pop() ?? '';
      const line = lines.at(-1);
      if (line !== undefined) last = JSON.parse(line) as typeof last;
    });
    const errors: string[] = [];
    child.stderr.on('data', (bytes: Buffer) => {
      errors.push(bytes.toString());
    });
    const exited = new Promise<NodeJS.Signals | number | null>((resolve) => {
      child.once('exit', (code, signal) => {
        resolve(signal ?? code);
      });
    });
    // Not synchronous: the proxies that the process speaks through live in this one.
    const frozen = async (): Promise<boolean> =>
      child.exitCode === null && (await run('ps', ['-o', 'stat=', '-p', String(child.pid)])).stdout.startsWith('T');
    const started = { child, status: () => last, exited, errors, frozen };
    this.processes.push(started);
    return started;
  }

  async replay(history: History, from = 0, to?: number): Promise<void> {
    await this.log?.produce(replayRecords(this.prefix, this.partitions, history).slice(from, to));
  }

  async produce(records: Parameters<Log['produce']>[0]): Promise<void> {
    await this.log?.produce(records);
  }

  async query(text: string): Promise<Record<string, unknown>[]> {
    const client = await this.admin.connect();
    try {
      await client.query(`set search_path to ${this.prefix}`);
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      client.release();
    }
  }

  /** Resolves when every task of the flow has reached the end of the replay and published all it said. */
  async reached(): Promise<void> {
    const done = async (): Promise<boolean> =>
      Number((await this.query(`select count(*) from task where watermark >= ${String(toyEnd)}`))[0]?.['count']) ===
        toys.length * this.partitions && Number((await this.query('select count(*) from outbox'))[0]?.['count']) === 0;
    let rows: unknown;
    await until(
      async () => {
        if (await done()) return true;
        rows = await this.query('select processor, partition, owner_epoch, txn, watermark, stopped from task order by 1, 2');
        await new Promise((resolve) => setTimeout(resolve, 100));
        return false;
      },
      () => `${JSON.stringify(rows)} ${JSON.stringify(this.processes.map((p) => [p.status(), p.errors]))}`,
      wholeRunMs,
    );
  }

  /** Everything on a topic, in the order of each partition. */
  async read(topic: string): Promise<LogRecord[]> {
    const log = this.log as Log;
    const ends = (await log.ends([topic])).get(topic) ?? [];
    const total = ends.reduce((sum, end) => sum + end, 0);
    const found: LogRecord[] = [];
    if (total === 0) return found;
    const tail = await log.tail(topic, { from: 'beginning' }, (_partition, records) => {
      found.push(...records);
    });
    await until(
      () => found.length >= total,
      () => `${String(found.length)} of ${String(total)}`,
    );
    await tail.stop();
    return found;
  }

  /** What the flow said, repeats by `hito-seq` left out; and how many of them there were. */
  async said(): Promise<{ readonly result: string[]; readonly repeats: number }> {
    let repeats = 0;
    const messages = new Map<string, unknown[]>();
    await Promise.all(
      [known, naps, diary].map(async (contract) => {
        const seen = new Set<string>();
        const list: unknown[] = [];
        for (const { headers, value } of await this.read(topicOf(this.prefix, contract))) {
          if (headers['hito-control'] !== undefined) continue;
          const seq = headers[seqHeader] ?? '';
          if (seen.has(seq)) repeats++;
          else list.push(JSON.parse(String(value)));
          seen.add(seq);
        }
        messages.set(contract.name, list);
      }),
    );
    return {
      result: toyResult(({ name }) => (messages.get(name) ?? []) as never),
      repeats,
    };
  }

  async deadLetters(service: string): Promise<LogRecord[]> {
    return this.read(`${this.prefix}.${service}.dead-letters.v1`);
  }

  async stop(): Promise<void> {
    for (const { child } of this.processes) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGCONT');
        child.kill('SIGTERM');
      }
    }
    await Promise.race([
      Promise.all(this.processes.map(({ exited }) => exited)),
      new Promise((resolve) => setTimeout(resolve, 5_000)),
    ]);
    for (const { child } of this.processes) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await this.admin.query(`drop schema ${this.prefix} cascade`);
    await deleteTopics({ brokers: [servers().broker], clientId: 'toy-test' }, this.topics, (group) =>
      group.startsWith(this.prefix),
    ).catch(() => undefined);
    await this.log?.close();
    await this.admin.end();
  }
}

/** What two lists do not have in common, in words short enough for a failing test. */
export function difference(actual: readonly string[], expected: readonly string[]): string {
  const [has, shall] = [new Set(actual), new Set(expected)];
  const missing = expected.filter((line) => !has.has(line));
  const extra = actual.filter((line) => !shall.has(line));
  const twice = actual.length - has.size;
  if (missing.length + extra.length + twice === 0 && actual.length > 0) return 'none';
  return `${String(actual.length)} lines, ${String(missing.length)} missing: ${missing.slice(0, 3).join(', ')}; ${String(extra.length)} not expected: ${extra.slice(0, 3).join(', ')}; ${String(twice)} twice`;
}

/** What the same history gives in memory, undisturbed: message for message, id for id. */
export async function inMemory(history: History, partitions: number): Promise<string[]> {
  const flow = await topology(toys, { partitions });
  await flow.log.produce(replayRecords('test', partitions, history));
  await flow.reached(toyEnd);
  await flow.stop();
  return toyResult((contract) => flow.read(contract));
}
