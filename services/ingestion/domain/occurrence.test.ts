import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { futureToleranceMs, instantOf, occurrence } from './occurrence.ts';

const arrived = Date.parse('2026-03-01T12:00:00.000Z');
const iso = (ms: number): string => new Date(ms).toISOString();

describe('instantOf', () => {
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
    expect(iso(instantOf(text) ?? 0)).toBe(expected);
  });

  test.each(['', 'yesterday', '0001-01-01T00:00:00Z', '2026-13-01', '2026-03-01T25:00:00Z', '12', '99999999999999999'])(
    '"%s" is no instant',
    (text) => {
      expect(instantOf(text)).toBeUndefined();
    },
  );
});

describe('occurrence', () => {
  const hour = 3_600_000;
  test.each([
    ['nothing: the arrival', {}, 0, false],
    ['timestamp alone, no sentAt: as it is', { timestamp: iso(arrived - hour) }, -hour, false],
    [
      'timestamp with sentAt: corrected for a clock that is two hours slow',
      { timestamp: iso(arrived - 3 * hour), sentAt: iso(arrived - 2 * hour) },
      -hour,
      false,
    ],
    [
      'originalTimestamp with sentAt: corrected for a clock that is a day ahead',
      { original: iso(arrived + 23 * hour), sentAt: iso(arrived + 24 * hour) },
      -hour,
      false,
    ],
    [
      'both: timestamp is right as it is',
      { timestamp: iso(arrived - hour), original: iso(arrived - 5 * hour), sentAt: iso(arrived - 2 * hour) },
      -hour,
      false,
    ],
    ['four minutes ahead: believed', { timestamp: iso(arrived + 240_000) }, 240_000, false],
    ['six minutes ahead: clamped', { timestamp: iso(arrived + 360_000) }, 0, true],
    ['an unreadable time: the arrival', { timestamp: 'soon' }, 0, false],
    ['an unreadable sentAt: no correction', { timestamp: iso(arrived - hour), sentAt: 'now' }, -hour, false],
    ['a correction to before 1970: clamped', { timestamp: '1970-01-02', sentAt: '9999-01-01' }, 0, true],
  ] as const)('%s', (_, times, after, clamped) => {
    expect(occurrence(times, arrived)).toEqual({ at: arrived + after, clamped });
  });

  const instants = fc.integer({ min: 1, max: 4_000_000_000_000 });

  test('however wrong a clock is, what happened d before sending happened d before arriving', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: arrived - 1 }), fc.integer({ min: -1e11, max: 1e11 }), (before, skew) => {
        const sent = arrived + skew;
        fc.pre(sent - before > 0);
        expect(occurrence({ original: iso(sent - before), sentAt: iso(sent) }, arrived).at).toBe(arrived - before);
      }),
    );
  });

  test('nothing happens later than the tolerance allows, whatever is claimed', () => {
    const claim = fc.option(fc.oneof(instants.map(iso), fc.string()), { nil: undefined });
    fc.assert(
      fc.property(claim, claim, claim, instants, (timestamp, original, sentAt, now) => {
        const { at, clamped } = occurrence({ timestamp, original, sentAt }, now);
        expect(at).toBeGreaterThan(0);
        expect(at).toBeLessThanOrEqual(now + futureToleranceMs);
        if (clamped) expect(at).toBe(now);
      }),
    );
  });
});
