import { graph, number, query, type DashboardSpec } from './model.ts';

/** Of those who answer for the reputation of the sender. */
export const delivery: DashboardSpec = {
  uid: 'hito-delivery',
  title: 'Hito: delivery',
  about: 'Queues, delays, replies, bounces and doubts.',
  panels: [
    number('Mails by state', 'short', 'Mails by state, now.', [query('sum by (state) (hito_mails_by_state)', '{{state}}')]),
    number('Ways out', 'bool', 'Whether mail may leave: 1 open, 0 while the breaker waits for a probe.', [
      query('max by (way) (hito_smtp_way_open)', '{{way}}'),
    ]),
    graph('Oldest mail', 's', 'How long the oldest mail has been due, and in doubt.', [
      query('max by (queue) (hito_oldest_mail_seconds)', '{{queue}}'),
    ]),
    graph('From cause to mail', 's', 'Time from the instant at which a mail was due until the server accepted it.', [
      query('histogram_quantile(0.5, sum by (le) (rate(hito_mail_delay_seconds_bucket[$__rate_interval])))', 'half'),
      query('histogram_quantile(0.99, sum by (le) (rate(hito_mail_delay_seconds_bucket[$__rate_interval])))', '99 %'),
    ]),
    graph('Outcomes', 'short', 'Outcomes of mails per hour.', [
      query('sum by (outcome) (rate(hito_mails_total[$__rate_interval])) * 3600', '{{outcome}}'),
    ]),
    graph('Attempts by domain', 'short', 'Attempts per hour, by receiving domain; small domains are other.', [
      query('sum by (domain) (rate(hito_attempts_by_domain_total[$__rate_interval])) * 3600', '{{domain}}'),
    ]),
    graph(
      'Not accepted, by domain',
      'percentunit',
      'Share of the attempts that the domain did not accept. One domain alone: it throttles or blocks the sender.',
      [
        query(
          'sum by (domain) (rate(hito_attempts_by_domain_total{result!="accepted"}[$__rate_interval])) / sum by (domain) (rate(hito_attempts_by_domain_total[$__rate_interval]))',
          '{{domain}}',
        ),
      ],
    ),
    graph('Bounce rate', 'percentunit', 'Bounced of those that a server answered for good. Providers look from 2 % on.', [
      query(
        'sum(increase(hito_mails_total{outcome="bounced"}[1h])) / sum(increase(hito_mails_total{outcome=~"accepted|bounced"}[1h]))',
        'bounced',
      ),
    ]),
    graph('Refusals', 'short', 'Attempts that a server refused or cut short, per hour, by whose fault.', [
      query('sum by (blame) (rate(hito_smtp_refusals_total[$__rate_interval])) * 3600', '{{blame}}'),
    ]),
    graph(
      'Links refused',
      'short',
      'Links of mails that were not followed, per hour.',
      [query('sum by (purpose, reason) (rate(hito_links_refused_total[$__rate_interval])) * 3600', '{{purpose}} {{reason}}')],
      { emptyBecause: 'no link was altered' },
    ),
    graph('Hits that made no outcome', 'short', 'Per hour.', [
      query('sum by (reason) (rate(hito_hits_ignored_total[$__rate_interval])) * 3600', '{{reason}}'),
    ]),
    number('Oldest deferred candidate', 's', 'How long the oldest deferred candidate has waited, in stream time.', [
      query('max(hito_oldest_deferred_seconds)', 'oldest'),
    ]),
  ],
};
