import { Temporal } from 'temporal-polyfill';

/** Longer than any name in the IANA database. */
const longest = 64;
/** How many names from outside are remembered with their answers; asking the calendar is slow. */
const remembered = 1_000;
const answers = new Map<string, string | undefined>();

/**
 * The time zone of a name from outside, in the spelling of the IANA database; undefined for what the calendar that computes dates cannot
 * compute. That is more than what `Intl` refuses: it takes `IST`, `PST` or `CST`, which mean several zones each. Offsets such as
 * `+02:00` and names of other systems (`Pacific Standard Time`) are no zones: they know no summer time, or none of ours.
 */
export function zoneOf(name: unknown): string | undefined {
  if (typeof name !== 'string' || name.length > longest) return undefined;
  const known = answers.get(name);
  if (known !== undefined || answers.has(name)) return known;
  const zone = computable(name);
  const [oldest] = answers.keys();
  if (oldest !== undefined && answers.size >= remembered) answers.delete(oldest);
  answers.set(name, zone);
  return zone;
}

function computable(name: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name)) return undefined;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
