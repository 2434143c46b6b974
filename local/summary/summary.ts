import type { Evidence } from './evidence.ts';

export type Counts = Readonly<Record<string, number>>;

/** `.hito/summary.json`: what became of a replay, in numbers. */
export interface Summary {
  readonly events: {
    readonly collected: number;
    readonly accepted: number;
    readonly duplicates: number;
    readonly dead_letters: number;
  };
  readonly persons: number;
  readonly milestones: Counts;
  readonly stages: Counts;
  readonly stage_transitions: Counts;
  readonly decisions: {
    readonly candidates: number;
    readonly sent: number;
    readonly deferred_open: number;
    readonly dropped: Counts;
  };
  readonly mails: {
    readonly accepted: number;
    readonly bounced: number;
    readonly suppressed: number;
    readonly expired: number;
    readonly failed: number;
    readonly in_doubt: number;
    /** Given back to orchestration, as the mailbox had had its share; absent where people share no mailbox. */
    readonly put_back?: number;
    /** Claimed and data too. */
    readonly pending: number;
    readonly in_inbox: number;
    readonly distinct_message_ids: number;
  };
  readonly virtual_from: string;
  readonly virtual_to: string;
  readonly wall_ms: number;
}

/** Counts, in the order in which people count: orders-3 before orders-10. */
function countsOf(names: Iterable<string>): Counts {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })));
}

/** Calls that were refused, at the edge or by the first who took them from `collected`. */
const refusedCalls = ({ topics }: Evidence): Evidence['topics']['deadLetters'] =>
  topics.deadLetters.filter(({ topic }) => topic === 'collected.v1');

const instant = (at: number): string => (Number.isFinite(at) ? new Date(at).toISOString() : '');

/** The summary of what was found; `wallMs` is how long the replay took. */
export function summaryOf(evidence: Evidence, wallMs: number): Summary {
  const { topics, tables, inbox } = evidence;
  const tally = (name: string): number => tables.tallies.get(name) ?? 0;
  const refused = refusedCalls(evidence);
  const mails = countsOf(tables.mails.map(({ state }) => state));
  const ended = (state: string): number => mails[state] ?? 0;
  const dropped = topics.decisions.filter(({ decision }) => decision === 'dropped');
  return {
    events: {
      collected: topics.collected + refused.filter(({ processor }) => processor === 'collect').length,
      accepted: tally('identity/accepted'),
      duplicates: tally('identity/duplicates'),
      dead_letters: refused.length,
    },
    persons: tables.persons,
    milestones: countsOf(topics.milestones.map(({ milestone }) => milestone)),
    stages: countsOf(tables.stages.values()),
    stage_transitions: countsOf(topics.transitions.map(({ from, to }) => `${from}→${to}`)),
    decisions: {
      candidates: new Set([...topics.decisions, ...tables.open].map(({ candidate }) => candidate)).size,
      sent: topics.decisions.filter(({ decision }) => decision === 'sent').length,
      deferred_open: tables.open.length,
      dropped: countsOf(dropped.map(({ reason }) => reason)),
    },
    mails: {
      accepted: ended('accepted'),
      bounced: ended('bounced'),
      suppressed: ended('suppressed'),
      expired: ended('expired'),
      failed: ended('failed'),
      in_doubt: ended('in_doubt'),
      ...(ended('put_back') === 0 ? {} : { put_back: ended('put_back') }),
      pending: ended('pending') + ended('claimed') + ended('data'),
      in_inbox: inbox.length,
      distinct_message_ids: new Set(inbox.map(({ messageId }) => messageId)).size,
    },
    virtual_from: instant(topics.clock.from),
    virtual_to: instant(topics.clock.to),
    wall_ms: wallMs,
  };
}
