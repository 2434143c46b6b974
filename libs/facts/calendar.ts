import { Temporal } from 'temporal-polyfill';

/** A stretch of the calendar that people count in. Weeks begin on Monday (ISO 8601). */
export type Period = 'day' | 'week' | 'month';

const dayMs = 86_400_000;
/** First instants of local dates by zone: asking the calendar takes a hundred times as long. Forgotten all at once when there are too many. */
const starts = new Map<string, Map<number, number>>();
const remembered = 100_000;
let known = 0;

/**
 * The first instant (epoch ms) of a local date, which is given as days since 1970-01-01. It is not 00:00 where clocks skip midnight. A date
 * that the zone leaves out (Samoa had no 30 December 2011) begins when the next one does. `zone` is a name that `zoneOf` gives; throws a RangeError for others.
 */
export function startOfDay(day: number, zone: string): number {
  const days = starts.get(zone) ?? new Map<number, number>();
  const found = days.get(day);
  if (found !== undefined) return found;
  const start = new Temporal.PlainDate(1970, 1, 1).add({ days: day }).toZonedDateTime(zone).epochMilliseconds;
  if (known >= remembered) {
    starts.clear();
    days.clear();
    known = 0;
  }
  starts.set(zone, days.set(day, start));
  known += 1;
  return start;
}

/**
 * The local date of an instant (epoch ms) in a zone, as days since 1970-01-01. A date that has begun does not end because a clock is
 * put back: Newfoundland's went from 00:01 to 23:01 until 2011, and the hour that followed belongs to the new date here.
 */
export function localDay(at: number, zone: string): number {
  let day = Math.floor(at / dayMs) + 1;
  while (startOfDay(day, zone) > at) day -= 1;
  return day;
}

/** Whether a zone leaves a local date out. */
export const isMissingDay = (day: number, zone: string): boolean => startOfDay(day, zone) === startOfDay(day + 1, zone);

/** A day as a date of ISO 8601: 0 is 1970-01-01. */
export const isoDay = (day: number): string => new Temporal.PlainDate(1970, 1, 1).add({ days: day }).toString();

/** The number of the period that a day is in: days and weeks since the one of 1970-01-01, months since January of the year 0. */
export function periodOf(day: number, period: Period): number {
  if (period === 'day') return day;
  // 1970-01-01 was a Thursday.
  if (period === 'week') return Math.floor((day + 3) / 7);
  const date = new Date(day * dayMs);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** The first day of the period with that number. */
export function firstDayOf(number: number, period: Period): number {
  if (period === 'day') return number;
  if (period === 'week') return number * 7 - 3;
  return Date.UTC(Math.floor(number / 12), number - Math.floor(number / 12) * 12, 1) / dayMs;
}

/** The first instant (epoch ms) of the period with that number, in a zone. */
export const startOfPeriod = (number: number, period: Period, zone: string): number =>
  startOfDay(firstDayOf(number, period), zone);
