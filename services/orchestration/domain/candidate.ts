import { derivedId, namespace } from '#contracts';

/** Why a candidate waits. */
export type Deferral =
  'window' | 'daily' | 'milestone_monthly_cap' | 'no_address' | 'no_consent' | 'mailbox_daily' | 'mailbox_monthly';

/** What a play would like to mail to a person, until it is sent or dropped. Instants are epoch ms. */
export interface Candidate {
  readonly id: string;
  readonly play: string;
  readonly category: string;
  /** About a count or a sum: the monthly cap counts these. */
  readonly behaviour: boolean;
  readonly priority: number;
  /** The instant it is about; `notAfter` counts from it. */
  readonly occurredAt: number;
  readonly notAfter: number;
  /** When it arrived in stream time. */
  readonly since: number;
  /** It competes at the first wake from this instant on. */
  readonly nextTry: number;
  /** The reason of its last deferral; absent while it has not been judged. */
  readonly deferred?: Deferral;
  /** The message that triggered it. */
  readonly trigger: { readonly id: string; readonly topic: string; readonly name: string };
  /** Where the work that triggered it stands in a trace, if it is traced; the mail's goes on from there. */
  readonly trace?: string;
  /** What the play's template may print. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A candidate's id follows from what triggered it and the play, so that a replay repeats it. */
export const candidateId = (triggerId: string, play: string): string => derivedId(`${triggerId}/${play}`, namespace);

const ascending = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The order in which rivals are judged: higher priority, earlier `notAfter`, play id, candidate id. Total, whatever the order of arrival. */
export const byPrecedence = (a: Candidate, b: Candidate): number =>
  b.priority - a.priority || a.notAfter - b.notAfter || ascending(a.play, b.play) || ascending(a.id, b.id);
