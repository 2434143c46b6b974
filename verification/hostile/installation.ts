import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEnv, promisify } from 'node:util';
import { MisbehavingSmtp } from '../../services/delivery/testing/misbehaving-smtp.ts';
import { removeWithPostgres } from '../../local/infrastructure/postgres/folder.ts';
import { endLeftovers } from '../../local/process/records.ts';
import { root } from '../../local/root.ts';
import { start, type Started } from '../../local/testing/started.ts';
import { Collector } from './collector.ts';

const run = promisify(execFile);

/** A record of a topic as `hito read --json` prints it. */
export interface TopicRecord {
  readonly key: string | null;
  readonly value: Readonly<Record<string, unknown>> | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A call of the Segment kind; each gets a message id of its own where it names none. */
export type Call = Readonly<Record<string, unknown>>;

/** A live installation as `npm start` makes it, with rules for the trials and an SMTP server that keeps every mail. */
export class Installation {
  readonly smtp: MisbehavingSmtp;
  /** Every call is traced. */
  readonly collector: Collector;
  private readonly home: string;
  private readonly launched: Started;

  private constructor(home: string, smtp: MisbehavingSmtp, collector: Collector, launched: Started) {
    this.home = home;
    this.smtp = smtp;
    this.collector = collector;
    this.launched = launched;
  }

  /** Resolves when it is live. `playbook`: its rules, from the root of the project; those of the hostile trials where absent. */
  static async start({ playbook = 'verification/hostile/playbook/playbook.yaml' } = {}): Promise<Installation> {
    const home = mkdtempSync(join(tmpdir(), 'hito-hostile-'));
    chmodSync(home, 0o755);
    const smtp = await MisbehavingSmtp.start();
    const collector = await Collector.start();
    const variables = {
      HITO_HOME: home,
      HITO_PARTITIONS: '3',
      HITO_INFRASTRUCTURE: 'embedded',
      KAFKA_BROKERS: '',
      DATABASE_URL: '',
      SMTP_URL: smtp.url,
      HITO_TRACES_URL: collector.url,
      HITO_TRACES_RATIO: '1',
      // No log may hold more than it should at any level.
      LOG_LEVEL: 'debug',
    };
    const launched = start(variables, 'start.js', '--no-replay', '--playbook', join(root, playbook));
    const installation = new Installation(home, smtp, collector, launched);
    await launched.says('live. Ask for a mail').catch(async (error: unknown) => {
      await installation.stop();
      throw error;
    });
    return installation;
  }

  /** Sends calls as one batch, as an SDK does; fails unless the edge takes it. */
  async send(...batch: Call[]): Promise<void> {
    const body = JSON.stringify({ batch });
    let answer = await this.post(body);
    // As an SDK does: the edge says so until it has heard that the clock is live.
    for (const end = Date.now() + 60_000; answer.status === 429 && Date.now() < end; answer = await this.post(body))
      await sleep(500);
    if (answer.status !== 200) throw new Error(`the edge answered ${String(answer.status)}: ${await answer.text()}`);
  }

  /** Posts bytes to the route of batches, whatever they are. */
  async post(body: string | Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const [, key = '', url = ''] = /curl -sS -u '([^:]+):'.* (http:\S+\/v1\/batch)/.exec(this.launched.said()) ?? [];
    const authorization = `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
    return fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', authorization, ...headers } });
  }

  /** The raw text of each mail that the server took for an address. */
  mailsFor(address: string): string[] {
    return this.smtp.takenFor(address).map(({ text }) => text);
  }

  /** Waits until the server has taken so many mails for an address. */
  async mailed(address: string, count = 1): Promise<string> {
    while (this.mailsFor(address).length < count) await sleep(100);
    return String(this.mailsFor(address).at(count - 1));
  }

  /** A topic's records from its beginning to its present end, with the program that people use for it. */
  async read(topic: string): Promise<TopicRecord[]> {
    const printed = await this.hito('read', topic, '--from-beginning', '--to-end', '--json');
    return printed
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as TopicRecord);
  }

  /** Waits until a topic holds a record that fits, and gives it. */
  async recorded(topic: string, fits: (record: TopicRecord) => boolean): Promise<TopicRecord> {
    for (;;) {
      const found = (await this.read(topic)).find(fits);
      if (found !== undefined) return found;
      await sleep(300);
    }
  }

  /** What a command of `hito` prints. */
  async hito(...args: string[]): Promise<string> {
    const env = { ...process.env, NODE_OPTIONS: '', HITO_HOME: this.home };
    const { stdout } = await run(process.execPath, [join(root, 'dist', 'apps', 'cli', 'main.js'), ...args], {
      env,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  }

  /** Host and port of the internal side of every process, as a scraper wants them. */
  targets(): string[] {
    const { HITO_SERVICES = '' } = parseEnv(readFileSync(join(this.home, 'env'), 'utf8'));
    return HITO_SERVICES.split(',').map((url) => new URL(url).host);
  }

  /** Every log of its processes, by file name. */
  logs(): ReadonlyMap<string, string> {
    return this.filesOf('logs');
  }

  /** Its keys and passwords, by file name. */
  secrets(): ReadonlyMap<string, string> {
    return this.filesOf('keys');
  }

  private filesOf(folder: string): ReadonlyMap<string, string> {
    const dir = join(this.home, folder);
    return new Map(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'utf8').trim()]));
  }

  async stop(): Promise<void> {
    this.launched.child.kill('SIGTERM');
    await this.launched.ended;
    await endLeftovers(this.home, { graceMs: 5_000 });
    await this.smtp.stop();
    this.collector.stop();
    removeWithPostgres(this.home);
  }
}
