/** No clickstream is older; what claims to be comes from a broken clock or an empty date field (0001, 1900, 1970, 1980). */
const oldestMoment = Date.UTC(1990, 0, 1);

/** How far ahead of the arrival a client's clock may be, ms. */
export const futureToleranceMs = 5 * 60_000;

/** The times of a call as its client sent them. */
export interface ClaimedTimes {
  readonly timestamp?: string | undefined;
  readonly original?: string | undefined;
  readonly sentAt?: string | undefined;
}

/** Where a moment comes from: the client's clock, that clock corrected by its `sentAt`, or the arrival. */
export const momentSources = ['claimed', 'corrected', 'arrival'] as const;
export type MomentSource = (typeof momentSources)[number];

/** The instant that counts, epoch ms. `refused`: the client claimed another that cannot be true. */
export interface Moment {
  readonly at: number;
  readonly source: MomentSource;
  readonly refused: boolean;
}

/**
 * When something happened that arrived at `arrivedAt` (epoch ms). Both `originalTimestamp` and `timestamp`: the latter is right as it is. One of
 * them: the client's clock, corrected by what `sentAt` says about that clock. None, one before 1990, or one that is further ahead than the
 * tolerance: the arrival. This is the only place that judges a clock.
 */
export function momentOf(times: ClaimedTimes, arrivedAt: number): Moment {
  const timestamp = claimedInstant(times.timestamp);
  const original = claimedInstant(times.original);
  const sentAt = claimedInstant(times.sentAt);
  const claimed = timestamp ?? original;
  if (claimed === undefined) return { at: arrivedAt, source: 'arrival', refused: false };
  const both = timestamp !== undefined && original !== undefined;
  const isCorrected = !both && sentAt !== undefined;
  const at = isCorrected ? arrivedAt - (sentAt - claimed) : claimed;
  if (!(at >= oldestMoment && at <= arrivedAt + futureToleranceMs)) return { at: arrivedAt, source: 'arrival', refused: true };
  return { at, source: isCorrected ? 'corrected' : 'claimed', refused: false };
}

const endOfTime = Date.UTC(10_000, 0, 1);

/**
 * Epoch ms of an ISO-8601 time or of a number of milliseconds. A time without an offset is UTC, whatever zone this process runs
 * in. Nothing for what is no time, and for the zero times of some languages (years before 1970).
 */
export function claimedInstant(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{11,}$/.test(text) ? Number(text) : isoInstant(text.trim());
  return ms > 0 && ms < endOfTime ? ms : undefined;
}

const iso = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?) ?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/**
 * Epoch ms of a day or a time of ISO 8601; without an offset it is UTC, whatever zone this process runs in. NaN for anything else:
 * `Date.parse` itself takes `Room 12` for a day of 2001.
 */
export function isoInstant(text: string): number {
  const [, date, time = '00:00', offset = 'Z'] = iso.exec(text) ?? [];
  if (date === undefined) return Number.NaN;
  const zone = /^[+-]\d\d$/.test(offset) ? `${offset}:00` : offset.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2').toUpperCase();
  return isDay(date) ? Math.trunc(Date.parse(`${date}T${time.replace(',', '.')}${zone}`)) : Number.NaN;
}

/** Whether a calendar has that day: `Date.parse` takes 30 February for 2 March. */
function isDay(date: string): boolean {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  return day <= 28 || day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
