import { DashboardBuilder, DatasourceVariableBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { DashboardSpec, PanelSpec } from './model.ts';

/** Every panel asks the data source that its reader has chosen. */
const datasource = { type: 'prometheus', uid: '${datasource}' };

function panel(spec: PanelSpec): StatBuilder | TimeseriesBuilder {
  const built = spec.kind === 'number' ? new StatBuilder().height(5).span(6) : new TimeseriesBuilder().height(8).span(12);
  built.title(spec.title).description(spec.about).unit(spec.unit).datasource(datasource);
  for (const [i, { expr, legend }] of spec.queries.entries()) {
    const target = new DataqueryBuilder()
      .expr(expr)
      .legendFormat(legend)
      .refId(String.fromCharCode(65 + i))
      .datasource(datasource);
    built.withTarget(spec.kind === 'number' ? target.instant() : target.range().exemplar(expr.includes('_bucket')));
  }
  if (spec.emptyBecause !== undefined) built.noValue('none');
  return built;
}

/** The JSON that Grafana imports or provisions. */
export function grafanaJson({ uid, title, about, panels }: DashboardSpec): string {
  // Files of this first form are read by every Grafana; the second one asks for Grafana 12 and its API.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(about)
    .tags(['hito'])
    .refresh('30s')
    .time({ from: 'now-6h', to: 'now' })
    .timezone('browser')
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'));
  for (const spec of panels) builder.withPanel(panel(spec));
  return `${JSON.stringify(builder.build(), null, 2)}\n`;
}

/** Where a dashboard lies. */
export const fileOf = ({ uid }: DashboardSpec): string => `deploy/grafana/dashboards/${uid.replace(/^hito-/, '')}.json`;
