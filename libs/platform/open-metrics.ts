import { Registry, type Metric, type OpenMetricsContentType } from 'prom-client';

/**
 * A registry as OpenMetrics text, with its exemplars (https://prometheus.io/docs/specs/om/open_metrics_spec/). prom-client takes
 * `_total` off the names of counters when it writes this format: it gets copies that share their values.
 */
export async function openMetrics(registry: Registry, labels: Readonly<Record<string, string>>): Promise<string> {
  const copy = new Registry<OpenMetricsContentType>();
  copy.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  copy.setDefaultLabels(labels);
  for (const metric of registry.getMetricsAsArray()) copy.registerMetric(Object.create(metric) as Metric);
  return copy.metrics();
}
