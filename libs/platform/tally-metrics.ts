/** A number of a friendly metric with its labels. */
export interface Sample {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Convention {
  /** Ends in `_total`: only ever rises, and is exported per task, see `createMetrics`. */
  readonly metric: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Matches a tally's name; its groups are the labels, in order. */
  readonly pattern: RegExp;
}

/** How the names of durable counters become metrics. To add a metric, add a row. */
export const conventions: readonly Convention[] = [
  { metric: 'hito_people', help: 'People by stage, now', labels: ['stage'], pattern: /^stage\.(.+)$/ },
  { metric: 'hito_people_by_band', help: 'People by band of their score, now', labels: ['band'], pattern: /^band\.(.+)$/ },
  {
    metric: 'hito_stage_transitions_total',
    help: 'Transitions between stages',
    labels: ['from', 'to'],
    pattern: /^transition\.(.+)→(.+)$/,
  },
  {
    metric: 'hito_churned_total',
    help: 'Times a person fell silent: went into a stage that silence leads to, from one that it does not',
    labels: [],
    pattern: /^churned$/,
  },
  { metric: 'hito_returned_total', help: 'Times a person who had churned came back', labels: [], pattern: /^returned$/ },
  { metric: 'hito_mails_by_state', help: 'Mails by state, now', labels: ['state'], pattern: /^mails\.(.+)$/ },
  {
    metric: 'hito_mails_total',
    help: 'Times a mail got this outcome; one in doubt may get another later',
    labels: ['outcome'],
    pattern: /^outcomes\.(.+)$/,
  },
  {
    metric: 'hito_smtp_refusals_total',
    help: 'Attempts that a server refused or cut short, by whose fault: recipient, sender (ours: see the log), message, server',
    labels: ['blame'],
    pattern: /^refusals\.(.+)$/,
  },
  { metric: 'hito_opens_total', help: 'Mails opened, by verdict', labels: ['verdict'], pattern: /^opened\.(.+)$/ },
  { metric: 'hito_clicks_total', help: 'Mails clicked, by verdict', labels: ['verdict'], pattern: /^clicked\.(.+)$/ },
  {
    metric: 'hito_hits_ignored_total',
    help: 'Hits that made no outcome: repeated, untracked, unknown_message, unknown_kind',
    labels: ['reason'],
    pattern: /^hits\.(.+)$/,
  },
  { metric: 'hito_unsubscribes_total', help: 'Unsubscriptions', labels: [], pattern: /^unsubscribes$/ },
  {
    metric: 'hito_candidates_total',
    help: 'Candidates that plays brought up',
    labels: [],
    pattern: /^candidates$/,
  },
  { metric: 'hito_candidates_open', help: 'Candidates neither sent nor dropped, now', labels: [], pattern: /^open$/ },
  {
    metric: 'hito_decisions_total',
    help: 'Decisions about candidates',
    labels: ['decision', 'reason'],
    pattern: /^decision\.([^.]+)(?:\.(.+))?$/,
  },
  { metric: 'hito_milestones_total', help: 'Milestones reached', labels: ['milestone'], pattern: /^milestone\.(.+)$/ },
  {
    metric: 'hito_implausible_total',
    help: 'What milestones did not believe: dates that found no anniversary, amounts that are none',
    labels: ['what'],
    pattern: /^ignored\.(.+)$/,
  },
  {
    metric: 'hito_events_total',
    help: 'Calls by what became of them; clamped ones are among the accepted',
    labels: ['result'],
    pattern: /^(accepted|clamped|waiting_dropped|alias_refused)$/,
  },
  {
    metric: 'hito_consents_unclear_total',
    help: 'Words about consents that were not understood and count as no',
    labels: [],
    pattern: /^consents\.unclear$/,
  },
  {
    metric: 'hito_traits_dropped_total',
    help: 'Traits given up: of a person with too many, or too large',
    labels: [],
    pattern: /^traits\.dropped$/,
  },
  {
    metric: 'hito_addresses_refused_total',
    help: 'Addresses in traits that no mail can be sent to, by reason',
    labels: ['reason'],
    pattern: /^address_refused\.(.+)$/,
  },
  { metric: 'hito_calls_waiting', help: 'Anonymous calls that wait for their person, now', labels: [], pattern: /^waiting$/ },
];

/** How many different label sets a friendly metric may have; the rest are added up under `other`. */
const bound = 200;

/** The friendly metrics of a set of tallies, all or those of some conventions. Names that no convention knows give nothing. */
export function friendlyMetrics(tallies: Readonly<Record<string, number>>, wanted = conventions): Sample[] {
  const found = new Map<string, Sample>();
  const sizes = new Map<string, number>();
  for (const [name, value] of Object.entries(tallies)) {
    for (const { metric, labels, pattern } of wanted) {
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
