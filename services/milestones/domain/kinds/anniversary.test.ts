import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anniversaryOf } from './anniversary.ts';

const iso = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');

describe('the n-th anniversary', () => {
  test.each([
    // 29 February
    ['2024-02-29T12:00:00Z', 1, 'UTC', '2025-02-28', '2025-02-28T00:00:00Z'],
    ['2024-02-29T12:00:00Z', 3, 'UTC', '2027-02-28', '2027-02-28T00:00:00Z'],
    ['2024-02-29T12:00:00Z', 4, 'UTC', '2028-02-29', '2028-02-29T00:00:00Z'],
    ['2096-02-29T12:00:00Z', 4, 'UTC', '2100-02-28', '2100-02-28T00:00:00Z'],
    ['2024-02-29T02:00:00Z', 1, 'America/Los_Angeles', '2025-02-28', '2025-02-28T08:00:00Z'],
    // the local date, not that of UTC
    ['2024-06-01T12:00:00Z', 1, 'Pacific/Auckland', '2025-06-02', '2025-06-01T12:00:00Z'],
    ['2024-06-01T05:00:00Z', 1, 'America/Los_Angeles', '2025-05-31', '2025-05-31T07:00:00Z'],
    // days on which clocks change, though not at midnight
    ['2024-03-09T20:00:00Z', 1, 'America/Los_Angeles', '2025-03-09', '2025-03-09T08:00:00Z'],
    ['2024-11-02T19:00:00Z', 1, 'America/Los_Angeles', '2025-11-02', '2025-11-02T07:00:00Z'],
    ['2024-04-06T00:00:00Z', 1, 'Pacific/Auckland', '2025-04-06', '2025-04-05T11:00:00Z'],
    ['2024-09-28T00:00:00Z', 1, 'Pacific/Auckland', '2025-09-28', '2025-09-27T12:00:00Z'],
    // midnight skipped: 01:00
    ['2017-11-04T15:00:00Z', 1, 'America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00Z'],
    ['2025-04-24T15:00:00Z', 1, 'Africa/Cairo', '2026-04-24', '2026-04-23T22:00:00Z'],
    // midnight skipped from 23:30 to 00:30
    ['1918-03-31T15:00:00Z', 1, 'America/Toronto', '1919-03-31', '1919-03-31T04:30:00Z'],
    // an hour around midnight comes twice: the evening before, or the date's own first hour
    ['2017-02-18T15:00:00Z', 1, 'America/Sao_Paulo', '2018-02-18', '2018-02-18T03:00:00Z'],
    ['2024-10-31T15:00:00Z', 1, 'Africa/Cairo', '2025-10-31', '2025-10-30T22:00:00Z'],
    ['2005-10-29T15:00:00Z', 1, 'America/St_Johns', '2006-10-29', '2006-10-29T02:30:00Z'],
    ['2024-11-02T15:00:00Z', 1, 'America/Havana', '2025-11-02', '2025-11-02T04:00:00Z'],
    // the date itself was skipped: the first moment after it
    ['2010-12-30T22:00:00Z', 1, 'Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00Z'],
  ])('of %s, n = %d in %s is %s, from %s', (since, years, zone, date, at) => {
    const due = anniversaryOf(Date.parse(since), years, zone);
    expect([due.date, iso(due.at)]).toEqual([date, at]);
  });
});

/** The local date by the engine's own calendar, not by the one under test. */
const formats = new Map<string, Intl.DateTimeFormat>();
function localDate(at: number, zone: string): string {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
    formats.set(zone, format);
  }
  return format.format(at);
}

test('property: in every zone it is the first moment of the right local date', () => {
  const zones = Intl.supportedValuesOf('timeZone');
  const instants = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2037, 0, 1) });
  fc.assert(
    fc.property(fc.constantFrom(...zones), instants, fc.integer({ min: 1, max: 40 }), (zone, since, years) => {
      const { at, date } = anniversaryOf(since, years, zone);
      const [year, monthDay] = [Number(localDate(since, zone).slice(0, 4)), localDate(since, zone).slice(4)];
      const leap = new Date(Date.UTC(year + years, 1, 29)).getUTCDate() === 29;
      const expected = `${String(year + years)}${monthDay === '-02-29' && !leap ? '-02-28' : monthDay}`;
      expect(date).toBe(expected);
      if (localDate(at, zone) !== expected) {
        // Apia and others have left out a date: then it is the first moment after it.
        for (let hour = -30; hour <= 30; hour += 0.5) expect(localDate(at + hour * 3_600_000, zone)).not.toBe(expected);
        expect(localDate(at, zone) > expected).toBe(true);
      }
      expect(localDate(at - 1, zone) < expected).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
