import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge, type Registry } from 'prom-client';
import { LOGGER, METRICS, RUNTIME } from '#platform';
import type { Logger, Runtime } from '#stream';

/** When the deferred candidate that has waited longest came in (epoch ms) among partitions $1; touches only people with open candidates. */
const oldestDeferredSql = `
  select min((candidate ->> 'since')::bigint) as since
  from orchestration_state_view person, jsonb_array_elements(person.state -> 'open') candidate
  where person.wake_at is not null and person.partition = any($1) and candidate ? 'deferred'`;

const refreshMs = 30_000;

/** `hito_oldest_deferred_seconds`: how long, in stream time, the oldest deferred candidate of this instance's people has waited. */
@Injectable()
export class OldestDeferred implements OnModuleInit {
  private since: number | undefined;
  private askedAt = -Infinity;

  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(METRICS) private readonly registry: Registry,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    new Gauge({
      name: 'hito_oldest_deferred_seconds',
      help: 'How long the oldest deferred candidate has waited, in stream time; 0 when none waits, absent while the database is away',
      registers: [this.registry],
      collect: (): Promise<void> => this.collect(),
    });
  }

  private async collect(): Promise<void> {
    const gauge = this.registry.getSingleMetric('hito_oldest_deferred_seconds') as Gauge;
    const seconds = await this.seconds();
    gauge.reset();
    if (seconds === undefined) gauge.remove();
    else gauge.set(seconds);
  }

  /** A scrape must not fail because the database is away: readiness tells that. */
  private async seconds(): Promise<number | undefined> {
    const tasks = this.runtime.status();
    const now = Math.max(...tasks.map(({ watermark }) => watermark ?? -Infinity));
    if (this.runtime.notReady() !== undefined) return undefined;
    try {
      if (performance.now() - this.askedAt > refreshMs) {
        const { rows } = await this.runtime.query(oldestDeferredSql, [tasks.map(({ partition }) => partition)]);
        this.since = rows[0]?.['since'] === null ? undefined : Number(rows[0]?.['since']);
        this.askedAt = performance.now();
      }
      return this.since === undefined ? 0 : Math.max(0, (now - this.since) / 1000);
    } catch (error) {
      this.logger.warn({ error }, 'The oldest deferred candidate is not known now');
      return undefined;
    }
  }
}
