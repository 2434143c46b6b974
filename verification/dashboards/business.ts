import { graph, number, query, type DashboardSpec } from './model.ts';

const share = (of: string): string =>
  `sum by (play) (increase(${of}{verdict="human"}[$__range])) / sum by (play) (increase(hito_mails_total{outcome="accepted"}[$__range]))`;

/** Of the people who own the plays: which mail goes out, and what it does. */
export const business: DashboardSpec = {
  uid: 'hito-business',
  title: 'Hito: business',
  about: 'Mails, opens, clicks, stages and milestones, by play and category.',
  panels: [
    number('Mails', 'short', 'Mails that a server accepted, since the beginning.', [
      query('sum(hito_mails_total{outcome="accepted"})', 'accepted'),
    ]),
    number('People', 'short', 'People by stage, now.', [query('sum by (stage) (hito_people)', '{{stage}}')]),
    number('Milestones', 'short', 'Milestones reached, since the beginning.', [
      query('sum by (milestone) (hito_milestones_total)', '{{milestone}}'),
    ]),
    graph('Mails by play', 'short', 'Accepted mails per hour.', [
      query('sum by (play) (rate(hito_mails_total{outcome="accepted"}[$__rate_interval])) * 3600', '{{play}}'),
    ]),
    graph('Mails by category', 'short', 'Accepted mails per hour.', [
      query('sum by (category) (rate(hito_mails_total{outcome="accepted"}[$__rate_interval])) * 3600', '{{category}}'),
    ]),
    graph(
      'Open rate',
      'percentunit',
      'Opens by people (not by proxies) per accepted mail, in the range that is shown.',
      [query(share('hito_opens_total'), '{{play}}')],
      { emptyBecause: 'nobody has opened a mail yet' },
    ),
    graph(
      'Click rate',
      'percentunit',
      'Clicks by people per accepted mail, in the range that is shown.',
      [query(share('hito_clicks_total'), '{{play}}')],
      { emptyBecause: 'nobody has clicked yet' },
    ),
    graph(
      'Unsubscriptions',
      'short',
      'Per hour.',
      [query('sum(rate(hito_unsubscribes_total[$__rate_interval])) * 3600', 'unsubscriptions')],
      {
        emptyBecause: 'nobody has unsubscribed yet',
      },
    ),
    graph(
      'Churned and returned',
      'short',
      'People per hour who fell silent, and who came back.',
      [
        query('sum(rate(hito_churned_total[$__rate_interval])) * 3600', 'churned'),
        query('sum(rate(hito_returned_total[$__rate_interval])) * 3600', 'returned'),
      ],
      { emptyBecause: 'silence takes weeks' },
    ),
    graph('Decisions', 'short', 'Decisions per hour: sent, deferred or dropped, and why.', [
      query('sum by (decision, reason) (rate(hito_decisions_total[$__rate_interval])) * 3600', '{{decision}} {{reason}}'),
    ]),
    graph('People by band', 'short', 'People by the band of their score, now.', [
      query('sum by (band) (hito_people_by_band)', '{{band}}'),
    ]),
  ],
};
