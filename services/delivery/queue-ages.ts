import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge, type Registry } from 'prom-client';
import { LOGGER, METRICS, RUNTIME } from '#platform';
import type { Logger, Runtime } from '#stream';

/** How long the oldest mail of partitions $1 has been due, and in doubt, in seconds: each from an index of its own. */
const agesSql = `
  select coalesce(extract(epoch from clock_timestamp() - (select min(retry_at) from mail
           where partition = any($1) and state = 'pending' and retry_at < clock_timestamp())), 0)::float8 as due,
         coalesce(extract(epoch from clock_timestamp() - (select min(doubted_at) from mail
           where partition = any($1) and state = 'in_doubt')), 0)::float8 as in_doubt`;

const refreshMs = 30_000;
const queues = ['due', 'in_doubt'] as const;

/** `hito_oldest_mail_seconds`: how long the oldest mail of this process' partitions has waited in each queue. */
@Injectable()
export class QueueAges implements OnModuleInit {
  private ages: Readonly<Record<string, unknown>> | undefined;
  private askedAt = -Infinity;

  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(METRICS) private readonly registry: Registry,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    const { registry } = this;
    new Gauge({
      name: 'hito_oldest_mail_seconds',
      help: 'How long the oldest mail has been due for sending, or in doubt; 0 when there is none, absent while the database is away',
      labelNames: ['queue'],
      registers: [registry],
      collect: async (): Promise<void> => {
        const ages = await this.now();
        const gauge = registry.getSingleMetric('hito_oldest_mail_seconds') as Gauge;
        gauge.reset();
        if (ages !== undefined) for (const queue of queues) gauge.set({ queue }, Number(ages[queue]));
      },
    });
  }

  /** At most one question in 30 s: a backlog is not made longer by those who look at it. */
  private async now(): Promise<Readonly<Record<string, unknown>> | undefined> {
    if (this.runtime.notReady() !== undefined) return undefined;
    if (performance.now() - this.askedAt <= refreshMs) return this.ages;
    const partitions = this.runtime.status().flatMap(({ processor, partition }) => (processor === 'sender' ? [partition] : []));
    try {
      const { rows } = await this.runtime.query(agesSql, [partitions]);
      this.ages = rows[0];
      this.askedAt = performance.now();
      return this.ages;
    } catch (error) {
      this.logger.warn({ error: (error as Error).message }, 'The ages of the queues are not known now');
      return undefined;
    }
  }
}
