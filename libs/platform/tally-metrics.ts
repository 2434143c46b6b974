import type { Service } from '#contracts';
import { failureTally, type Playbook } from '#playbook';

/** A number of a friendly metric with its labels. */
export interface Sample {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Convention {
  /** Whose metric it is: the others do not export the family. */
  readonly service: Service | readonly Service[];
  /** Ends in `_total`: only ever rises, and is exported per task, see `createMetrics`. */
  readonly metric: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Matches a tally's name; its groups are the labels, in order. */
  readonly pattern: RegExp;
  /**
   * The tallies that are 0 from the first scrape on, by the processor that counts them: Prometheus sees no rise of a series that begins
   * at 3. `*` stands for each play of the playbook. Absent where a label is named by a playbook's rule, stage or milestone, or by a source.
   */
  readonly begins?: Readonly<Record<string, readonly string[]>>;
}

const aboutMail = ['play', 'template', 'category'] as const;
/** Labels of any number of values, from playbooks and sources; those of the others are closed lists. */
const open: readonly string[] = [...aboutMail, 'milestone', 'stage', 'from', 'to', 'band', 'source', 'what', 'rule'];

/** `outcomes.accepted/<play>/<template>/<category>`; the three are absent where a mail is not known. */
const ofMail = (kind: string): RegExp => new RegExp(`^${kind}\\.([^/]+)(?:/([^/]*)/([^/]*)/([^/]*))?$`);

const each = (kind: string, words: string, rest = ''): string[] => words.split(' ').map((word) => `${kind}.${word}${rest}`);
const verdicts = 'human proxy bot unknown';
const unsent = 'no_address consent mailbox_opt_out address no_inbox_for_replayed repeated';
const badAddresses = 'empty too_long no_at_sign local_part quoted ip_literal domain not_text source';

/** How the names of durable counters become metrics. To add a metric, add a row. */
export const conventions: readonly Convention[] = [
  { service: 'stages', metric: 'hito_people', help: 'People by stage, now', labels: ['stage'], pattern: /^stage\.(.+)$/ },
  {
    service: 'scoring',
    metric: 'hito_people_by_band',
    help: 'People by band of their score, now',
    labels: ['band'],
    pattern: /^band\.(.+)$/,
  },
  {
    service: ['scoring', 'stages', 'milestones', 'orchestration'],
    metric: 'hito_conditions_failed_total',
    help: "Evaluations of a rule's condition that came to no answer, and so were false: a missing field (usual where it is optional), type, arithmetic, cost (too much work)",
    labels: ['reason', 'rule'],
    pattern: failureTally,
  },
  {
    service: 'stages',
    metric: 'hito_stage_transitions_total',
    help: 'Transitions between stages',
    labels: ['from', 'to'],
    pattern: /^transition\.(.+)→(.+)$/,
  },
  {
    service: 'stages',
    metric: 'hito_churned_total',
    help: 'Times a person fell silent: went into a stage that silence leads to, from one that it does not',
    labels: [],
    pattern: /^churned$/,
    begins: { stages: ['churned'] },
  },
  {
    service: 'stages',
    metric: 'hito_returned_total',
    help: 'Times a person who had churned came back',
    labels: [],
    pattern: /^returned$/,
    begins: { stages: ['returned'] },
  },
  {
    service: 'delivery',
    metric: 'hito_mails_by_state',
    help: 'Mails by state, now',
    labels: ['state'],
    pattern: /^mails\.(.+)$/,
  },
  {
    service: 'delivery',
    metric: 'hito_mails_total',
    help: 'Times a mail got this outcome; one in doubt may get another later',
    labels: ['outcome', ...aboutMail],
    pattern: ofMail('outcomes'),
    begins: {
      sender: each('outcomes', 'accepted bounced suppressed expired failed in_doubt put_back', '/*'),
      delivery: each('outcomes', 'suppressed', '/*'),
    },
  },
  {
    service: 'delivery',
    metric: 'hito_suppressed_total',
    help: 'Mails that were not sent: no_address, consent, mailbox_opt_out, address (it bounced for good), no_inbox_for_replayed',
    labels: ['reason'],
    pattern: /^suppressed\.([^/]+)$/,
    begins: { sender: each('suppressed', unsent), delivery: each('suppressed', unsent) },
  },
  {
    service: 'delivery',
    metric: 'hito_failed_total',
    help: 'Mails that could not be made, or that a server refused for good, by reason: missing_required_variable, foreign_link (a value leads to a host that links.hosts of the playbook does not name), unsupported_address, too_large and so on',
    labels: ['reason'],
    pattern: /^failed\.([^/]+)$/,
  },
  {
    service: 'delivery',
    metric: 'hito_smtp_refusals_total',
    help: 'Attempts that a server refused or cut short, by whose fault: recipient, sender (ours: see the log), message, server',
    labels: ['blame'],
    pattern: /^refusals\.(.+)$/,
    begins: { sender: each('refusals', 'recipient sender message server') },
  },
  {
    service: 'delivery',
    metric: 'hito_mails_unopened_total',
    help: 'Attempts on mails whose secrets were sealed with a key that delivery does not have; they are tried until not_after',
    labels: [],
    pattern: /^unopened$/,
    begins: { sender: ['unopened'] },
  },
  {
    service: 'delivery',
    metric: 'hito_opens_total',
    help: 'Mails opened, by verdict',
    labels: ['verdict', ...aboutMail],
    pattern: ofMail('opened'),
    begins: { delivery: each('opened', verdicts, '/*') },
  },
  {
    service: 'delivery',
    metric: 'hito_clicks_total',
    help: 'Mails clicked, by verdict',
    labels: ['verdict', ...aboutMail],
    pattern: ofMail('clicked'),
    begins: { delivery: each('clicked', verdicts, '/*') },
  },
  {
    service: 'delivery',
    metric: 'hito_hits_ignored_total',
    help: 'Hits that made no outcome: repeated, untracked, unknown_message, unknown_kind',
    labels: ['reason'],
    pattern: /^hits\.(.+)$/,
    begins: { delivery: each('hits', 'repeated untracked unknown_message unknown_kind') },
  },
  {
    service: 'delivery',
    metric: 'hito_unsubscribes_total',
    help: 'Unsubscriptions',
    labels: [],
    pattern: /^unsubscribes$/,
    begins: { delivery: ['unsubscribes'] },
  },
  {
    service: 'orchestration',
    metric: 'hito_candidates_total',
    help: 'Candidates that plays brought up',
    labels: [],
    pattern: /^candidates$/,
    begins: { orchestration: ['candidates'] },
  },
  {
    service: 'orchestration',
    metric: 'hito_candidates_open',
    help: 'Candidates neither sent nor dropped, now',
    labels: [],
    pattern: /^open$/,
  },
  {
    service: 'orchestration',
    metric: 'hito_decisions_total',
    help: 'Decisions about candidates',
    labels: ['decision', 'reason'],
    pattern: /^decision\.([^.]+)(?:\.(.+))?$/,
    begins: {
      orchestration: [
        'decision.sent',
        'decision.deferred',
        ...each('decision.dropped', 'expired exit opt_out repeated too_many play_removed'),
      ],
    },
  },
  {
    service: 'milestones',
    metric: 'hito_milestones_total',
    help: 'Milestones reached',
    labels: ['milestone'],
    pattern: /^milestone\.(.+)$/,
  },
  {
    service: 'milestones',
    metric: 'hito_unreadable_amounts_total',
    help: 'Amounts that are in no sum, by write key name: separators (1,299.00), symbols (€20), type, range (too large to add up), currency (€, US$, 978: no code of ISO 4217), missing',
    labels: ['source', 'reason'],
    // Before there were reasons, none was kept.
    pattern: /^unreadable\.([^.]+)\.amount(?:\.([a-z]+))?$/,
  },
  {
    service: 'milestones',
    metric: 'hito_implausible_total',
    help: 'What milestones did not believe: dates that found no anniversary',
    labels: ['what'],
    pattern: /^ignored\.(.+)$/,
    begins: { milestones: ['ignored.dates'] },
  },
  {
    service: 'ingestion',
    metric: 'hito_events_total',
    help: 'Calls by what became of them; clamped ones are among the accepted',
    labels: ['result'],
    pattern: /^(accepted|clamped|waiting_dropped|waiting_expired|alias_refused)$/,
    begins: { identity: ['accepted', 'clamped', 'waiting_dropped', 'waiting_expired', 'alias_refused'] },
  },
  {
    service: 'ingestion',
    metric: 'hito_source_records_total',
    help: "Records of the platform's own topics, by source and what became of them: taken, passed (no value, or left out by the source's `where`)",
    labels: ['result', 'source'],
    pattern: /^source\.(taken|passed)\.([^.]+)$/,
  },
  {
    service: 'ingestion',
    metric: 'hito_source_refused_total',
    help: "Records of the platform's own topics that became dead letters, by source and reason",
    labels: ['reason', 'source'],
    pattern: /^source\.refused\.([^.]+)\.([^.]+)$/,
  },
  {
    service: 'ingestion',
    metric: 'hito_unreadable_total',
    help: 'Values that nobody can read, by write key name: timestamp, original_timestamp, sent_at, number (beyond a double), timezone, name. Of times, why: type, length, seconds (of the epoch: send milliseconds), range (before 1970 or after 9999), format (not ISO 8601, or no such day)',
    labels: ['source', 'what', 'reason'],
    // Of other values there is no reason, and before there were reasons, none was kept.
    pattern: /^unreadable\.([^.]+)\.([^.]+)(?:\.([a-z]+))?$/,
  },
  {
    service: 'ingestion',
    metric: 'hito_shared_ids_total',
    help: 'User ids seen on one day with more anonymous ids or addresses than ids.shared of the playbook allows, by write key name',
    labels: ['source', 'what'],
    pattern: /^shared\.([^.]+)\.(.+)$/,
  },
  {
    service: 'ingestion',
    metric: 'hito_anonymous_expired_total',
    help: 'Anonymous ids that were forgotten because they were not seen for their lifetime',
    labels: [],
    pattern: /^anonymous_expired$/,
    begins: { identity: ['anonymous_expired'] },
  },
  {
    service: 'ingestion',
    metric: 'hito_addresses_refused_total',
    help: 'Addresses in traits that no mail can be sent to, by reason; source: named by a source that is not in ids.address_from of the playbook',
    labels: ['reason'],
    pattern: /^address_refused\.(.+)$/,
    begins: { profile: each('address_refused', badAddresses) },
  },
  {
    service: 'ingestion',
    metric: 'hito_calls_waiting',
    help: 'Anonymous calls that wait for their person, now',
    labels: [],
    pattern: /^waiting$/,
  },
  {
    service: 'ingestion',
    metric: 'hito_persons_total',
    help: 'People seen for the first time',
    labels: [],
    pattern: /^persons$/,
    begins: { profile: ['persons'] },
  },
  {
    service: 'ingestion',
    metric: 'hito_profiles_total',
    help: 'Changes of profiles that were told',
    labels: [],
    pattern: /^profiles$/,
    begins: { profile: ['profiles'] },
  },
  {
    service: 'ingestion',
    metric: 'hito_profile_events_total',
    help: 'Events of known people',
    labels: [],
    pattern: /^events$/,
    begins: { profile: ['events'] },
  },
  {
    service: 'ingestion',
    metric: 'hito_consents_unclear_total',
    help: 'Consent fields that nobody can understand; each counts as no',
    labels: [],
    pattern: /^consents\.unclear$/,
    begins: { profile: ['consents.unclear'] },
  },
  {
    service: 'ingestion',
    metric: 'hito_repeats_heard_total',
    help: 'Calls with a known message id and other content: nothing but the withdrawal of consent in them was heard',
    labels: [],
    pattern: /^repeats\.salvaged$/,
    begins: { identity: ['repeats.salvaged'], profile: ['repeats.salvaged'] },
  },
  {
    service: 'ingestion',
    metric: 'hito_traits_dropped_total',
    help: 'Traits beyond the bound of a profile',
    labels: [],
    pattern: /^traits\.dropped$/,
    begins: { profile: ['traits.dropped'] },
  },
];

/** How many different label sets a friendly metric may have; the rest are added up under `other`. */
const bound = 200;

/** What a playbook names: labels are taken from it alone, the rest is `other`. */
export interface MailNames {
  /** `<play>/<template>/<category>` of each play, as tallies of mails end. */
  readonly mails: readonly string[];
  readonly play: ReadonlySet<string>;
  readonly template: ReadonlySet<string>;
  readonly category: ReadonlySet<string>;
}

/** A mail of before the playbook was changed counts on, under `other`. */
export const mailNames = ({ plays = [], categories = [] }: Partial<Pick<Playbook, 'plays' | 'categories'>>): MailNames => ({
  mails: plays.map(({ id, template, category }) => `${id}/${template}/${category}`),
  play: new Set(plays.map(({ id }) => id)),
  template: new Set(plays.map(({ template }) => template)),
  category: new Set(categories.map(({ id }) => id)),
});

/** The conventions of a service. */
export const conventionsOf = (name: Service): readonly Convention[] =>
  conventions.filter(({ service }) => (Array.isArray(service) ? service.includes(name) : service === name));

/** Whether a tally has a metric of its own. */
export const isFriendly = (name: string): boolean => conventions.some(({ pattern }) => pattern.test(name));

/** The friendly metrics of a set of tallies, all or those of some conventions. Names that no convention knows give nothing. */
export function friendlyMetrics(
  tallies: Readonly<Record<string, number>>,
  wanted: readonly Convention[] = conventions,
  names?: MailNames,
): Sample[] {
  const found = new Map<string, Sample>();
  const sizes = new Map<string, number>();
  for (const [name, value] of Object.entries(tallies)) {
    for (const { metric, labels, pattern } of wanted) {
      // A group that took no part in the match is undefined, whatever the types say.
      const groups = pattern.exec(name)?.slice(1) as (string | undefined)[] | undefined;
      if (groups === undefined) continue;
      const size = sizes.get(metric) ?? 0;
      const valueOf = (label: string, i: number): string => {
        const text = groups[i] ?? '';
        if (size >= bound && open.includes(label)) return 'other';
        return text === '' || isNamed(names, label, text) ? text : 'other';
      };
      const values = labels.map(valueOf);
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

/** The series of a metric that a processor exports before it has counted anything. */
export function firstSamples(convention: Convention, processor: string, names?: MailNames): Sample[] {
  const tallies = (convention.begins?.[processor] ?? []).flatMap((name) =>
    name.endsWith('/*') ? (names?.mails ?? []).map((mail) => name.replace('*', () => mail)) : [name],
  );
  return friendlyMetrics(Object.fromEntries(tallies.map((name) => [name, 0])), [convention], names);
}

const isNamed = (names: MailNames | undefined, label: string, text: string): boolean =>
  names === undefined || !aboutMail.some((one) => one === label) || names[label as (typeof aboutMail)[number]].has(text);
