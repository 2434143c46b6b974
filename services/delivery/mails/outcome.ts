import { messages, outcomes, type DataOf } from '#contracts';
import { mailDelayTally } from '#platform';
import { emit, placeBelow, placeIn, placeText, type Span, type WorkerEmission } from '#stream';
import { mailTally } from '../domain/mail-tally.ts';

/** A mail whose state changed, as its row says. */
export interface Changed {
  readonly id: string;
  readonly partition: number;
  readonly person_id: string;
  readonly play: string;
  readonly template: string;
  readonly category: string;
  readonly decided_at: Date;
  readonly replayed: boolean;
  readonly state: string;
  readonly reason: string | null;
  readonly attempt: number;
  readonly reply: string | null;
  readonly counted_as: string;
  /** Of a mail that is put back: what orchestration needs to defer it. */
  readonly put_back: DataOf<typeof outcomes>['put_back'] | null;
  /** Where its decision stands in a trace, as a `traceparent`. */
  readonly trace: string | null;
  /** The real moment at which it became so, whoever announces it and when. */
  readonly occurred_at: Date;
}

/** What an update has to return for `announcement`. */
export const changedColumns =
  'm.id, m.partition, m.person_id, m.play, m.template, m.category, m.decided_at, m.replayed, m.state, m.reason, m.attempt, m.reply, ' +
  `m.candidate->>'trace' as trace, ` +
  `case when m.state = 'put_back' then jsonb_build_object('candidate', m.candidate, 'variables', m.variables) end as put_back, ` +
  `coalesce(case m.state when 'in_doubt' then m.doubted_at else m.settled_at end, clock_timestamp()) as occurred_at`;

/** The word with which a reason begins; what is about this one mail stands behind a colon. */
const failureOf = (reason: string | null): string => /^[a-z_]+(?=:|$)/.exec(reason ?? '')?.[0] ?? 'other';

const counted = (state: string): string => (state === 'claimed' || state === 'data' ? 'pending' : state);

/** The outcomes to publish and the counters to move for rows whose state is not yet the one they are counted as. */
export function announcement(rows: readonly Changed[]): { emit: WorkerEmission[]; tally: Record<string, number> } {
  const tally: Record<string, number> = {};
  const count = (name: string, by: number): void => {
    tally[name] = (tally[name] ?? 0) + by;
  };
  const changed = rows.filter((row) => row.counted_as !== counted(row.state));
  const told = changed.filter((row) => counted(row.state) !== 'pending');
  for (const row of changed) {
    count(`mails.${row.counted_as}`, -1);
    count(`mails.${counted(row.state)}`, 1);
  }
  for (const row of told) {
    count(mailTally('outcomes', row.state, row), 1);
    if (row.state === 'suppressed') count(`suppressed.${row.reason ?? 'unknown'}`, 1);
    if (row.state === 'failed') count(`failed.${failureOf(row.reason)}`, 1);
    if (row.state === 'accepted' && !row.replayed)
      for (const [name, by] of Object.entries(mailDelayTally(row.occurred_at.getTime() - row.decided_at.getTime())))
        count(name, by);
  }
  return { tally, emit: told.map(outcome) };
}

/** The same for rows of several partitions, by partition. */
export function announcements(rows: readonly Changed[]): Map<number, ReturnType<typeof announcement>> {
  return new Map(
    [...Map.groupBy(rows, ({ partition }) => partition)].map(([partition, theirs]) => [partition, announcement(theirs)]),
  );
}

/** The place of an attempt on a mail, under that of its decision. */
export function attemptPlace(
  trace: string | null,
  { id, attempt }: { readonly id: string; readonly attempt: number },
): Attempted {
  const parent = trace === null ? undefined : placeIn(trace);
  return parent && { place: placeBelow(parent, `sender/${id}/${String(attempt)}`), parent: parent.spanId };
}

export type Attempted = Pick<Span, 'place' | 'parent'> | undefined;

const placeOf = (row: Changed): string | undefined => {
  const attempted = attemptPlace(row.trace, row);
  return attempted && placeText(attempted.place);
};

function outcome(row: Changed): WorkerEmission {
  return {
    ...emit(outcomes, {
      message_id: row.id,
      play: row.play,
      category: row.category,
      outcome: row.state,
      occurred_at: row.occurred_at.toISOString(),
      attempt: row.attempt,
      ...(row.reason === null ? {} : { reason: row.reason }),
      ...(row.reply === null ? {} : { smtp_reply: row.reply }),
      ...(row.put_back === null ? {} : { put_back: row.put_back }),
    }),
    key: row.person_id,
    cause: { id: row.id, topic: messages.name },
    at: row.decided_at.getTime(),
    name: `${row.state}/${String(row.attempt)}`,
    trace: placeOf(row),
  };
}
