/** A number of a friendly metric with its labels. */
export interface Sample {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Convention {
  readonly metric: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Matches a tally's name; its groups are the labels, in order. */
  readonly pattern: RegExp;
}

/** How the names of durable counters become metrics. To add a metric, add a row. */
export const conventions: readonly Convention[] = [
  { metric: 'hito_people', help: 'People by stage, now', labels: ['stage'], pattern: /^stage\.(.+)$/ },
  {
    metric: 'hito_stage_transitions_total',
    help: 'Transitions between stages',
    labels: ['from', 'to'],
    pattern: /^transition\.(.+)→(.+)$/,
  },
  { metric: 'hito_mails_total', help: 'Mails by what became of them', labels: ['outcome'], pattern: /^mails\.(.+)$/ },
  { metric: 'hito_opens_total', help: 'Opens by verdict', labels: ['verdict'], pattern: /^open(?:s|ed)\.(.+)$/ },
  { metric: 'hito_clicks_total', help: 'Clicks by verdict', labels: ['verdict'], pattern: /^click(?:s|ed)\.(.+)$/ },
  {
    metric: 'hito_decisions_total',
    help: 'Decisions about candidates',
    labels: ['decision', 'reason'],
    pattern: /^decisions?\.([^.]+)(?:\.(.+))?$/,
  },
  { metric: 'hito_milestones_total', help: 'Milestones reached', labels: ['milestone'], pattern: /^milestones?\.(.+)$/ },
  {
    metric: 'hito_events_total',
    help: 'Events by what became of them',
    labels: ['result'],
    pattern: /^(?:events\.(.+)|(accepted|clamped|waiting|waiting_dropped|alias_refused))$/,
  },
];

/** How many different label sets a friendly metric may have; the rest are added up under `other`. */
const bound = 200;

/** The friendly metrics of a set of tallies (already summed over tasks). Names that no convention knows give nothing. */
export function friendlyMetrics(tallies: Readonly<Record<string, number>>): Sample[] {
  const found = new Map<string, Sample>();
  const sizes = new Map<string, number>();
  for (const [name, value] of Object.entries(tallies)) {
    for (const { metric, labels, pattern } of conventions) {
      // A group that took no part in the match is undefined, whatever the types say.
      const groups = (pattern.exec(name)?.slice(1) as (string | undefined)[] | undefined)?.filter((group) => group !== undefined);
      if (groups === undefined) continue;
      const size = sizes.get(metric) ?? 0;
      const values = labels.map((_, i) => (size < bound ? (groups[i] ?? '') : 'other'));
      const key = JSON.stringify([metric, ...values]);
      const before = found.get(key);
      if (before === undefined) sizes.set(metric, size + 1);
      found.set(key, {
        metric,
        labels: Object.fromEntries(labels.map((label, i) => [label, values[i] ?? ''])),
        value: (before?.value ?? 0) + value,
      });
    }
  }
  return [...found.values()];
}
