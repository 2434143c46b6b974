import { Temporal } from 'temporal-polyfill';

/** One local date of a zone and its sending window; instants are epoch ms. */
export interface LocalDay {
  /** `2026-03-08` */
  readonly date: string;
  /** `2026-03` */
  readonly month: string;
  readonly start: number;
  readonly end: number;
  /** First instant of the window; on a day without one (its hour skipped by the clock) not before `closes`. */
  readonly opens: number;
  /** First instant after the window. */
  readonly closes: number;
  readonly tomorrowOpens: number;
  readonly monthStart: number;
  /** The opening of the 1st of next month. */
  readonly nextMonthOpens: number;
}

/** Tells the local day of an instant (epoch ms) in an IANA zone. */
export type Calendar = (zone: string, at: number) => LocalDay;

const dayMs = 86_400_000;
const remembered = 4_096;

function localDay(zone: string, at: number, from: Temporal.PlainTime, to: Temporal.PlainTime): LocalDay {
  const date = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate();
  const start = (of: Temporal.PlainDate): number => of.toZonedDateTime(zone).epochMilliseconds;
  // A time that the clock shows twice or never: open at the later reading and close at the earlier, so that all between is inside by any reading.
  const reading = (of: Temporal.PlainDate, time: Temporal.PlainTime, disambiguation: 'earlier' | 'later'): number =>
    of.toPlainDateTime(time).toZonedDateTime(zone, { disambiguation }).epochMilliseconds;
  const first = date.with({ day: 1 });
  const text = date.toString();
  return {
    date: text,
    month: text.slice(0, -3),
    start: start(date),
    end: start(date.add({ days: 1 })),
    opens: reading(date, from, 'later'),
    closes: reading(date, to, 'earlier'),
    tomorrowOpens: reading(date.add({ days: 1 }), from, 'later'),
    monthStart: start(first),
    nextMonthOpens: reading(first.add({ months: 1 }), from, 'later'),
  };
}

/** The calendar of a sending window `[from, to)`. Calendar arithmetic is slow: the days met last are remembered, a bounded number of them. */
export function calendar(window: { readonly from: string; readonly to: string }): Calendar {
  const from = Temporal.PlainTime.from(window.from);
  const to = Temporal.PlainTime.from(window.to);
  /** The local days that touch a UTC day, by zone and UTC day. */
  const days = new Map<string, readonly LocalDay[]>();
  return (zone, at) => {
    const utcDay = Math.floor(at / dayMs);
    const slot = `${zone} ${String(utcDay)}`;
    let touching = days.get(slot);
    if (touching === undefined) {
      const found: LocalDay[] = [];
      for (let t = utcDay * dayMs; t < (utcDay + 1) * dayMs;) {
        const day = localDay(zone, t, from, to);
        found.push(day);
        t = day.end;
      }
      touching = found;
      const [oldest] = days.keys();
      if (oldest !== undefined && days.size >= remembered) days.delete(oldest);
      days.set(slot, touching);
    }
    return touching.find((day) => at < day.end) as LocalDay;
  };
}

export const insideWindow = (day: LocalDay, at: number): boolean => at >= day.opens && at < day.closes;

/** The next opening after an instant of that day. */
export const nextOpening = (day: LocalDay, at: number): number => (at < day.opens ? day.opens : day.tomorrowOpens);

/** An instant as the person's clock shows it, e.g. `2026-03-08T09:00:00-07:00`. */
export const localTime = (zone: string, at: number): string =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toString({ timeZoneName: 'never' });
