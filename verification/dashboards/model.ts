/** A query of a panel, in PromQL. `$__rate_interval` is Grafana's; nothing else is replaced. */
export interface Query {
  readonly expr: string;
  /** The legend, with labels as `{{label}}`. */
  readonly legend: string;
}

export interface PanelSpec {
  readonly title: string;
  /** What it means, and from which value on one should look. */
  readonly about: string;
  readonly kind: 'graph' | 'number';
  /** Grafana's name: short, s, bytes, reqps, percentunit, bool. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Why it has no data in an installation that is well; such a panel is not tried for data. */
  readonly emptyBecause?: string;
}

export interface DashboardSpec {
  /** Part of its address and of its file's name. */
  readonly uid: string;
  readonly title: string;
  readonly about: string;
  readonly panels: readonly PanelSpec[];
}

type Extra = Pick<PanelSpec, 'emptyBecause'>;

/** A panel of lines over time. */
export const graph = (title: string, unit: string, about: string, queries: readonly Query[], extra: Extra = {}): PanelSpec => ({
  title,
  unit,
  about,
  kind: 'graph',
  queries,
  ...extra,
});

/** A panel of one present number per series. */
export const number = (title: string, unit: string, about: string, queries: readonly Query[], extra: Extra = {}): PanelSpec => ({
  title,
  unit,
  about,
  kind: 'number',
  queries,
  ...extra,
});

export const query = (expr: string, legend: string): Query => ({ expr, legend });
