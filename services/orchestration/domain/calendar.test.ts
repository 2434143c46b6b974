import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { calendar, insideWindow, localTime, nextOpening } from './calendar.ts';

const ms = (instant: string): number => Date.parse(instant);
const iso = (at: number): string => new Date(at).toISOString().slice(0, 16);
const day = calendar({ from: '09:00', to: '20:00' });
const zones = [
  'Europe/Madrid',
  'America/Mexico_City',
  'America/Bogota',
  'America/Los_Angeles',
  'Pacific/Auckland',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'Pacific/Apia',
  'America/Asuncion',
  'UTC',
];
const clock = (zone: string, at: number): string => localTime(zone, at).slice(11, 16);

test.each([
  [
    'Los Angeles, the day before spring',
    'America/Los_Angeles',
    '2026-03-07T23:00:00Z',
    '2026-03-07',
    '2026-03-07T17:00',
    '2026-03-08T16:00',
  ],
  [
    'Los Angeles, 23 hours long',
    'America/Los_Angeles',
    '2026-03-08T08:00:00Z',
    '2026-03-08',
    '2026-03-08T16:00',
    '2026-03-09T16:00',
  ],
  [
    'Los Angeles, 25 hours long',
    'America/Los_Angeles',
    '2026-11-01T07:00:00Z',
    '2026-11-01',
    '2026-11-01T17:00',
    '2026-11-02T17:00',
  ],
  ['Auckland, into summer', 'Pacific/Auckland', '2026-09-26T12:00:00Z', '2026-09-27', '2026-09-26T20:00', '2026-09-27T20:00'],
  ['Auckland, the day before', 'Pacific/Auckland', '2026-09-26T11:59:59Z', '2026-09-26', '2026-09-25T21:00', '2026-09-26T20:00'],
  ['Auckland, into winter', 'Pacific/Auckland', '2026-04-04T11:00:00Z', '2026-04-05', '2026-04-04T21:00', '2026-04-05T21:00'],
  ['29 February', 'Europe/Madrid', '2028-02-28T23:30:00Z', '2028-02-29', '2028-02-29T08:00', '2028-03-01T08:00'],
  [
    '28 February of a year without a 29th',
    'Europe/Madrid',
    '2026-02-28T12:00:00Z',
    '2026-02-28',
    '2026-02-28T08:00',
    '2026-03-01T08:00',
  ],
  [
    'Apia, before the day that was left out',
    'Pacific/Apia',
    '2011-12-29T22:00:00Z',
    '2011-12-29',
    '2011-12-29T19:00',
    '2011-12-30T19:00',
  ],
])('%s: nine is nine', (_, zone, at, date, opens, tomorrow) => {
  const local = day(zone, ms(at));
  expect([local.date, iso(local.opens), iso(local.tomorrowOpens)]).toEqual([date, opens, tomorrow]);
  expect([
    clock(zone, local.opens),
    clock(zone, local.closes),
    clock(zone, local.tomorrowOpens),
    clock(zone, local.nextMonthOpens),
  ]).toEqual(['09:00', '20:00', '09:00', '09:00']);
});

test.each([
  ['2026-01-31T12:00:00Z', '2026-02-01T08:00'],
  ['2028-02-29T12:00:00Z', '2028-03-01T08:00'],
  ['2026-03-31T21:59:59Z', '2026-04-01T07:00'],
  ['2026-03-31T22:00:00Z', '2026-05-01T07:00'],
  ['2026-12-31T22:59:00Z', '2027-01-01T08:00'],
])('the 1st after %s opens at %s UTC in Madrid', (at, opens) => {
  expect(iso(day('Europe/Madrid', ms(at)).nextMonthOpens)).toBe(opens);
});

describe('a window that the clock cuts', () => {
  test.each([
    ['opens in the hour left out', { from: '02:30', to: '05:00' }, '2026-03-08', '03:30', '05:00'],
    ['closes in the hour left out', { from: '00:30', to: '02:30' }, '2026-03-08', '00:30', '01:30'],
    ['opens in the hour told twice', { from: '01:30', to: '05:00' }, '2026-11-01', '01:30', '05:00'],
    ['closes in the hour told twice', { from: '00:30', to: '01:30' }, '2026-11-01', '00:30', '01:30'],
  ])('%s', (_, window, date, opens, closes) => {
    const zone = 'America/Los_Angeles';
    const local = calendar(window)(zone, ms(`${date}T12:00:00Z`));
    expect([clock(zone, local.opens), clock(zone, local.closes)]).toEqual([opens, closes]);
    for (let at = local.opens; at < local.closes; at += 60_000)
      expect(clock(zone, at) >= window.from && clock(zone, at) < window.to).toBe(true);
  });
  test('lies wholly in the hour left out: there is none, and the next is tomorrow', () => {
    const local = calendar({ from: '02:10', to: '02:50' })('America/Los_Angeles', ms('2026-03-08T10:00:00Z'));
    expect(insideWindow(local, local.opens)).toBe(false);
    expect(iso(nextOpening(local, local.opens))).toBe('2026-03-09T09:10');
  });
});

const anInstant = fc.integer({ min: ms('1996-01-01T00:00:00Z'), max: ms('2036-01-01T00:00:00Z') });

test('any instant in any zone: the day holds it, the window is right by the clock, the next opening is the first one later', () => {
  fc.assert(
    fc.property(fc.constantFrom(...zones), anInstant, (zone, at) => {
      const local = day(zone, at);
      const told = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
      expect(local.date).toBe(told.toPlainDate().toString());
      expect(local.start <= at && at < local.end).toBe(true);
      expect(insideWindow(local, at)).toBe(told.hour >= 9 && told.hour < 20);
      const next = nextOpening(local, at);
      expect(next).toBeGreaterThan(insideWindow(local, at) ? local.opens : at);
      expect(next - at).toBeLessThanOrEqual(50 * 3_600_000);
      expect(clock(zone, next)).toBe('09:00');
      expect(iso(local.monthStart)).toBe(iso(told.toPlainDate().with({ day: 1 }).toZonedDateTime(zone).epochMilliseconds));
    }),
    { numRuns: 500 },
  );
});

test('what is remembered is never wrong: days asked again after thousands of others are the same', () => {
  const small = calendar({ from: '09:00', to: '20:00' });
  const first = small('Pacific/Auckland', ms('2026-09-26T12:00:00Z'));
  for (let n = 0; n < 5_000; n++) small('UTC', n * 86_400_000);
  expect(small('Pacific/Auckland', ms('2026-09-26T12:00:00Z'))).toEqual(first);
});
