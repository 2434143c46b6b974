import { graph, number, query, type DashboardSpec } from './model.ts';

/** Of the engineers: from the SDK's request to the decision. */
export const pipeline: DashboardSpec = {
  uid: 'hito-pipeline',
  title: 'Hito: pipeline',
  about: 'Requests, records, lag, time, transactions and what was refused.',
  panels: [
    graph('Requests', 'reqps', 'Requests of SDKs by answer. 429: to be repeated; 500: our fault; other 4xx: the caller’s.', [
      query('sum by (status) (rate(hito_request_seconds_count[$__rate_interval]))', '{{status}}'),
    ]),
    graph('Answer time', 's', 'Within this time the edge gave 99 % of its answers.', [
      query('histogram_quantile(0.99, sum by (le) (rate(hito_request_seconds_bucket[$__rate_interval])))', 'p99'),
    ]),
    graph('Records taken', 'reqps', 'Records per second, by processor.', [
      query('sum by (processor) (rate(hito_records_taken_total[$__rate_interval]))', '{{processor}}'),
    ]),
    graph('Lag', 's', 'How far each processor is behind while it has records to take. Look from 60 s on.', [
      query('max by (processor) (hito_lag_seconds)', '{{processor}}'),
    ]),
    graph('Records not yet taken', 'short', 'On the inputs of each processor.', [
      query('sum by (processor) (hito_lag_records)', '{{processor}}'),
    ]),
    graph('Age of records', 's', 'From the edge to the commit, end to end: 99 % of the transactions had no older record.', [
      query(
        'histogram_quantile(0.99, sum by (le, processor) (rate(hito_record_age_seconds_bucket[$__rate_interval])))',
        '{{processor}}',
      ),
    ]),
    graph('Watermark delay', 's', 'How far the time of each processor is behind the wall clock. Live, some seconds.', [
      query('max by (processor) (hito_watermark_delay_seconds)', '{{processor}}'),
    ]),
    graph('Transaction time', 's', '99 % of the transactions were shorter.', [
      query(
        'histogram_quantile(0.99, sum by (le, processor) (rate(hito_transaction_seconds_bucket[$__rate_interval])))',
        '{{processor}}',
      ),
    ]),
    graph('Takeovers', 'short', 'Times per hour that a task changed its process. A rolling update makes some.', [
      query('sum by (processor) (increase(hito_takeovers_total[1h]))', '{{processor}}'),
    ]),
    graph('Outbox age', 's', 'How long the oldest committed message has waited for the broker.', [
      query('max by (processor) (hito_outbox_age_seconds)', '{{processor}}'),
    ]),
    graph('Dead letters', 'short', 'Per hour, by service and reason.', [
      query('sum by (service, reason) (rate(hito_dead_letters_total[$__rate_interval])) * 3600', '{{service}} {{reason}}'),
    ]),
    graph(
      'Refused calls',
      'short',
      'Calls that the edge refused per hour, by write key and reason.',
      [query('sum by (source, reason) (rate(hito_calls_refused_total[$__rate_interval])) * 3600', '{{source}} {{reason}}')],
      { emptyBecause: 'no call was refused' },
    ),
    graph(
      'Your own topics: still to be read',
      'short',
      "Records of the platform's topics, by source and topic. A partition that an alarm has stopped grows: see `hito source lag`.",
      [query('sum by (source, topic) (hito_source_lag_records)', '{{source}} {{topic}}')],
      { emptyBecause: 'the playbook has no sources' },
    ),
    graph(
      'Your own topics: refused',
      'short',
      'Records per hour that became dead letters, by source and reason.',
      [query('sum by (source, reason) (rate(hito_source_refused_total[$__rate_interval])) * 3600', '{{source}} {{reason}}')],
      { emptyBecause: 'no record was refused' },
    ),
    graph(
      'Conditions without answer',
      'short',
      'Evaluations per hour of a rule of the playbook that came to no answer, and so counted as false. `missing` is usual where a field is optional; look at every other reason.',
      [query('sum by (rule, reason) (rate(hito_conditions_failed_total[$__rate_interval])) * 3600', '{{rule}} {{reason}}')],
      { emptyBecause: 'every condition came to an answer' },
    ),
    graph('Largest state', 'percentunit', 'Of its bound. Beyond 100 % records of that person become dead letters.', [
      query('max by (processor) (hito_largest_state_bytes) / max by (processor) (hito_state_bound_bytes) ', '{{processor}}'),
    ]),
    number('Event loop delay', 's', '99 % of the delays of each service’s event loop were shorter.', [
      query('max by (service) (nodejs_eventloop_lag_p99_seconds)', '{{service}}'),
    ]),
    graph('Memory', 'bytes', 'Resident memory of each process.', [
      query('process_resident_memory_bytes{job="hito"}', '{{service}} {{instance}}'),
    ]),
  ],
};
