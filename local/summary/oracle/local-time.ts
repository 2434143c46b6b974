/** What the calendar and the clock on a wall show. */
export interface LocalTime {
  /** yyyy-mm-dd */
  readonly date: string;
  /** Minutes since 00:00 by that clock. */
  readonly minute: number;
}

const quarter = 900_000;
const formats = new Map<string, { readonly format: Intl.DateTimeFormat; readonly known: Map<number, LocalTime> }>();

function clockOf(zone: string) {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  const made = { format, known: new Map<number, LocalTime>() };
  formats.set(zone, made);
  return made;
}

/** Local time of an instant (epoch ms). Clocks are moved at whole quarters of an hour: each of these is asked of Intl once. */
export function localTime(zone: string, at: number): LocalTime {
  const { format, known } = clockOf(zone);
  const start = Math.floor(at / quarter);
  let told = known.get(start);
  if (told === undefined) {
    const [date = '', time = ''] = format.format(start * quarter).split(' ');
    told = { date, minute: Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5)) };
    known.set(start, told);
  }
  return { date: told.date, minute: told.minute + Math.floor((at - start * quarter) / 60_000) };
}

const midnights = new Map<string, number>();

/** The first instant (epoch ms) of a local date, found by trying quarters of an hour. */
export function firstMoment(zone: string, date: string): number {
  const name = `${zone} ${date}`;
  const found = midnights.get(name) ?? search(zone, date);
  midnights.set(name, found);
  return found;
}

function search(zone: string, date: string): number {
  const utc = Date.parse(`${date}T00:00:00Z`) / quarter;
  let [before, found] = [utc - 96, utc + 96];
  while (found - before > 1) {
    const middle = Math.floor((before + found) / 2);
    if (localTime(zone, middle * quarter).date < date) before = middle;
    else found = middle;
  }
  return found * quarter;
}

/** The same date so many years later; of 29 February the 28th in years without one. */
export function yearsLater(date: string, years: number): string {
  const year = String(Number(date.slice(0, 4)) + years).padStart(4, '0');
  const leap = new Date(`${year}-02-29T00:00:00Z`).getUTCDate() === 29;
  return date.endsWith('-02-29') && !leap ? `${year}-02-28` : `${year}${date.slice(4)}`;
}
