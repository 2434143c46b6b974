import { Temporal } from 'temporal-polyfill';

/** Longer than any name in the IANA database. */
const longest = 64;
/** How many names from outside are remembered with their answers; asking the calendar is slow. */
const remembered = 1_000;
const answers = new Map<string, string | undefined>();

/**
 * The time zone of a name from outside, by its primary name in the IANA database (`Asia/Calcutta` is `Asia/Kolkata`); undefined for what the calendar that computes dates cannot
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

/**
 * Zones that the IANA database has renamed and `Intl` still calls by their old names, which CLDR keeps stable: common/bcp47/timezone.xml,
 * attribute `iana` (CLDR 48.2; the test compares this table with the package cldr-bcp47).
 */
export const renamed: ReadonlyMap<string, string> = new Map([
  ['Africa/Asmera', 'Africa/Asmara'],
  ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ['America/Catamarca', 'America/Argentina/Catamarca'],
  ['America/Coral_Harbour', 'America/Atikokan'],
  ['America/Cordoba', 'America/Argentina/Cordoba'],
  ['America/Godthab', 'America/Nuuk'],
  ['America/Indianapolis', 'America/Indiana/Indianapolis'],
  ['America/Jujuy', 'America/Argentina/Jujuy'],
  ['America/Louisville', 'America/Kentucky/Louisville'],
  ['America/Mendoza', 'America/Argentina/Mendoza'],
  ['Asia/Calcutta', 'Asia/Kolkata'],
  ['Asia/Katmandu', 'Asia/Kathmandu'],
  ['Asia/Rangoon', 'Asia/Yangon'],
  ['Asia/Saigon', 'Asia/Ho_Chi_Minh'],
  ['Atlantic/Faeroe', 'Atlantic/Faroe'],
  ['Europe/Kiev', 'Europe/Kyiv'],
  ['Pacific/Enderbury', 'Pacific/Kanton'],
  ['Pacific/Ponape', 'Pacific/Pohnpei'],
  ['Pacific/Truk', 'Pacific/Chuuk'],
]);

function computable(name: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name)) return undefined;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    const primary = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    return renamed.get(primary) ?? primary;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
