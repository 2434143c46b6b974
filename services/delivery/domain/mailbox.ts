import { parseAddress } from '#facts';

/** One name for all spellings of a mailbox; two persons with the same one share its caps, its opt-outs and its suppression. */
export function mailboxOf(email: string): string {
  const read = parseAddress(email);
  return read.ok ? read.key : email.trim().toLowerCase();
}

/** The local day of a decision, as its numbers tell it, and the caps it was judged by. */
export interface DecisionDay {
  readonly zone: string;
  /** `2026-03-08` */
  readonly date: string;
  /** What the zone's clock was ahead of UTC at the decision, ms. */
  readonly offsetMs: number;
  readonly dailyCap: number;
  readonly monthlyCap: number;
}

/** The numbers of a decision that a mailbox's caps need. */
interface Numbers {
  readonly zone: string;
  readonly local: string;
  readonly daily_cap: number;
  readonly monthly_cap: number;
}

const minuteMs = 60_000;
const localTime = /^(\d{4}-\d\d-\d\d)T.*([+-])(\d\d):(\d\d)$/;

/** Reads a decision's day; a local time that cannot be read counts as UTC. `at`: the decision's instant, epoch ms. */
export function dayOf({ zone, local, daily_cap: dailyCap, monthly_cap: monthlyCap }: Numbers, at: number): DecisionDay {
  const [, date, sign, hours, minutes] = localTime.exec(local) ?? [];
  if (date === undefined) return { zone: 'UTC', date: dateAt(at, 0), offsetMs: 0, dailyCap, monthlyCap };
  const offset = (Number(hours) * 60 + Number(minutes)) * minuteMs;
  return { zone, date, offsetMs: sign === '-' ? -offset : offset, dailyCap, monthlyCap };
}

/** A mail as the caps of its mailbox see it. */
export interface Counted {
  readonly id: string;
  readonly personId: string;
  /** The decision's instant, epoch ms. */
  readonly decidedAt: number;
  /** The monthly cap counts these. */
  readonly behaviour: boolean;
  readonly day: DecisionDay;
  /** It goes to the development inbox: no mailbox of anybody's. */
  readonly replayed: boolean;
}

export type Held = 'mailbox_daily' | 'mailbox_monthly';

/**
 * Why a mail may not go to its mailbox beside `others`, which went there or are on their way. Caps of one person are orchestration's
 * matter: only where another person's mail counts does the mailbox hold one back. Of both caps, the one that holds longer is named.
 */
export function heldBack(mine: Counted, others: readonly Counted[]): Held | undefined {
  const there = others.filter(({ replayed }) => replayed === mine.replayed);
  const month = there.filter(({ behaviour }) => behaviour).filter((other) => together(mine, other, 'month'));
  if (mine.behaviour && full(mine, month, mine.day.monthlyCap)) return 'mailbox_monthly';
  const day = there.filter((other) => together(mine, other, 'day'));
  return full(mine, day, mine.day.dailyCap) ? 'mailbox_daily' : undefined;
}

const full = (mine: Counted, counted: readonly Counted[], cap: number): boolean =>
  counted.length >= cap && counted.some(({ personId }) => personId !== mine.personId);

/**
 * Do two decisions lie on one local day, or in one local month? Between zones: as either clock tells it, so that neither reading ever
 * shows more than the cap.
 */
function together(a: Counted, b: Counted, span: 'day' | 'month'): boolean {
  const same = (one: string, other: string): boolean =>
    span === 'day' ? one === other : one.slice(0, -dayLetters) === other.slice(0, -dayLetters);
  if (same(a.day.date, b.day.date)) return true;
  if (a.day.zone === b.day.zone) return false;
  return same(dateAt(b.decidedAt, a.day.offsetMs), a.day.date) || same(dateAt(a.decidedAt, b.day.offsetMs), b.day.date);
}

/** Of a date, `-08`. */
const dayLetters = 3;

const dateAt = (at: number, offsetMs: number): string => new Date(at + offsetMs).toISOString().slice(0, 10);

/** Which of several goes first: the earlier decision, then the smaller id; the same whoever asks. */
export const byDecision = (a: Counted, b: Counted): number =>
  a.decidedAt - b.decidedAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
