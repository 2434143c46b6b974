import 'reflect-metadata';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Runtime } from '#stream';
import { Registry } from 'prom-client';
import { trustProxies } from '#platform';
import { Collector } from '../collector.ts';
import { Admission } from '../edge/admission.ts';
import { edgeMetrics } from '../edge/edge-metrics.ts';
import { IntakeController } from '../edge/intake.controller.ts';
import { Intake } from '../edge/intake.ts';
import { LetterRate } from '../edge/letter-rate.ts';
import { LiveGate } from '../edge/live-gate.ts';
import { RefusalReport } from '../edge/refusal-report.ts';
import { PixelController } from '../edge/pixel.controller.ts';
import { SettingsController } from '../edge/settings.controller.ts';
import { together } from '../edge/together.ts';
import { WRITE_KEYS, writeKeys } from '../edge/write-keys.ts';

type Produced = Parameters<Runtime['produce']>[0][number];

/** The write key of the source `website`; that of `shop` is `shop-secret`. */
export const key = 'website-key';

export const track = { event: 'Signed Up', userId: 'u1', messageId: 'm1' };

export const basic = (user: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(user).toString('base64')}`,
});

/** A log in memory that can be away, slow, or replaying. */
export class Memory {
  records: Produced[] = [];
  clocks: string[] = ['live', 'live'];
  away = false;
  /** Sends that were refused because it was away. */
  refused = 0;
  /** Lines of the log. */
  readonly warned: object[] = [];
  private waiting: { readonly acknowledge: () => void; readonly fail: () => void }[] = [];
  private quiet = false;

  /** Sends are not answered; those that wait fail when this ends. */
  set silent(quiet: boolean) {
    this.quiet = quiet;
    if (!quiet) for (const { fail } of this.waiting.splice(0)) fail();
  }

  /** Sends that wait for an answer. */
  get unanswered(): number {
    return this.waiting.length;
  }

  /** Those that wait are answered now. */
  acknowledge(): void {
    for (const { acknowledge } of this.waiting.splice(0)) acknowledge();
  }

  produce = (records: readonly Produced[]): Promise<void> => {
    if (this.quiet)
      return new Promise((resolve, reject) =>
        this.waiting.push({
          acknowledge: resolve,
          fail: () => {
            reject(new Error('cut'));
          },
        }),
      );
    if (this.away) {
      this.refused += 1;
      return Promise.reject(new Error('the broker is away'));
    }
    this.records.push(...structuredClone(records));
    return Promise.resolve();
  };

  warn = (fields: object): void => {
    this.warned.push(fields);
  };

  query = (): Promise<{ rows: Record<string, unknown>[] }> => Promise.resolve({ rows: this.clocks.map((clock) => ({ clock })) });

  of(topic: string): Produced[] {
    return this.records.filter((record) => record.topic === `hito.${topic}`);
  }

  get calls(): Record<string, unknown>[] {
    return this.of('collected.v1').map(({ value }) => value as Record<string, unknown>);
  }
}

/** The edge as it runs, with small bounds, over a log in memory. */
export class Edge {
  private constructor(
    readonly log: Memory,
    private readonly app: INestApplication,
    private readonly metrics: Registry,
    readonly port: number,
  ) {}

  /** `trusted`: proxies whose X-Forwarded-For counts; `withinMs`: how long a body may take. */
  static async start(trusted: readonly string[] = [], withinMs = 30_000): Promise<Edge> {
    const log = new Memory();
    const metrics = new Registry();
    const { refusedCalls, lostWithdrawals, letterlessBodies, requests } = edgeMetrics(metrics);
    const counters = { refused: refusedCalls, lost: lostWithdrawals, letterless: letterlessBodies };
    const keys = writeKeys.parse(`website:${key},shop:shop-secret`);
    const report = new RefusalReport(counters, log, Date.now);
    const intake = new Intake({
      collector: new Collector({
        log: { produce: together(log.produce) },
        prefix: 'hito',
        nobody: new Set(['house account']),
        secrets: new Set(['voucher']),
        report,
      }),
      keys,
      gate: new LiveGate(log, 2, () => Date.now() * 1000), // asked for every request
      admission: new Admission({ total: 20, perClient: 8, bytes: 12 * 1024 * 1024 }),
      report,
      letters: new LetterRate(Date.now),
      limits: { bytes: 5 * 1024 * 1024, withinMs, produceWithinMs: 300 },
      logger: log,
      answered: (status, seconds) => {
        requests.observe({ status: String(status) }, seconds);
      },
      now: Date.now,
    });
    class EdgeModule {}
    const providers = [
      { provide: Intake, useValue: intake },
      { provide: WRITE_KEYS, useValue: keys },
    ];
    const module = { module: EdgeModule, controllers: [IntakeController, PixelController, SettingsController], providers };
    const app = await NestFactory.create(module, { bodyParser: false, logger: false });
    trustProxies(app, trusted);
    await app.listen(0, '127.0.0.1');
    return new Edge(log, app, metrics, (app.getHttpServer() as Server).address().port);
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  post(path: string, body: string | Buffer, headers: Record<string, string> = basic(`${key}:`)): Promise<Response> {
    return fetch(`${this.url}${path}`, { method: 'POST', body: Uint8Array.from(Buffer.from(body)), headers });
  }

  /** What was counted as refused: `website no_id` → how many. Or by another metric of source and reason. */
  async refused(metric = 'hito_calls_refused_total'): Promise<Record<string, number>> {
    const { values = [] } = (await this.metrics.getSingleMetric(metric)?.get()) ?? {};
    return Object.fromEntries(
      values
        .filter(({ value }) => value > 0)
        .map(({ labels, value }) => [`${String(labels['source'])} ${String(labels['reason'])}`, value]),
    );
  }

  /** How many requests were answered with this status. */
  async answered(status: number): Promise<number> {
    const { values = [] } = (await this.metrics.getSingleMetric('hito_request_seconds')?.get()) ?? {};
    const counted = values.filter((one) => 'metricName' in one && one.metricName === 'hito_request_seconds_count');
    return counted.find(({ labels }) => labels['status'] === String(status))?.value ?? 0;
  }

  /** From now on it does not keep the process alive. */
  unref(): this {
    (this.app.getHttpServer() as Server).unref();
    return this;
  }

  stop(): Promise<void> {
    return this.app.close();
  }
}

interface Server {
  address(): { port: number };
  unref(): void;
}
