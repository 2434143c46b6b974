import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { renamed, zoneOf } from './zone.ts';

/** CLDR's zones: every name that one has (`_alias`, the first one is what `Intl` says), and IANA's own where that is another (`_iana`). */
const cldr = Object.values(
  (
    createRequire(import.meta.url)('cldr-bcp47/bcp47/timezone.json') as {
      keyword: { u: { tz: Record<string, { _alias?: string; _iana?: string } | string> } };
    }
  ).keyword.u.tz,
).flatMap((zone) =>
  typeof zone === 'string' || zone._alias === undefined ? [] : [{ names: zone._alias.split(' '), iana: zone._iana }],
);

/** The first moment of the local date, as milestones and orchestration compute it. */
const startOfDay = (zone: string, at: number): number =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate().toZonedDateTime(zone).epochMilliseconds;

describe('zoneOf', () => {
  it.each(['IST', 'PST', 'CST', 'BST', 'JST', 'AET', 'ACT', 'PST8', 'GMT+2', 'UTC+2', '+02:00', 'Z', 'Factory', 'Etc/Unknown'])(
    'refuses %s',
    (name) => {
      expect(zoneOf(name)).toBeUndefined();
    },
  );

  it.each([
    ['europe/madrid', 'Europe/Madrid'],
    ['EUROPE/MADRID', 'Europe/Madrid'],
    ['US/Pacific', 'America/Los_Angeles'],
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['Europe/Kiev', 'Europe/Kyiv'],
    ['Europe/Kyiv', 'Europe/Kyiv'],
    ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['utc', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['Etc/GMT+12', 'Etc/GMT+12'],
  ])('takes %s as %s', (name, zone) => {
    expect(zoneOf(name)).toBe(zone);
  });

  it('calls renamed zones by the names that CLDR holds for those of IANA', () => {
    const changed = cldr.flatMap(({ names: [first = ''], iana }) => (iana === undefined ? [] : [[first, iana] as const]));
    expect(changed.length).toBeGreaterThan(15);
    expect(new Map(changed)).toEqual(renamed);
  });

  it('gives all names of one zone the same answer', () => {
    const answers = cldr.map(({ names, iana }) =>
      [...new Set(names.map(zoneOf))].filter((zone) => zone !== undefined).concat(iana ?? []),
    );
    expect(cldr.length).toBeGreaterThan(400);
    expect(answers.filter((zones) => new Set(zones).size > 1)).toEqual([]);
  });

  it('takes every zone that Intl lists', () => {
    expect(Intl.supportedValuesOf('timeZone').filter((name) => zoneOf(name) === undefined)).toEqual([]);
  });

  it('gives each zone one name, with the same clock, which stays as it is', () => {
    const january = Date.UTC(2026, 0, 1);
    const offsets = (zone: string): number[] =>
      [0, 90, 180, 270].map(
        (days) => Temporal.Instant.fromEpochMilliseconds(january + days * 86_400_000).toZonedDateTimeISO(zone).offsetNanoseconds,
      );
    for (const name of [...Intl.supportedValuesOf('timeZone'), 'US/Eastern', 'PRC', 'Europe/Belfast', 'Asia/Ulan_Bator']) {
      const zone = zoneOf(name) ?? '';
      expect([name, zoneOf(zone), offsets(zone)]).toEqual([name, zone, offsets(name)]);
    }
  });

  it('takes nothing that the calendar cannot compute', () => {
    const legacy = fc.constantFrom(
      'IST',
      'PST',
      'CST',
      'EST',
      'MST',
      'HST',
      'ECT',
      'VST',
      'NST',
      'PLT',
      'SST',
      'MIT',
      'CAT',
      'EAT',
    );
    const inherited = fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype));
    const letters = fc.string({
      unit: fc.constantFrom('A', 'C', 'E', 'P', 'S', 'T', 'U', 'M', 'Z', '/', '+', '-', '0', '5', '8', '_', 'a'),
      maxLength: 8,
    });
    const anything = fc.anything({ withBigInt: true });
    fc.assert(
      fc.property(
        fc.oneof(legacy, inherited, letters, anything),
        fc.integer({ min: 0, max: 253_402_300_799_999 }),
        (name, at) => {
          const zone = zoneOf(name);
          if (zone !== undefined) expect(Number.isSafeInteger(startOfDay(zone, at))).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
