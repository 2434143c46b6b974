import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { kafkaClasspath } from '../../local/infrastructure/kafka/classpath.ts';
import { findJava } from '../../local/infrastructure/kafka/java.ts';
import { kafkaServer } from '../../local/infrastructure/kafka/kafka.ts';
import type { Server } from '../../local/infrastructure/infrastructure.types.ts';
import { endLeftovers } from '../../local/process/records.ts';
import { portsOf } from '../../local/process/ports.ts';
import { root } from '../../local/root.ts';
import { start, type Started } from '../../local/testing/started.ts';
import { MisbehavingSmtp } from '../../services/delivery/testing/misbehaving-smtp.ts';
import { run } from '../program.ts';
import { Database } from './database.ts';
import { until } from './until.ts';
import { Way } from './way.ts';

const schemas = 'hito_';

/** A platform as in production: a Kafka, a Postgres behind an address that may lead elsewhere, six services, and an SMTP server that keeps mails. */
export class Platform {
  private readonly asked: string[] = [];
  private services: Started | undefined;
  private entry = { url: '', authorization: '' };

  private constructor(
    readonly folder: string,
    readonly brokers: string,
    private readonly kafka: Server,
    private database: Database,
    private readonly way: Way,
    private readonly smtp: MisbehavingSmtp,
  ) {}

  static async start(say: (line: string) => void): Promise<Platform> {
    const folder = mkdtempSync(join(tmpdir(), 'hito-drill-'));
    chmodSync(folder, 0o755);
    const servers = join(folder, 'servers');
    mkdirSync(servers);
    const ports = portsOf(servers);
    const [port, controllerPort] = [await ports.take('kafka'), await ports.take('kafka-controller')];
    const java = await findJava(process.env);
    const classpath = await kafkaClasspath(say);
    const kafka = await kafkaServer({ dir: servers, data: join(folder, 'kafka'), java, classpath, port, controllerPort });
    const data = join(folder, 'postgres');
    mkdirSync(data);
    const database = await Database.start(servers, data, await ports.take('postgres'));
    const [way, smtp] = [await Way.to(database.port), await MisbehavingSmtp.start()];
    const platform = new Platform(folder, `127.0.0.1:${String(port)}`, kafka, database, way, smtp);
    platform.beginServices();
    await platform.live();
    return platform;
  }

  get primary(): Database {
    return this.database;
  }

  /** The address that services have of the database leads to this one from now on. */
  promoteTo(database: Database): void {
    this.database = database;
    this.way.turn(database.port);
  }

  /** Begins them; `live` waits until they serve. */
  beginServices(): void {
    this.services = start(
      { ...this.environment, HITO_PARTITIONS: '3', SMTP_URL: this.smtp.url },
      'start.js',
      '--no-replay',
      '--playbook',
      join(root, 'verification', 'hostile', 'playbook', 'playbook.yaml'),
    );
  }

  async live(): Promise<void> {
    await this.services?.says('live. Ask for a mail');
    const [, key = '', url = ''] = /curl -sS -u '([^:]+):'.* (http:\S+\/v1\/batch)/.exec(this.services?.said() ?? '') ?? [];
    this.entry = { url, authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` };
  }

  async stopServices(): Promise<void> {
    this.services?.child.kill('SIGTERM');
    await this.services?.ended;
  }

  private get environment(): Record<string, string> {
    const url = new URL(this.database.url);
    url.host = this.way.address;
    return {
      HITO_HOME: join(this.folder, 'home'),
      HITO_PREFIX: 'hito',
      KAFKA_BROKERS: this.brokers,
      DATABASE_URL: url.href,
    };
  }

  /** So many new people ask for a mail; each call is repeated until it is taken. */
  async ask(count: number): Promise<void> {
    const people = Array.from({ length: count }, (_, n) => `person-${String(this.asked.length + n)}`);
    this.asked.push(...people);
    const batch = people.flatMap((id) => [
      { type: 'identify', messageId: `${id}-1`, userId: id, traits: { email: addressOf(id), locale: 'en', timezone: 'UTC' } },
      { type: 'track', messageId: `${id}-2`, userId: id, event: 'News Wanted' },
    ]);
    const { url, authorization } = this.entry;
    await until('the call', async () => {
      const answer = await fetch(url, {
        method: 'POST',
        body: JSON.stringify({ batch }),
        headers: { 'content-type': 'application/json', authorization },
      });
      return answer.status === 200;
    });
  }

  /** Waits until every person who has asked so far has the mail, or `others` have not. */
  mailed(others = 0): Promise<number> {
    return until(`mails to all but ${String(others)} of ${String(this.asked.length)}`, () => this.without().length <= others);
  }

  /** Those who have asked and got nothing. */
  without(): string[] {
    const got = new Set(this.smtp.taken.map(({ to }) => to));
    return this.asked.filter((id) => !got.has(addressOf(id)));
  }

  /** Mails above one for each person. */
  get doubled(): number {
    return this.smtp.taken.length - new Set(this.smtp.taken.map(({ to }) => to)).size;
  }

  get mails(): number {
    return this.smtp.taken.length;
  }

  /** Those of these people whose mail is held as in doubt, on record. */
  async inDoubt(people: readonly string[]): Promise<number> {
    const rows = await this.rows<{ email: string }>(
      `select email from ${schemas}delivery.mail where state = 'in_doubt' and email = any ($1)`,
      [people.map(addressOf)],
    );
    return rows.length;
  }

  /** What stopped tasks, as `processor/partition: alarm`. */
  async alarms(): Promise<string[]> {
    const names = await this.rows<{ name: string }>(
      `select n.nspname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relname = 'task' and starts_with(n.nspname, $1)`,
      [schemas],
    );
    const found = await Promise.all(
      names.map(({ name }) =>
        this.rows<{ alarm: string }>(
          `select processor || '/' || partition || ': ' || stopped as alarm from ${pg.escapeIdentifier(name)}.task where stopped is not null`,
        ),
      ),
    );
    return found.flat().map(({ alarm }) => alarm);
  }

  async rows<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.database.url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  /** A command as an operator gives it; what it prints. */
  hito(...args: string[]): Promise<string> {
    return run(process.execPath, [join(root, 'dist', 'apps', 'cli', 'main.js'), ...args], { env: this.environment });
  }

  /** The operator's way out, in its order: the sender first, so that it knows which mails left before others ask for new ones. */
  async resume(): Promise<void> {
    const stopped = new Set((await this.alarms()).map((alarm) => alarm.slice(0, alarm.indexOf('/'))));
    for (const processor of ['sender', 'delivery', 'identity', 'profile', 'scoring', 'stages', 'milestones', 'orchestration']) {
      if (!stopped.has(processor)) continue;
      await this.hito('task', 'resume', processor, 'all', '--yes');
      if (processor === 'sender') await until('the sender to know what left', () => this.senderKnows());
    }
  }

  private async senderKnows(): Promise<boolean> {
    const [row] = await this.rows<{ n: number }>(
      `select count(*)::int as n from ${schemas}delivery.task where processor = 'sender' and (confirmed or recover_from is not null or stopped is not null)`,
    );
    return row?.n === 0;
  }

  async end(): Promise<void> {
    await this.stopServices();
    await endLeftovers(join(this.folder, 'home'), { graceMs: 5_000 });
    await this.way.close();
    await this.database.stop();
    await this.kafka.stop();
    await this.smtp.stop();
    await endLeftovers(join(this.folder, 'servers'), { graceMs: 5_000 });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const addressOf = (id: string): string => `${id}@drill.example`;
