import * as facts from '#facts';
import type { Candidate } from './candidate.ts';
import type { SentMail } from './caps.ts';
import type { TakenIn } from './entry.ts';
import type { OrchestrationRules } from './rules.ts';

/** All that orchestration knows of one person: the one state machine in which the candidates of all plays meet. */
export interface Person extends TakenIn {
  readonly zone?: string;
  readonly addressed?: boolean;
  readonly replayed?: boolean;
  readonly consents?: facts.Consents;
  /** What conditions of plays may look at. */
  readonly traits?: Readonly<Record<string, unknown>>;
  /** Candidates neither sent nor dropped, in precedence, so that nothing hangs on the order of their arrival; at most `openLimit`. */
  readonly open: readonly Candidate[];
  /** What `open` was last judged by (`judging` of the rules). */
  readonly judged_by?: string;
  /** The last instant named by a wake; a later one is named next time, since a wake's id is made from it. */
  readonly woken?: number;
  /** Mails that a cap may still count; legal ones aside. */
  readonly sent?: readonly SentMail[];
  /** Beginnings of the ids of the latest candidates; at most `seenLimit`. */
  readonly seen?: readonly string[];
  /** Beginnings of the ids of the latest mails that were put back; at most `seenLimit`. */
  readonly putBack?: readonly string[];
}

/** More open candidates than this and the last in precedence is dropped as `too_many`. */
export const openLimit = 50;
export const seenLimit = 64;

export const nobody: Person = { open: [] };

/** Where the person lives, as far as is known; the default where the calendar cannot compute their zone. */
export const zoneOf = (person: Person, rules: OrchestrationRules): string => facts.zoneOf(person.zone) ?? rules.defaultZone;

const mark = (id: string): string => id.replaceAll('-', '').slice(0, 12);

/** Has a candidate of this id been taken before? Answers for the latest `seenLimit`. */
export const hasSeen = (person: Person, id: string): boolean => person.seen?.includes(mark(id)) ?? false;

export const markSeen = (person: Person, id: string): Person => ({
  ...person,
  seen: [...(person.seen ?? []), mark(id)].slice(-seenLimit),
});

/** Was this mail put back before? Answers for the latest `seenLimit`. */
export const hasPutBack = (person: Person, messageId: string): boolean => person.putBack?.includes(mark(messageId)) ?? false;

export const markPutBack = (person: Person, messageId: string): Person => ({
  ...person,
  putBack: [...(person.putBack ?? []), mark(messageId)].slice(-seenLimit),
});
