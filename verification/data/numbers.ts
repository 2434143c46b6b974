import type { Series } from '../../test/kill/metrics.ts';
import type { Row } from './kpis.ts';

/** The metrics that the KPIs in SQL repeat: their labels, and the view and column with the same number. */
const twins: readonly {
  readonly metric: string;
  readonly labels: readonly string[];
  readonly view: string;
  readonly column: string;
}[] = [
  { metric: 'hito_mails_total', labels: ['outcome', 'play', 'category'], view: 'kpi_mails', column: 'mails' },
  { metric: 'hito_mails_by_state', labels: ['state'], view: 'kpi_mails_by_state', column: 'mails' },
  { metric: 'hito_opens_total', labels: ['verdict', 'play', 'category'], view: 'kpi_opens', column: 'opens' },
  { metric: 'hito_clicks_total', labels: ['verdict', 'play', 'category'], view: 'kpi_clicks', column: 'clicks' },
  { metric: 'hito_people', labels: ['stage'], view: 'kpi_people', column: 'people' },
  { metric: 'hito_churned_total', labels: [], view: 'kpi_churn', column: 'churned' },
  { metric: 'hito_returned_total', labels: [], view: 'kpi_churn', column: 'returned' },
];

type Numbers = Readonly<Record<string, number>>;

/** Sums by metric and labels, without those that are 0: a table has no row of what never happened. */
function sums(parts: readonly (readonly [metric: string, labels: readonly unknown[], value: number])[]): Numbers {
  const found = new Map<string, number>();
  for (const [metric, labels, value] of parts) {
    const key = `${metric} ${labels.map(String).join('/')}`.trim();
    found.set(key, (found.get(key) ?? 0) + value);
  }
  return Object.fromEntries([...found].filter(([, value]) => value !== 0).toSorted(([a], [b]) => a.localeCompare(b, 'en')));
}

/** The numbers of the KPIs in SQL, by the metric and labels that give the same one. */
export const numbersOfSql = (kpis: ReadonlyMap<string, readonly Row[]>): Numbers =>
  sums(
    twins.flatMap(({ metric, labels, view, column }) =>
      (kpis.get(view) ?? []).map((row) => [metric, labels.map((label) => row[label]), Number(row[column])] as const),
    ),
  );

/** The same numbers as /metrics of all processes gives them. */
export const numbersOfMetrics = (series: readonly Series[]): Numbers =>
  sums(
    twins.flatMap(({ metric, labels }) =>
      series
        .filter((one) => one.metric === metric)
        .map((one) => [metric, labels.map((label) => one.labels[label]), one.value] as const),
    ),
  );
