import type { Registry } from 'prom-client';
import { services, type Service } from '#contracts';
import type { Playbook } from '#playbook';
import { baseVariables, createMetrics, credentialMetrics } from '#platform';
import type { Logger, Runtime, TaskStatus } from '#stream';
import { QueueAges } from '../services/delivery/queue-ages.ts';
import { lostHits, refusedLinks } from '../services/delivery/tracking/tracking-metrics.ts';
import { edgeMetrics } from '../services/ingestion/edge/edge-metrics.ts';
import { OldestDeferred } from '../services/orchestration/oldest-deferred.ts';

/** A family of /metrics. */
export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** The services that export it. */
  readonly services: readonly Service[];
}

const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A runtime that holds no task: families are there all the same. */
const idle: Runtime = {
  status: () => [],
  notReady: () => 'nothing runs here',
  onTransaction: () => undefined,
  clockOffsetMs: () => undefined,
  produce: () => Promise.reject(new Error('nothing runs here')),
  query: () => Promise.reject(new Error('nothing runs here')),
  stop: () => Promise.resolve(),
};

/** What a service exports beside what all do. */
const own: Partial<Record<Service, (registry: Registry) => void>> = {
  ingestion: (registry) => void edgeMetrics(registry),
  orchestration: (registry) => {
    new OldestDeferred(idle, registry, silent).onModuleInit();
  },
  delivery: (registry) => {
    refusedLinks(registry);
    lostHits(registry);
    new QueueAges(idle, registry, silent).onModuleInit();
  },
};

function registryOf(service: Service, runtime: Runtime, playbook?: Playbook): Registry {
  const registry = createMetrics(service, runtime, playbook);
  credentialMetrics(registry, baseVariables);
  own[service]?.(registry);
  return registry;
}

const processors: Readonly<Record<Service, readonly string[]>> = {
  ingestion: ['identity', 'profile'],
  scoring: ['scoring'],
  stages: ['stages'],
  milestones: ['milestones'],
  orchestration: ['orchestration'],
  delivery: ['delivery', 'sender'],
};

/** `/metrics` of a new installation's service that has taken nothing yet. */
export const firstMetrics = (service: Service, playbook: Playbook): Promise<string> => {
  const tasks = processors[service].map((processor): TaskStatus => ({
    processor,
    partition: 0,
    clock: 'unset',
    watermark: undefined,
    epoch: 1,
    waitsFor: 'nothing',
    stopped: false,
    lagRecords: 0,
    taken: 0,
    transactions: 0,
    deadLetters: 0,
    tallies: {},
  }));
  return registryOf(service, { ...idle, status: () => tasks }, playbook).metrics();
};

/** Every family that any service exports, by name. */
export function families(): Family[] {
  const found = new Map<string, Family>();
  for (const service of services) {
    for (const metric of registryOf(service, idle).getMetricsAsArray()) {
      const { name, help, type, labelNames = [] } = metric as unknown as Omit<Family, 'services'> & { labelNames?: string[] };
      const before = found.get(name)?.services ?? [];
      found.set(name, { name, help, type, labels: [...labelNames], services: [...before, service] });
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Prometheus wants base units, named last: https://prometheus.io/docs/practices/naming/ */
export const unitOf = ({ name }: Pick<Family, 'name'>): string =>
  /_(seconds|bytes|percent|ratio)(_total)?$/.exec(name)?.[1] ?? (name.endsWith('_info') ? '' : 'count');

const table = (rows: readonly Family[]): string[] => [
  '| metric | type | labels | unit | service | meaning |',
  '| --- | --- | --- | --- | --- | --- |',
  ...rows.map((family) =>
    [
      '',
      `\`${family.name}\``,
      family.type,
      family.labels.map((label) => `\`${label}\``).join(' '),
      unitOf(family),
      family.services.length === services.length ? 'all' : family.services.join(', '),
      family.help.replaceAll('|', '\\|'),
      '',
    ]
      .join(' | ')
      .trim(),
  ),
];

/** docs/reference/metrics.md */
export function metricsPage(): string {
  const all = families();
  const ours = all.filter(({ name }) => name.startsWith('hito_'));
  return [
    '# Metrics',
    '',
    'After reading this you know which number to ask Prometheus for. `npm run docs:metrics` makes this page from the code.',
    '',
    'Each service answers `/metrics` on its internal port. Every series has the label `service` as well.',
    'A `_total` family with the label `partition` is durable: it lies in the database with the state it counts, a restart loses none, and',
    "only the partition's owner exports it. Ask for its sum over all processes: `sum by (outcome) (rate(hito_mails_total[5m]))`.",
    'The other counters and the histograms begin at 0 with their process; `rate` knows how to handle that.',
    'A counter is there at 0 before anything happens, so that `increase` sees the first time too: with every value of its labels, and per play of the',
    'playbook. Where a label names a rule, stage, milestone or (but for refused calls) source, its series begins with the first count.',
    '`hito_mail_delay_seconds` is a durable histogram.',
    '',
    'No label holds a person, an address or free text. Labels that a playbook or a write key names have 200 values at most; the rest is `other`.',
    '',
    ...table(ours),
    '',
    '## Of the process',
    '',
    'prom-client exports these for every Node process.',
    '',
    ...table(all.filter(({ name }) => !name.startsWith('hito_'))),
    '',
  ].join('\n');
}
