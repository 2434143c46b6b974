import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { deadLetterKinds, type Service } from '#contracts';
import type { Playbook } from '#playbook';
import type { Runtime, TaskStatus } from '#stream';
import { readingMetrics, type ReadingMetric } from './reading-metrics.ts';
import { isOfHistogram, MailDelay } from './tally-histogram.ts';
import { conventionsOf, firstSamples, friendlyMetrics, isFriendly, mailNames, type Sample } from './tally-metrics.ts';

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
export function createMetrics(service: Service, runtime: Runtime, playbook?: Playbook): Registry {
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
  gauge(
    'hito_silent_lane_behind_seconds',
    'How far a second lane that has not taken over yet is behind the one that speaks; absent where there is none',
    ['processor', 'partition'],
    (g) => {
      for (const { processor, partition, silent } of runtime.status())
        if (silent?.behindMs !== undefined) g.set({ processor, partition: String(partition) }, silent.behindMs / 1000);
    },
  );
  counter('hito_records_taken_total', 'Records taken since the task was assigned', [], ({ taken }) => [
    { labels: {}, value: taken },
  ]);
  counter('hito_transactions_total', 'Transactions committed since the task was assigned', [], ({ transactions }) => [
    { labels: {}, value: transactions },
  ]);
  merged('hito_stopped_tasks', 'Tasks that stopped with an alarm', (t) => (t.stopped ? 1 : 0), sum);
  merged('hito_paused_tasks', 'Tasks that an operator has paused', (t) => (t.paused === true ? 1 : 0), sum);
  merged('hito_largest_state_bytes', "Bytes of the largest person's state written", (t) => t.largestState ?? 0, Math.max);
  gauge(
    'hito_retention_seconds',
    'How long the broker keeps the inputs at least; absent where it keeps all',
    perProcessor,
    (g) => {
      for (const { processor, retentionMs } of runtime.status())
        if (retentionMs !== undefined) g.set({ processor }, retentionMs / 1000);
    },
  );
  merged('hito_state_bound_bytes', "Bytes that one person's state may have", (t) => t.stateBound ?? 0, Math.max);
  merged(
    'hito_outbox_age_seconds',
    'How long the oldest committed message has waited for the broker; 0 when all are acknowledged',
    (t) => (t.unpublishedMs ?? 0) / 1000,
    Math.max,
  );
  counter('hito_takeovers_total', 'Times that a process took the task: starts, rebalances, and after errors', [], ({ epoch }) =>
    epoch === undefined ? [] : [{ labels: {}, value: epoch }],
  );
  gauge('hito_clock_offset_seconds', "How far this machine's clock is ahead of the database's", [], (g) => {
    const offset = runtime.clockOffsetMs();
    if (offset === undefined) g.remove();
    else g.set(offset / 1000);
  });
  gauge('hito_tasks', 'Tasks held, by their clock', ['processor', 'clock'], (g) => {
    for (const [processor, tasks] of byProcessor(runtime.status()))
      for (const clock of clocks) g.set({ processor, clock }, tasks.filter((task) => task.clock === clock).length);
  });
  gauge('hito_ready', 'Whether the service can take traffic', [], (g) => {
    g.set(runtime.notReady() === undefined ? 1 : 0);
  });
  gauge('hito_tally', 'Durable counters that have no metric of their own', ['processor', 'name'], (g) => {
    for (const [processor, tasks] of byProcessor(owned(runtime)))
      for (const [name, value] of bounded(tallied(tasks))) if (!hasMetric(name)) g.set({ processor, name }, value);
  });
  /** From 0 on, once the task's row is read: before that nothing is known. */
  const countedByTask = (name: string, help: string, tally: string): void => {
    counter(name, help, [], (task) => (isRead(task) ? [{ labels: {}, value: task.tallies[tally] ?? 0 }] : []));
  };
  deadLetters(registry, runtime);
  countedByTask('hito_duplicates_total', 'Repeated records that were dropped', 'duplicates');
  const names = playbook === undefined ? undefined : mailNames(playbook);
  for (const convention of conventionsOf(service)) {
    const { metric, help, labels } = convention;
    const samples = (tallies: TaskStatus['tallies']): Sample[] => friendlyMetrics(tallies, [convention], names);
    const first = new Map(Object.keys(convention.begins ?? {}).map((name) => [name, firstSamples(convention, name, names)]));
    const begun = (task: TaskStatus): readonly Sample[] => (isRead(task) ? (first.get(task.processor) ?? []) : []);
    if (metric.endsWith('_total')) counter(metric, help, labels, (task) => [...samples(task.tallies), ...begun(task)]);
    else
      gauge(metric, help, labels, (g) => {
        for (const { labels, value } of samples(tallied(owned(runtime)))) g.set(labels, value);
      });
  }

  if (service === 'delivery') MailDelay.in(registry, () => owned(runtime));
  for (const one of readingMetrics.filter((reading) => reading.service === service)) readingMetric(registry, runtime, one);

  const batch = new Histogram({
    name: 'hito_batch_records',
    help: 'Records of a transaction',
    labelNames: perProcessor,
    buckets: [1, 10, 100, 1_000, 5_000, 20_000, 50_000],
    registers: [registry],
  });
  const duration = new Histogram<'processor' | 'trace_id'>({
    name: 'hito_transaction_seconds',
    help: 'Length of a transaction',
    labelNames: perProcessor,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    enableExemplars: true,
    // prom-client lets only registries of the other format have exemplars; a copy of this one is one (open-metrics.ts).
    registers: [],
  });
  const age = new Histogram<'processor' | 'trace_id'>({
    name: 'hito_record_age_seconds',
    help: 'Live: time from the edge to the commit, of the oldest record of each transaction',
    labelNames: perProcessor,
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600],
    enableExemplars: true,
    // prom-client lets only registries of the other format have exemplars; a copy of this one is one (open-metrics.ts).
    registers: [],
  });
  registry.registerMetric(duration);
  registry.registerMetric(age);
  runtime.onTransaction(({ processor, records, durationMs, ageMs, traceId }) => {
    const exemplar = traceId === undefined ? {} : { exemplarLabels: { trace_id: traceId } };
    batch.observe({ processor }, records);
    duration.observe({ labels: { processor }, value: durationMs / 1000, ...exemplar });
    if (ageMs !== undefined) age.observe({ labels: { processor }, value: ageMs / 1000, ...exemplar });
  });
  return registry;
}

