import type { LocalDay } from './calendar.ts';

/** A mail that was sent, with the local date it had where the person then was. */
export interface SentMail {
  readonly at: number;
  readonly date: string;
  readonly behaviour: boolean;
  /** The candidate and its play: delivery may put the mail back. Absent in what an older version wrote. */
  readonly candidate?: string;
  readonly play?: string;
  /** Its play's exit came meanwhile: once put back, it is not sent any more. */
  readonly exited?: true;
}

/** What has been sent already, as the caps count it. */
export interface Counts {
  readonly today: number;
  readonly behaviourThisMonth: number;
}

/**
 * Counts mails of a local day and month. A person may have moved between zones: a mail counts for a date when it was sent on that
 * date as told where it was sent, or as told where the person is now. So neither reading ever shows two mails on one date.
 */
export const countSent = (sent: readonly SentMail[], day: LocalDay): Counts => ({
  today: sent.filter((mail) => mail.date === day.date || mail.at >= day.start).length,
  behaviourThisMonth: sent.filter((mail) => mail.behaviour && (mail.date.startsWith(day.month) || mail.at >= day.monthStart))
    .length,
});

const days = (n: number): number => n * 86_400_000;
/** A month, and two days each for zones apart and for a month that begins again by a move westward. */
const keepBehaviour = days(31 + 4);
const keepOthers = days(3);

/** Adds a mail and forgets those that no cap can count any more. */
export const rememberSent = (sent: readonly SentMail[], mail: SentMail): readonly SentMail[] => [
  ...sent.filter(({ at, behaviour }) => at > mail.at - (behaviour ? keepBehaviour : keepOthers)),
  mail,
];
