import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { claimedInstant, futureToleranceMs, momentOf } from './moment.ts';

const arrived = Date.parse('2026-03-01T12:00:00.000Z');
const iso = (ms: number): string => new Date(ms).toISOString();

describe('claimedInstant', () => {
  test.each([
    ['2026-03-01T12:00:00.000Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00.123456+00:00', '2026-03-01T12:00:00.123Z'],
    ['2026-03-01T12:00:00.5+0230', '2026-03-01T09:30:00.500Z'],
    ['2026-03-01T12:00:00-05', '2026-03-01T17:00:00.000Z'],
    ['2026-03-01T12:00:00', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01 12:00', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['1772366400000', '2026-03-01T12:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(iso(claimedInstant(text) ?? 0)).toBe(expected);
  });

  test.each(['', 'yesterday', '0001-01-01T00:00:00Z', '2026-13-01', '2026-03-01T25:00:00Z', '12', '99999999999999999'])(
    '"%s" is no instant',
    (text) => {
      expect(claimedInstant(text)).toBeUndefined();
    },
  );
});

describe('momentOf', () => {
  const hour = 3_600_000;
  test.each([
    ['nothing: the arrival', {}, 0, 'arrival', false],
    ['timestamp alone, no sentAt: as it is', { timestamp: iso(arrived - hour) }, -hour, 'claimed', false],
    [
      'timestamp with sentAt: corrected for a clock that is two hours slow',
      { timestamp: iso(arrived - 3 * hour), sentAt: iso(arrived - 2 * hour) },
      -hour,
      'corrected',
      false,
    ],
    [
      'originalTimestamp with sentAt: corrected for a clock that is a day ahead',
      { original: iso(arrived + 23 * hour), sentAt: iso(arrived + 24 * hour) },
      -hour,
      'corrected',
      false,
    ],
    [
      'a clock that stands in 1980 for the event and for the sending: corrected',
      { timestamp: '1980-01-06T00:00:03Z', sentAt: '1980-01-06T00:00:04Z' },
      -1000,
      'corrected',
      false,
    ],
    [
      'both: timestamp is right as it is',
      { timestamp: iso(arrived - hour), original: iso(arrived - 5 * hour), sentAt: iso(arrived - 2 * hour) },
      -hour,
      'claimed',
      false,
    ],
    ['four minutes ahead: believed', { timestamp: iso(arrived + 240_000) }, 240_000, 'claimed', false],
    ['six minutes ahead: the arrival', { timestamp: iso(arrived + 360_000) }, 0, 'arrival', true],
    ['a clock that stands in 1980: the arrival', { timestamp: '1980-01-06T00:00:03Z' }, 0, 'arrival', true],
    ['the last instant before 1990: the arrival', { timestamp: '1989-12-31T23:59:59.999Z' }, 0, 'arrival', true],
    ['the first of 1990: believed', { timestamp: '1990-01-01' }, Date.UTC(1990, 0, 1) - arrived, 'claimed', false],
    ['an unreadable time: the arrival', { timestamp: 'soon' }, 0, 'arrival', false],
    ['an unreadable sentAt: no correction', { timestamp: iso(arrived - hour), sentAt: 'now' }, -hour, 'claimed', false],
    ['a correction to before 1990: the arrival', { timestamp: '1970-01-02', sentAt: '9999-01-01' }, 0, 'arrival', true],
  ] as const)('%s', (_, times, after, source, refused) => {
    expect(momentOf(times, arrived)).toEqual({ at: arrived + after, source, refused });
  });

  const sane = Date.UTC(1990, 0, 1);
  const instants = fc.integer({ min: sane, max: 4_000_000_000_000 });

  test('however wrong a clock is, what happened d before sending happened d before arriving', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: arrived - sane }), fc.integer({ min: -1e11, max: 1e11 }), (before, skew) => {
        const sent = arrived + skew;
        fc.pre(sent - before > 0);
        expect(momentOf({ original: iso(sent - before), sentAt: iso(sent) }, arrived).at).toBe(arrived - before);
      }),
    );
  });

  test('no moment is before 1990 or later than the tolerance allows, whatever is claimed', () => {
    const claim = fc.option(fc.oneof(fc.integer({ min: 1, max: 4e12 }).map(iso), fc.string()), { nil: undefined });
    fc.assert(
      fc.property(claim, claim, claim, instants, (timestamp, original, sentAt, now) => {
        const { at, source, refused } = momentOf({ timestamp, original, sentAt }, now);
        expect(at).toBeGreaterThanOrEqual(sane);
        expect(at).toBeLessThanOrEqual(now + futureToleranceMs);
        if (source === 'arrival') expect(at).toBe(now);
        else expect(refused).toBe(false);
      }),
    );
  });
});
