import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs, { type Message } from 'kafkajs';
import pg from 'pg';
import { collected, deadLetters, identified, topicOf } from '#contracts';
import {
  clockRecord,
  controlHeader,
  itemsSchema,
  runtimeSchema,
  seqHeader,
  stateSchema,
  type Log,
  type LogRecord,
  type TaskStatus,
  type Topics,
} from '#stream';
import { connectLog, deleteTopics } from '#stream/runtime';
import { servers, silent, until } from '#testing';
import { sourceCursorTable } from '../sources/cursors.ts';

const partitions = 4;

const playbookWith = (sources: string): string => `${readFileSync('examples/shop/playbook.yaml', 'utf8')}\n${sources}`;

/** A process of ingestion that reads sources. */
export interface SourceProcess {
  readonly child: ChildProcess;
  status(): { readonly notReady: string | null; readonly tasks: readonly TaskStatus[] } | undefined;
  readonly exited: Promise<NodeJS.Signals | number | null>;
  readonly errors: string[];
}

/** Real broker and database with a schema, topics and topics of a platform of its own; any number of processes that read them. */
export class SourceCluster {
  readonly prefix = `src${randomBytes(4).toString('hex')}`;
  readonly processes: SourceProcess[] = [];
  private readonly admin = new pg.Pool({ connectionString: servers().databaseUrl, max: 3 });
  private readonly platform = new kafkajs.Kafka({
    brokers: [servers().broker],
    clientId: 'platform',
    logLevel: kafkajs.logLevel.NOTHING,
  });
  private readonly producer = this.platform.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  private readonly theirs: string[] = [];
  private log: (Log & Topics) | undefined;

  async start(): Promise<this> {
    await this.query(
      `create schema ${this.prefix}; set search_path to ${this.prefix}; ${runtimeSchema} ${stateSchema('identity')} ${itemsSchema('identity')} ${sourceCursorTable}`,
    );
    this.log = await connectLog({ brokers: [servers().broker], clientId: 'source-test' }, silent);
    await this.log.createTopics(this.topics.map((topic) => ({ topic, partitions, replication: 1, config: {} })));
    const live = clockRecord({ clock: 'live' });
    await this.log.produce(
      Array.from({ length: partitions }, (_, partition) => ({ topic: topicOf(this.prefix, collected), partition, ...live })),
    );
    await this.producer.connect();
    return this;
  }

  private get topics(): string[] {
    return [collected, identified, deadLetters('ingestion')].map((contract) => topicOf(this.prefix, contract));
  }

  /** Makes a topic of the platform; gives its name. */
  async topic(name: string, count: number, config: Readonly<Record<string, string>> = {}): Promise<string> {
    const topic = `${this.prefix}-${name}`;
    this.theirs.push(topic);
    await this.log?.createTopics([{ topic, partitions: count, replication: 1, config }]);
    return topic;
  }

  /** Writes as any producer does. */
  async write(topic: string, messages: Message[]): Promise<void> {
    await this.producer.send({ topic, messages, acks: -1 });
  }

  async deleteTopic(topic: string): Promise<void> {
    const admin = this.platform.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    await until(async () => !(await admin.listTopics()).includes(topic));
    await admin.disconnect();
  }

  /** Does something as the platform's operator. */
  async operate<T>(work: (admin: ReturnType<kafkajs.Kafka['admin']>) => Promise<T>): Promise<T> {
    const admin = this.platform.admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }

