import { Controller, Get, Inject } from '@nestjs/common';
import type { Runtime } from '#stream';
import type { Registry } from 'prom-client';
import type { BaseEnvironment } from './env.ts';
import { cleanerOf } from './log.ts';
import { ENV, METRICS, RUNTIME, SERVICE } from './service.ts';
import { summed, type Found, type ServiceStatus } from './service-status.ts';

type Labels = Readonly<Partial<Record<string, string | number>>>;

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
    const label = (labels: Labels, name: string): string => String(labels[name] ?? '');
    const found = (labels: Labels): Omit<Found, 'count'> => ({
      source: label(labels, 'source'),
      what: label(labels, 'what'),
    });
    // Of most values there is a reason; it tells the operator whose client is to be mended.
    const unread = (labels: Labels, what: string): Omit<Found, 'count'> => ({
      source: label(labels, 'source'),
      what: [what, label(labels, 'reason')].filter((word) => word !== '').join(': '),
    });
    const clean = cleanerOf(this.env);
    // What a server, a database or an operator has said stands in it; the names of counters do not come from outside.
    const tasks = this.runtime.status().map(({ tallies, ...task }) => ({ ...clean(task), tallies }));
    return {
      service: this.service,
      prefix: this.env.HITO_PREFIX,
      notReady: clean(this.runtime.notReady() ?? null),
      tasks,
      refused: await this.counted('hito_dead_letters_total', (labels) => ({
        processor: label(labels, 'processor'),
        source: label(labels, 'source'),
        reason: label(labels, 'reason'),
      })),
      unreadable: [
        ...(await this.counted('hito_unreadable_total', (labels) => unread(labels, label(labels, 'what')))),
        ...(await this.counted('hito_unreadable_amounts_total', (labels) => unread(labels, 'amount'))),
      ],
      shared: await this.counted('hito_shared_ids_total', found),
      conditions: await this.counted('hito_conditions_failed_total', (labels) => ({
        rule: label(labels, 'rule'),
        reason: label(labels, 'reason'),
      })),
      suppressed: await this.counted('hito_suppressed_total', (labels) => ({ reason: label(labels, 'reason') })),
      // They are the process': each of its tasks names the same.
      breakers: tasks.find(({ breakers = [] }) => breakers.length > 0)?.breakers ?? [],
    };
  }

  /** A counter of /metrics, summed over the labels that are not named. */
  private async counted<Group extends object>(
    metric: string,
    group: (labels: Labels) => Group,
  ): Promise<readonly (Group & { readonly count: number })[]> {
    const values = (await this.metrics.getSingleMetric(metric)?.get())?.values ?? [];
    return summed(values.map(({ labels, value }) => ({ ...group(labels), count: value })));
  }
}
