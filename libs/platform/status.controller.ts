import { Controller, Get, Inject } from '@nestjs/common';
import type { Runtime, TaskStatus } from '#stream';
import type { Registry } from 'prom-client';
import type { BaseEnvironment } from './env.ts';
import { ENV, METRICS, RUNTIME, SERVICE } from './service.ts';

interface Sample {
  readonly labels: Readonly<Partial<Record<string, string | number>>>;
}

/** What `GET /status` answers. */
export interface ServiceStatus {
  readonly service: string;
  readonly prefix: string;
  readonly notReady: string | null;
  readonly tasks: readonly TaskStatus[];
  /** What became a dead letter here, by reason and source, as /metrics counts it. */
  readonly refused: readonly Refused[];
  /** Values in calls that nobody can read, by source. */
  readonly unreadable: readonly Found[];
  /** User ids that many people seem to share, by source and what there were too many of. */
  readonly shared: readonly Found[];
}

export interface Found {
  readonly source: string;
  readonly what: string;
  readonly count: number;
}

export interface Refused {
  readonly processor: string;
  readonly source: string;
  readonly reason: string;
  readonly count: number;
}

@Controller('status')
export class StatusController {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(SERVICE) private readonly service: string,
    @Inject(ENV) private readonly env: BaseEnvironment,
    @Inject(METRICS) private readonly metrics: Registry,
  ) {}

  @Get()
  async status(): Promise<ServiceStatus> {
    const label = (labels: Sample['labels'], name: string): string => String(labels[name] ?? '');
    const found = (labels: Sample['labels']): Omit<Found, 'count'> => ({
      source: label(labels, 'source'),
      what: label(labels, 'what'),
    });
    return {
      service: this.service,
      prefix: this.env.HITO_PREFIX,
      notReady: this.runtime.notReady() ?? null,
      tasks: this.runtime.status(),
      refused: await this.summed('hito_dead_letters_total', (labels) => ({
        processor: label(labels, 'processor'),
        source: label(labels, 'source'),
        reason: label(labels, 'reason'),
      })),
      unreadable: [
        ...(await this.summed('hito_unreadable_total', found)),
        ...(await this.summed('hito_unreadable_amounts_total', (labels) => ({
          source: label(labels, 'source'),
          what: 'amount',
        }))),
      ],
      shared: await this.summed('hito_shared_ids_total', found),
    };
  }

  /** A counter of /metrics, summed over the labels that are not named; without zeros. */
  private async summed<Group extends object>(
    metric: string,
    group: (labels: Sample['labels']) => Group,
  ): Promise<(Group & { readonly count: number })[]> {
    const sums = new Map<string, Group & { readonly count: number }>();
    for (const { labels, value } of (await this.metrics.getSingleMetric(metric)?.get())?.values ?? []) {
      const of = group(labels);
      const key = JSON.stringify(of);
      if (value > 0) sums.set(key, { ...of, count: (sums.get(key)?.count ?? 0) + value });
    }
    return [...sums.values()];
  }
}
