import type { Service } from '#contracts';

/** How what a worker measures of its process becomes a metric: a counter since its start if it ends in `_total`, else a gauge. To add one, add a row. */
export interface ReadingMetric {
  readonly service: Service;
  readonly metric: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Matches a reading's name; its groups are the labels, in order. */
  readonly pattern: RegExp;
}

export const readingMetrics: readonly ReadingMetric[] = [
  {
    service: 'delivery',
    metric: 'hito_smtp_way_open',
    help: 'Whether mail may leave by this way (smtp, inbox); 0 while its breaker waits for a probe to go through',
    labels: ['way'],
    pattern: /^way\.(smtp|inbox)$/,
  },
  {
    service: 'delivery',
    metric: 'hito_attempts_by_domain_total',
    help: 'Attempts on mails since the process started, by receiving domain and result: accepted, bounced, failed, in_doubt, deferred (tried again later). The first 20 domains with 20 attempts are named, all others are other',
    labels: ['result', 'domain'],
    pattern: /^domain\.([a-z_]+)\/(.+)$/,
  },
  {
    service: 'ingestion',
    metric: 'hito_source_lag_records',
    help: "Records of a partition of the platform's own topics that are not read yet",
    labels: ['source', 'topic', 'partition'],
    pattern: /^source\.lag\.([^/]+)\/([^/]+)\/(\d+)$/,
  },
  {
    service: 'ingestion',
    metric: 'hito_source_stopped',
    help: "1 where an alarm has stopped reading a partition of the platform's own topics; see `hito source lag`",
    labels: ['source', 'topic', 'partition'],
    pattern: /^source\.stopped\.([^/]+)\/([^/]+)\/(\d+)$/,
  },
];
