import { graph, number, query, type DashboardSpec } from './model.ts';

/** One page for whoever is woken: is it healthy, since when, what to do. */
export const onCall: DashboardSpec = {
  uid: 'hito-on-call',
  title: 'Hito: on call',
  about: 'Is it healthy, and since when? Each alert names its page in docs/runbooks. First command: `hito status`.',
  panels: [
    number(
      'Alerts',
      'short',
      'Alerts that fire now.',
      [query('count by (alertname, severity) (ALERTS{alertstate="firing"})', '{{alertname}}')],
      {
        emptyBecause: 'nothing is wrong',
      },
    ),
    number(
      'Since when',
      's',
      'For how long each of these alerts has been true, the time before it fired counted.',
      [
        query(
          '(time() - min by (alertname, severity) (ALERTS_FOR_STATE)) and on (alertname, severity) count by (alertname, severity) (ALERTS{alertstate="firing"})',
          '{{alertname}}',
        ),
      ],
      { emptyBecause: 'nothing is wrong' },
    ),
    number('Running for', 's', 'Since the youngest process of each service started. Small: a restart may be the cause.', [
      query('min by (service) (time() - process_start_time_seconds{job="hito"})', '{{service}}'),
    ]),
    number('Services', 'bool', '1: the service can take traffic. 0: `hito status` shows what it waits for.', [
      query('min by (service) (hito_ready)', '{{service}}'),
    ]),
    number('Stopped tasks', 'short', 'Tasks that wait for an operator: `hito task resume` or `skip`.', [
      query('sum(hito_stopped_tasks)', 'stopped'),
    ]),
    number(
      'Paused tasks',
      'short',
      'Tasks that an operator lets rest: `hito status` has the reason, `hito task resume` ends it.',
      [query('sum by (processor) (hito_paused_tasks)', '{{processor}}')],
    ),
    number('In doubt', 'short', 'Mails of which nobody knows whether the server took them.', [
      query('sum(hito_mails_by_state{state="in_doubt"}) or vector(0)', 'in doubt'),
    ]),
    graph('Late mails', 'percentunit', 'Share of the mails that took more than 5 minutes. The objective is 1 %.', [
      query('hito:mail_late:ratio_rate5m', '5 minutes'),
      query('hito:mail_late:ratio_rate1h', '1 hour'),
    ]),
    graph(
      'Failed requests',
      'percentunit',
      'Share of the requests that were not taken, callers’ faults left out. The objective is 0.1 %.',
      [query('hito:requests_failed:ratio_rate5m', '5 minutes'), query('hito:requests_failed:ratio_rate1h', '1 hour')],
    ),
    graph('Stale outcomes', 'bool', '1 while an outcome has waited for more than a minute for its topic.', [
      query('hito:outcomes_stale:bool', 'stale'),
    ]),
    graph('Lag', 's', 'How far each processor is behind.', [query('hito:lag_seconds:max', '{{processor}}')]),
    graph('Targets', 'bool', 'Whether each process answers Prometheus.', [query('up{job="hito"}', '{{instance}}')]),
    number('Clock offset', 's', 'Of each host, against the database. Look from 1 s on.', [
      query('max by (instance) (abs(hito_clock_offset_seconds))', '{{instance}}'),
    ]),
    number(
      'Days until a certificate ends',
      'd',
      'By the variable that names it.',
      [query('(min by (variable) (hito_certificate_expiry_timestamp_seconds) - time()) / 86400', '{{variable}}')],
      { emptyBecause: 'the broker is reached without a certificate of its own authority' },
    ),
    number(
      'Age of secrets',
      'd',
      'Of those that come as files, by their variable.',
      [query('(time() - min by (variable) (hito_secret_modified_timestamp_seconds)) / 86400', '{{variable}}')],
      { emptyBecause: 'secrets came by the environment' },
    ),
    number('Retention', 's', 'How long the broker keeps the inputs of each processor at least. Lag must stay far below.', [
      query('min by (processor) (hito_retention_seconds)', '{{processor}}'),
    ]),
  ],
};
