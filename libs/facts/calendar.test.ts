import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { firstDayOf, isMissingDay, isoDay, localDay, periodOf, startOfDay, startOfPeriod } from './calendar.ts';

const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 86_400_000;
const start = (date: string, zone: string): string => new Date(startOfDay(dayOf(date), zone)).toISOString();
const date = (at: string, zone: string): string => isoDay(localDay(Date.parse(at), zone));
const zones = [
  'UTC',
  'Pacific/Auckland',
  'America/Los_Angeles',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'America/Sao_Paulo',
  'America/Havana',
  'Asia/Kathmandu',
  'Africa/Cairo',
  'Pacific/Kiritimati',
];
const instants = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2040, 0, 1) });

describe('the calendar', () => {
  it.each([
    ['a plain day', '2026-07-01', 'Europe/Madrid', '2026-06-30T22:00:00.000Z'],
    ['Auckland in summer', '2026-01-01', 'Pacific/Auckland', '2025-12-31T11:00:00.000Z'],
    ['Los Angeles in winter', '2026-01-01', 'America/Los_Angeles', '2026-01-01T08:00:00.000Z'],
    ['Lord Howe, whose summer time is half an hour', '2026-07-01', 'Australia/Lord_Howe', '2026-06-30T13:30:00.000Z'],
    ['Lord Howe in summer', '2026-01-01', 'Australia/Lord_Howe', '2025-12-31T13:00:00.000Z'],
    ['a day whose midnight is skipped', '2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
    ['a day that has midnight twice', '2026-11-01', 'America/Havana', '2026-11-01T04:00:00.000Z'],
    ['29 February', '2028-02-29', 'Asia/Kathmandu', '2028-02-28T18:15:00.000Z'],
  ])('begins %s at its first instant', (_, day, zone, expected) => {
    expect(start(day, zone)).toBe(expected);
  });

  it('leaves 30 December 2011 out in Samoa and nowhere else', () => {
    const missing = dayOf('2011-12-30');
    expect(zones.filter((zone) => isMissingDay(missing, zone))).toEqual(['Pacific/Apia']);
    expect(date('2011-12-30T09:59:59.999Z', 'Pacific/Apia')).toBe('2011-12-29');
    expect(date('2011-12-30T10:00:00Z', 'Pacific/Apia')).toBe('2011-12-31');
    expect([missing - 1, missing + 1].filter((day) => isMissingDay(day, 'Pacific/Apia'))).toEqual([]);
  });

  it('does not return to a date when a clock is put back over midnight', () => {
    const first = Temporal.ZonedDateTime.from('2010-11-07T00:00:30-02:30[America/St_Johns]').epochMilliseconds;
    expect([0, 60_000, 3_600_000].map((later) => isoDay(localDay(first + later, 'America/St_Johns')))).toEqual(
      Array(3).fill('2010-11-07'),
    );
    expect(Temporal.Instant.fromEpochMilliseconds(first + 60_000).toZonedDateTimeISO('America/St_Johns').day).toBe(6);
  });

  it('gives an instant the local date that Temporal gives it', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (at, zone) => {
        const expected = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate().toString();
        expect(isoDay(localDay(at, zone))).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('gives a local date to every instant from its first to the last before the next', () => {
    fc.assert(
      fc.property(fc.integer({ min: 7_305, max: 25_000 }), fc.constantFrom(...zones), (day, zone) => {
        const begins = startOfDay(day, zone);
        fc.pre(!isMissingDay(day, zone));
        expect(localDay(begins, zone)).toBe(day);
        expect(localDay(begins - 1, zone)).toBeLessThan(day);
        expect(localDay(startOfDay(day + 1, zone) - 1, zone)).toBe(day);
      }),
      { numRuns: 500 },
    );
  });

  it('puts every day into one week from Monday and one month from the first', () => {
    fc.assert(
      fc.property(fc.integer({ min: -40_000, max: 40_000 }), (day) => {
        const plain = Temporal.PlainDate.from(isoDay(day));
        expect(isoDay(firstDayOf(periodOf(day, 'month'), 'month'))).toBe(plain.with({ day: 1 }).toString());
        expect(isoDay(firstDayOf(periodOf(day, 'week'), 'week'))).toBe(plain.subtract({ days: plain.dayOfWeek - 1 }).toString());
        expect(firstDayOf(periodOf(day, 'day'), 'day')).toBe(day);
      }),
      { numRuns: 500 },
    );
  });

  it('begins a month and a week on the local date of their first day', () => {
    expect(new Date(startOfPeriod(periodOf(dayOf('2026-03-17'), 'month'), 'month', 'Pacific/Auckland')).toISOString()).toBe(
      '2026-02-28T11:00:00.000Z',
    );
    expect(new Date(startOfPeriod(periodOf(dayOf('2026-03-17'), 'week'), 'week', 'America/Los_Angeles')).toISOString()).toBe(
      '2026-03-16T07:00:00.000Z',
    );
  });

  it('counts 29 February to February, and goes on with 1 March', () => {
    const leap = dayOf('2024-02-29');
    expect([leap - 1, leap, leap + 1].map(isoDay)).toEqual(['2024-02-28', '2024-02-29', '2024-03-01']);
    expect([leap, leap + 1].map((day) => periodOf(day, 'month') - 2024 * 12)).toEqual([1, 2]);
  });
});
