import type { Metric, MetricValueWithName, Registry } from 'prom-client';
import type { TaskStatus } from '#stream';

/** Upper bounds of the buckets of `hito_mail_delay_seconds`, in seconds: from at once to a day. */
const mailDelayBounds = [1, 5, 15, 60, 300, 900, 3_600, 21_600, 86_400] as const;

/** The durable counters that one observation moves: its bucket (not cumulative) and its share of the sum, in ms. */
export function mailDelayTally(ms: number): Readonly<Record<string, number>> {
  const bound = mailDelayBounds.find((seconds) => ms <= seconds * 1000);
  return { [`mail_delay.${bound === undefined ? 'inf' : String(bound)}`]: 1, mail_delay_ms: Math.max(0, Math.round(ms)) };
}

/** Whether a tally belongs to a histogram. */
export const isOfHistogram = (name: string): boolean => /^mail_delay(\.|_ms$)/.test(name);

/**
 * `hito_mail_delay_seconds`: a histogram whose counts are durable counters of the tasks, as those of the `_total` families are. So no
 * restart loses one, and a sum over all processes counts each mail once.
 */
export class MailDelay {
  readonly name = 'hito_mail_delay_seconds';
  readonly help =
    'Time from the instant at which a mail was due (its event reached the edge, or what deferred it ended) until the server accepted it; replayed mail is left out';
  readonly type = 'histogram';
  readonly labelNames = ['processor', 'partition'] as const;

  constructor(private readonly owned: () => readonly TaskStatus[]) {}

  /** Registers it, as the constructors of prom-client's own kinds do. */
  static in(registry: Registry, owned: () => readonly TaskStatus[]): void {
    registry.registerMetric(new MailDelay(owned) as unknown as Metric);
  }

  get(): Promise<Pick<MailDelay, 'name' | 'help' | 'type'> & { readonly values: MetricValueWithName<string>[] }> {
    const values = this.owned().flatMap((task) => (task.processor === 'sender' ? series(this.name, task) : []));
    return Promise.resolve({ name: this.name, help: this.help, type: this.type, values });
  }

  reset(): void {
    // Nothing is kept here: the tasks' rows hold the counts.
  }
}

function series(name: string, { processor, partition, tallies }: TaskStatus): MetricValueWithName<string>[] {
  const labels = { processor, partition: String(partition) };
  let count = 0;
  const buckets = [...mailDelayBounds.map(String), 'inf'].map((bound) => {
    count += tallies[`mail_delay.${bound}`] ?? 0;
    return { metricName: `${name}_bucket`, labels: { le: bound === 'inf' ? '+Inf' : bound, ...labels }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: (tallies['mail_delay_ms'] ?? 0) / 1000 },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
