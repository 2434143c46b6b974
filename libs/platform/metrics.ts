import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Runtime, TaskStatus } from '#stream';
import { conventions, friendlyMetrics, type Sample } from './tally-metrics.ts';

const perProcessor = ['processor'] as const;
const clocks = ['unset', 'driven', 'live'] as const;
type Series = Pick<Sample, 'labels' | 'value'>;

/**
 * The registry behind /metrics. All but the histograms is read from the tasks that this process owns, at the moment of asking: right
 * directly after a restart, and counted once when summed over instances.
 *
 * A `_total` series is a durable counter of one task, and only the task's owner exports it: it goes on elsewhere, from where it stood,
 * when its partition moves, and so never falls. Ask for `sum without (instance, processor, partition) (hito_mails_total)`. Gauges are
 * summed over the process' tasks; one that several processors move (a mail is pending by one and accepted by another) is right as a sum
 * over all instances only.
 */
export function createMetrics(service: string, runtime: Runtime): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });

  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    fill: (gauge: Gauge<Label>) => void,
  ): void => {
    new Gauge<Label>({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        fill(this);
      },
    });
  };
  const counter = (name: string, help: string, labelNames: readonly string[], samples: (task: TaskStatus) => Series[]): void => {
    new Counter({
      name,
      help,
      labelNames: [...labelNames, 'processor', 'partition'],
      registers: [registry],
      collect() {
        this.reset();
        for (const task of owned(runtime))
          for (const { labels, value } of samples(task))
            this.inc({ ...labels, processor: task.processor, partition: String(task.partition) }, value);
      },
    });
  };
  const merged = (
    name: string,
    help: string,
    value: (task: TaskStatus) => number,
    merge: (a: number, b: number) => number,
  ): void => {
    gauge(name, help, perProcessor, (g) => {
      for (const [processor, tasks] of byProcessor(runtime.status()))
        g.set(
          { processor },
          tasks.map(value).reduce((a, b) => merge(a, b)),
        );
    });
  };
  const sum = (a: number, b: number): number => a + b;

  merged('hito_watermark_delay_seconds', 'How far the slowest watermark is behind the wall clock', delaySeconds, Math.max);
  merged('hito_lag_records', 'Records on the inputs that are not yet taken', (t) => t.lagRecords, sum);
  merged(
    'hito_lag_seconds',
    'Watermark delay of the slowest task that has records to take; 0 when all are taken',
    (t) => (t.lagRecords > 0 ? delaySeconds(t) : 0),
    Math.max,
  );
  merged('hito_records_taken', 'Records taken since the tasks were assigned', (t) => t.taken, sum);
  merged('hito_transactions', 'Transactions committed since the tasks were assigned', (t) => t.transactions, sum);
  merged('hito_stopped_tasks', 'Tasks that stopped with an alarm', (t) => (t.stopped ? 1 : 0), sum);
  gauge('hito_tasks', 'Tasks held, by their clock', ['processor', 'clock'], (g) => {
    for (const [processor, tasks] of byProcessor(runtime.status()))
      for (const clock of clocks) g.set({ processor, clock }, tasks.filter((task) => task.clock === clock).length);
  });
  gauge('hito_ready', 'Whether the service can work', [], (g) => {
    g.set(runtime.notReady() === undefined ? 1 : 0);
  });
  gauge('hito_tally', 'Durable counters', ['processor', 'name'], (g) => {
    for (const [processor, tasks] of byProcessor(owned(runtime)))
      for (const [name, value] of bounded(tallied(tasks))) g.set({ processor, name }, value);
  });
  /** From 0 on, once the task's row is read: before that nothing is known. */
  const countedByTask = (name: string, help: string, tally: string): void => {
    counter(name, help, [], ({ watermark, tallies }) =>
      watermark === undefined ? [] : [{ labels: {}, value: tallies[tally] ?? 0 }],
    );
  };
  countedByTask('hito_dead_letters_total', 'Dead letters', 'dead_letters');
  countedByTask('hito_duplicates_total', 'Repeated records that were dropped', 'duplicates');
  for (const convention of conventions) {
    const { metric, help, labels } = convention;
    const samples = (tallies: TaskStatus['tallies']): Sample[] => friendlyMetrics(tallies, [convention]);
    if (metric.endsWith('_total')) counter(metric, help, labels, ({ tallies }) => samples(tallies));
    else
      gauge(metric, help, labels, (g) => {
        for (const { labels, value } of samples(tallied(owned(runtime)))) g.set(labels, value);
      });
  }

  const batch = new Histogram({
    name: 'hito_batch_records',
    help: 'Records of a transaction',
    labelNames: perProcessor,
    buckets: [1, 10, 100, 1_000, 5_000, 20_000, 50_000],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'hito_transaction_seconds',
    help: 'Length of a transaction',
    labelNames: perProcessor,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers: [registry],
  });
  runtime.onTransaction(({ processor, records, durationMs }) => {
    batch.observe({ processor }, records);
    duration.observe({ processor }, durationMs / 1000);
  });
  return registry;
}

const delaySeconds = ({ watermark }: TaskStatus): number =>
  watermark === undefined ? 0 : Math.max(0, Date.now() - watermark) / 1000;

/** What another process owns by now is no longer told here: its counters stand still while the other's go on. */
const owned = (runtime: Runtime): readonly TaskStatus[] => runtime.status().filter(({ waitsFor }) => waitsFor !== 'ownership');

const byProcessor = (tasks: readonly TaskStatus[]): Map<string, TaskStatus[]> => Map.groupBy(tasks, ({ processor }) => processor);

function tallied(tasks: readonly TaskStatus[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const task of tasks) for (const [name, value] of Object.entries(task.tallies)) totals[name] = (totals[name] ?? 0) + value;
  return totals;
}

/** At most so many names; what is beyond is added up as `other`. */
function bounded(totals: Readonly<Record<string, number>>, bound = 500): (readonly [string, number])[] {
  const entries = Object.entries(totals);
  if (entries.length <= bound) return entries;
  return [...entries.slice(0, bound), ['other', entries.slice(bound).reduce((sum, [, value]) => sum + value, 0)]];
}
