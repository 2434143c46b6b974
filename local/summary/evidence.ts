/** What an installation has to show for a replay, as its topics, tables and inbox say. Instants in epoch ms. */
export interface Evidence {
  readonly topics: TopicEvidence;
  readonly tables: TableEvidence;
  readonly inbox: readonly InboxMail[];
}

export interface TopicEvidence {
  /** First and last instant of the clock records on `collected`. */
  readonly clock: { readonly from: number; readonly to: number };
  /** Records on `collected`, clock records and the replayer's repeats aside. */
  readonly collected: number;
  readonly profiles: readonly ProfileRecord[];
  readonly events: readonly EventRecord[];
  readonly milestones: readonly MilestoneRecord[];
  readonly transitions: readonly TransitionRecord[];
  readonly decisions: readonly DecisionRecord[];
  readonly outcomes: readonly OutcomeRecord[];
  readonly deadLetters: readonly DeadLetter[];
}

export interface ProfileRecord {
  readonly person: string;
  readonly replayed: boolean;
}

export interface EventRecord {
  readonly person: string;
  readonly event: string;
  readonly at: number;
}

export interface MilestoneRecord {
  readonly person: string;
  readonly milestone: string;
  readonly occurrence: string;
  readonly at: number;
  readonly date: string | undefined;
}

export interface TransitionRecord {
  readonly person: string;
  readonly from: string;
  readonly to: string;
  readonly at: number;
}

export interface DecisionRecord {
  readonly id: string;
  readonly person: string;
  readonly decision: string;
  readonly reason: string;
  readonly at: number;
  readonly candidate: string;
  readonly play: string;
  readonly trigger: string;
  readonly occurredAt: number;
  readonly replayed: boolean;
  /** The date that the mail will name, of an anniversary. */
  readonly date: string | undefined;
}

export interface OutcomeRecord {
  readonly messageId: string;
  readonly outcome: string;
}

export interface DeadLetter {
  readonly service: string;
  readonly processor: string;
  /** Where it came from, e.g. `collected.v1`. */
  readonly topic: string;
  readonly reason: string;
  readonly key: string;
}

export interface TableEvidence {
  /** Sums over all tasks, by `processor/name`. */
  readonly tallies: ReadonlyMap<string, number>;
  /** Rows of the table of profiles. */
  readonly persons: number;
  /** By person: definition id → how many of its occurrences were reached. */
  readonly reached: ReadonlyMap<string, Readonly<Record<string, number>>>;
  readonly stages: ReadonlyMap<string, string>;
  /** Candidates neither sent nor dropped. */
  readonly open: readonly OpenCandidate[];
  readonly mails: readonly MailRow[];
}

export interface OpenCandidate {
  readonly person: string;
  readonly candidate: string;
  readonly play: string;
  readonly trigger: string;
  readonly occurredAt: number;
}

export interface MailRow {
  /** The id of the decision that asked for it. */
  readonly id: string;
  readonly person: string;
  readonly state: string;
  readonly email: string;
  readonly replayed: boolean;
}

export interface InboxMail {
  /** As the mail's header says, without brackets. */
  readonly messageId: string;
  readonly to: readonly string[];
}