/** Every task of a process has the same readings: each is exported once. */
function readingMetric(registry: Registry, runtime: Runtime, { metric, help, labels, pattern }: ReadingMetric): void {
  const series = (): Series[] => {
    const readings = Object.entries(
      Object.assign({}, ...runtime.status().map((task) => task.readings ?? {})) as Record<string, number>,
    );
    return readings.flatMap(([name, value]) => {
      const groups = pattern.exec(name)?.slice(1);
      return groups === undefined
        ? []
        : [{ labels: Object.fromEntries(labels.map((label, i) => [label, groups[i] ?? ''])), value }];
    });
  };
  const options = { name: metric, help, labelNames: labels, registers: [registry] };
  if (metric.endsWith('_total'))
    new Counter({
      ...options,
      collect() {
        this.reset();
        for (const { labels, value } of series()) this.inc(labels, value);
      },
    });
  else
    new Gauge({
      ...options,
      collect() {
        this.reset();
        for (const { labels, value } of series()) this.set(labels, value);
      },
    });
}

/** Tallies that this file exports itself, under names of their own. */
const ownNames = /^(dead_letters|duplicates|dead_letter\..*)$/;
const hasMetric = (name: string): boolean => ownNames.test(name) || isFriendly(name) || isOfHistogram(name);

/**
 * What became a dead letter, wherever it did: durable counters of the tasks (each reason from 0 on, once the task's row is read), and of
 * ingestion what this process' edge has refused since its start (`processor="collect"`).
 */
function deadLetters(registry: Registry, runtime: Runtime): void {
  new Counter({
    name: 'hito_dead_letters_total',
    help: 'Dead letters by reason and by the source that sent the call',
    labelNames: ['reason', 'source', 'processor', 'partition'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const status of owned(runtime)) {
        const { processor, partition, tallies } = status;
        const task = { processor, partition: String(partition) };
        if (isRead(status)) for (const reason of deadLetterKinds) this.inc({ reason, source: '', ...task }, 0);
        for (const [name, value] of Object.entries(tallies)) {
          const [, reason, source = ''] = /^dead_letter\.([^.]+)(?:\.(.+))?$/.exec(name) ?? [];
          if (reason !== undefined) this.inc({ reason, source, ...task }, value);
        }
      }
      const refused = (await registry.getSingleMetric('hito_calls_refused_total')?.get())?.values ?? [];
      for (const { labels, value } of refused)
        this.inc(
          { reason: String(labels['reason']), source: String(labels['source']), processor: 'collect', partition: '' },
          value,
        );
    },
  });
}

/** Whether its row has been read: before that nothing is known of its counters. A worker has no watermark. */
const isRead = ({ watermark, epoch }: TaskStatus): boolean => watermark !== undefined || epoch !== undefined;

/** A lane that has not taken over yet makes nobody wait. */
const delaySeconds = ({ watermark, silent }: TaskStatus): number =>
  watermark === undefined || silent !== undefined ? 0 : Math.max(0, Date.now() - watermark) / 1000;

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