  /** `sources`: the playbook's part, as YAML. */
  spawn(sources: string, env: Readonly<Record<string, string>> = {}): SourceProcess {
    const child = spawn(
      join('node_modules', '.bin', 'node'),
      [
        '--conditions=source',
        '--experimental-transform-types',
        '--disable-warning=ExperimentalWarning',
        '--disable-warning=TimeoutNegativeWarning',
        join('services', 'ingestion', 'testing', 'source-process.ts'),
      ],
      {
        env: {
          ...process.env,
          SOURCE_PREFIX: this.prefix,
          SOURCE_PARTITIONS: String(partitions),
          SOURCE_PLAYBOOK: playbookWith(sources),
          KAFKA_BROKERS: servers().broker,
          DATABASE_URL: this.databaseUrl,
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let last: ReturnType<SourceProcess['status']>;
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
    const started = { child, status: () => last, exited, errors };
    this.processes.push(started);
    return started;
  }

  /** Gives a command of `hito`; `sources` and `env` as for `spawn`, `input` is its standard input. Rejects with what it says where it fails. */
  async hito(
    args: readonly string[],
    sources = '',
    { input = '', env = {} }: { readonly input?: string | Buffer; readonly env?: Readonly<Record<string, string>> } = {},
  ): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'hito-source-'));
    const file = join(folder, 'playbook.yaml');
    try {
      writeFileSync(file, playbookWith(sources));
      return await new Promise((resolve, reject) => {
        const child = execFile(
          join('node_modules', '.bin', 'node'),
          [
            '--conditions=source',
            '--experimental-transform-types',
            '--disable-warning=ExperimentalWarning',
            'apps/cli/main.ts',
            ...args.map((one) => (one === 'playbook.yaml' ? file : one)),
          ],
          {
            env: {
              PATH: process.env['PATH'],
              HITO_HOME: folder,
              HITO_PREFIX: this.prefix,
              HITO_PLAYBOOK: file,
              KAFKA_BROKERS: servers().broker,
              DATABASE_URL: this.databaseUrl,
              ...env,
            },
          },
          (error, stdout, stderr) => {
            if (error === null) resolve(stdout);
            else reject(new Error(`${stdout}${stderr}`));
          },
        );
        child.stdin?.end(input);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  get databaseUrl(): string {
    const url = new URL(servers().databaseUrl);
    url.searchParams.set('options', `-c search_path=${this.prefix}`);
    return url.href;
  }

  /** What is of use where a wait ends in vain. */
  told = (): string =>
    JSON.stringify(
      this.processes.map((one) => [one.status()?.notReady, one.status()?.tasks.map((t) => t.waitsFor), one.errors.slice(-5)]),
    );

  async query(text: string): Promise<Record<string, unknown>[]> {
    const client = await this.admin.connect();
    try {
      if (!text.startsWith('create schema')) await client.query(`set search_path to ${this.prefix}`);
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      client.release();
    }
  }

  /** Offsets that are still to be read, by the cursors. */
  async left(topic: string): Promise<number> {
    const ends = (await this.log?.ends([topic]))?.get(topic) ?? [];
    const rows = await this.query(`select partition, next_offset from source_cursor where topic = '${topic}'`);
    const next = new Map(rows.map((row) => [Number(row['partition']), Number(row['next_offset'])]));
    return ends.reduce((sum, end, partition) => sum + end - (next.get(partition) ?? 0), 0);
  }

  /** Whether all that has been committed is on the log. */
  async published(): Promise<boolean> {
    return (await this.query('select from outbox')).length === 0;
  }

  /** Resolves when the topic has been read to its end and all that came of it is on the log. */
  async read(topic: string, withinMs?: number): Promise<void> {
    await until(
      async () => {
        if ((await this.left(topic)) === 0 && (await this.published())) return true;
        await new Promise((resolve) => setTimeout(resolve, 100));
        return false;
      },
      this.told,
      withinMs,
    );
  }

  /** Calls on `collected` or `identified`: those that readers take, repeats by place left out, and how many repeats there were. */
  async calls(
    contract: typeof collected | typeof identified = collected,
  ): Promise<{ readonly calls: Record<string, unknown>[]; readonly repeats: number }> {
    const seen = new Set<string>();
    let repeats = 0;
    const calls: Record<string, unknown>[] = [];
    for (const { headers, value } of await this.records(topicOf(this.prefix, contract))) {
      if (controlHeader in headers) continue;
      const seq = headers[seqHeader] ?? '';
      if (seen.has(seq)) repeats += 1;
      else calls.push(JSON.parse(String(value)) as Record<string, unknown>);
      seen.add(seq);
    }
    return { calls, repeats };
  }

  /** Dead letters with their headers. */
  letters(): Promise<LogRecord[]> {
    return this.records(topicOf(this.prefix, deadLetters('ingestion')));
  }

  private async records(topic: string): Promise<LogRecord[]> {
    const log = this.log as Log;
    const ends = (await log.ends([topic])).get(topic) ?? [];
    const found: LogRecord[] = [];
    await log.extract(
      topic,
      ends.map((to, partition) => ({ partition, from: 0, to })),
      (_, records) => {
        found.push(...records);
      },
    );
    return found;
  }

  async stop(): Promise<void> {
    for (const { child } of this.processes) if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await Promise.race([
      Promise.all(this.processes.map(({ exited }) => exited)),
      new Promise((resolve) => setTimeout(resolve, 10_000)),
    ]);
    for (const { child } of this.processes) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await this.producer.disconnect();
    await this.admin.query(`drop schema ${this.prefix} cascade`);
    await deleteTopics({ brokers: [servers().broker], clientId: 'source-test' }, [...this.topics, ...this.theirs], (group) =>
      group.startsWith(this.prefix),
    ).catch(() => undefined);
    await this.log?.close();
    await this.admin.end();
  }
}
