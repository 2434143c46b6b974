/** No clickstream is older; what claims to be comes from a broken clock or an empty date field (0001, 1900, 1970, 1980). */
export const oldestMoment = Date.UTC(1990, 0, 1);

/**
 * The instant (epoch ms) at which something counts that claims to have happened at `claimed` and arrived at `at`: as claimed, unless that
 * lies in the future or is no sane date. NaN is none.
 */
export const momentOf = (claimed: number, at: number): number => (claimed >= oldestMoment ? Math.min(claimed, at) : at);

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
