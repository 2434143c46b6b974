import { describe, expect, test } from '@jest/globals';
import { bandsOf, settle } from './bands.ts';
import { decayed } from './decay.ts';
import { afterEvent, afterProfile, afterWake, totalAt, type ScoreState, type Step } from './score.ts';
import type { Rules } from './rules.ts';
import { day, hour, rulesFrom, shop } from './testing.ts';
import { wakeAt } from './wake-at.ts';

const rules = shop();
const start = Date.UTC(2026, 0, 1);
const did = (event: string, at: number, properties: Record<string, unknown> = {}, moment = at) => ({
  event,
  properties,
  at,
  moment,
});

test.each([
  [100, 0, 100],
  [100, 15 * day, 70.71067811865476],
  [100, 30 * day, 50],
  [100, 60 * day, 25],
  [100, 300 * day, 0.09765625],
  [-40, 30 * day, -20],
  [100, 40_000 * day, 0],
  [-40, 40_000 * day, 0],
  [100, -day, 100],
])('%f points are after %i ms %f', (points, ms, left) => {
  expect(decayed(points, ms, 30 * day)).toBe(left);
});

describe('bands', () => {
  const bands = bandsOf(
    [
      { id: 'cold', from: 0 },
      { id: 'warm', from: 20 },
      { id: 'hot', from: 50 },
    ],
    5,
  );
  test.each([
    [undefined, -10, 'cold'],
    [undefined, 19.9, 'cold'],
    [undefined, 20, 'warm'],
    [undefined, 60, 'hot'],
    ['cold', 19.999, 'cold'],
    ['cold', 20, 'warm'],
    ['cold', 50, 'hot'],
    ['warm', 15, 'warm'],
    ['warm', 14.999, 'cold'],
    ['warm', 49.9, 'warm'],
    ['hot', 45, 'hot'],
    ['hot', 44.9, 'warm'],
    ['hot', 16, 'warm'],
    ['hot', 14, 'cold'],
    ['renamed', 16, 'cold'],
    ['renamed', 21, 'warm'],
  ])('from %s with a total of %f: %s', (from, total, band) => {
    expect(settle(bands, from, total)).toBe(band);
  });

  test('a hysteresis wider than a band does not make it flap', () => {
    const narrow = bandsOf(
      [
        { id: 'cold', from: 0 },
        { id: 'warm', from: 46 },
        { id: 'hot', from: 50 },
      ],
      10,
    );
    expect([45, 41, 39.9, 36, 35.9].map((total) => settle(narrow, 'hot', total))).toEqual(['hot', 'hot', 'warm', 'warm', 'cold']);
  });
});

describe('a history, step by step', () => {
  /** What each step reports: total (2 digits), bands and rule. */
  const told = ({ report }: Step) =>
    report && [
      report.total.toFixed(2),
      `${report.previousBand}→${report.band}`,
      report.award.rule,
      report.award.points.toFixed(2),
    ];
  const play = (...steps: ((state: ScoreState | undefined) => Step)[]) => {
    let state: ScoreState | undefined;
    return steps.map((step) => {
      const taken = step(state);
      ({ state } = taken);
      return told(taken);
    });
  };
  const event =
    (...given: Parameters<typeof did>) =>
    (state: ScoreState | undefined) =>
      afterEvent(state, did(...given), rules);
  const profile = (at: number, traits: Record<string, unknown>) => (state: ScoreState | undefined) =>
    afterProfile(state, traits, at, rules);
  const wake = (at: number) => (state: ScoreState | undefined) => afterWake(state, at, rules);

  test('points add up, and are told with each band and each ten points', () => {
    expect(
      play(
        event('View', start),
        event('Order', start),
        event('View', start),
        ...Array.from({ length: 4 }, () => event('View', start)),
      ),
    ).toEqual([
      undefined,
      ['22.00', 'cold→warm', 'order', '20.00'],
      undefined,
      undefined,
      undefined,
      undefined,
      ['32.00', 'warm→warm', 'view', '2.00'],
    ]);
  });

  test('several rules for one event: the weightiest is named', () => {
    expect(play(event('Order', start, { revenue: 60 }))).toEqual([['50.00', 'cold→hot', 'big', '50.00']]);
  });

  test('the ceiling caps what is kept, so that it fades from there', () => {
    const orders = Array.from({ length: 5 }, () => event('Order', start, { revenue: 60 }));
    expect(play(...orders, event('View', start + 30 * day)).slice(-2)).toEqual([undefined, ['52.00', 'hot→hot', 'view', '2.00']]);
  });

  test('the floor likewise', () => {
    const complaints = Array.from({ length: 3 }, (_, n) => event('Complaint', start + n));
    expect(play(...complaints, event('Order', start + 2 + 30 * day))).toEqual([
      ['-30.00', 'cold→cold', 'complaint', '-30.00'],
      ['-40.00', 'cold→cold', 'complaint', '-30.00'],
      undefined,
      ['0.00', 'cold→cold', 'order', '20.00'],
    ]);
  });

  test('what arrives late has faded on its way', () => {
    expect(play(event('Order', start, { revenue: 60 }, start - 30 * day))).toEqual([['25.00', 'cold→warm', 'big', '25.00']]);
  });

  test('who a person is counts while it holds, and does not fade', () => {
    expect(
      play(
        profile(start, { country: 'ES' }),
        event('Order', start),
        wake(start + 300 * day),
        profile(start + 300 * day, { country: 'FR' }),
      ),
    ).toEqual([
      ['10.00', 'cold→cold', 'local', '10.00'],
      ['30.00', 'cold→warm', 'order', '20.00'],
      ['10.02', 'warm→cold', 'decay', '0.00'],
      ['0.02', 'cold→cold', 'local', '-10.00'],
    ]);
    expect(play(profile(start, { country: 'ES', plan: 'pro' }), profile(start, { plan: 'pro' }), profile(start, {}))).toEqual([
      ['16.00', 'cold→cold', 'local', '16.00'],
      ['6.00', 'cold→cold', 'local', '-10.00'],
      undefined,
    ]);
  });

  test('a condition over traits sees those of the latest profile', () => {
    expect(play(profile(start, { plan: 'pro' }), event('Order', start))[1]).toEqual(['27.00', 'cold→warm', 'order', '21.00']);
  });
});

describe('what changes nothing leaves the state as it is, the same object', () => {
  const state = afterEvent(undefined, did('Order', start), rules).state as ScoreState;
  test('an event that no rule is about', () => {
    expect(afterEvent(state, did('Login', start + hour), rules).state).toBe(state);
    expect(afterEvent(undefined, did('Login', start), rules)).toEqual({ state: undefined });
  });
  test('an early wake, a wake for no one', () => {
    expect(afterWake(state, start + day, rules)).toEqual({ state });
    expect(afterWake(state, start + day, rules).state).toBe(state);
    expect(afterWake(undefined, start, rules)).toEqual({ state: undefined });
  });
  test('a profile without news, also one with traits that no rule reads', () => {
    const known = afterProfile(state, { country: 'ES' }, start, rules).state as ScoreState;
    expect(afterProfile(known, { country: 'ES', shoe: 43 }, start + day, rules).state).toBe(known);
    expect(known.traits).toEqual({ country: 'ES' });
    expect(afterProfile(undefined, { shoe: 43 }, start, rules)).toEqual({ state: undefined });
  });
});

test('under a changed playbook a person is judged from their next record on, with the traits that were kept', () => {
  const state = afterProfile(undefined, { country: 'ES' }, start, rules).state as ScoreState;
  const next =
    rulesFrom(`{ half_life: 30d, bands: [{ id: low, from: 0 }, { id: high, from: 40 }], rules: [{ id: view, event: View, points: 2 }],
    fit: [{ id: home, where: traits.country == "ES", points: 50 }] }`);
  expect(afterWake(state, start + day, next).state?.fit).toBe(10);
  expect(afterEvent(state, did('View', start + day), next).report).toMatchObject({
    total: 52,
    previousBand: 'low',
    band: 'high',
  });
});

test('a renamed band is not entered anew, and is left by time as the old one was', () => {
  const bands = (warm: string): Rules =>
    rulesFrom(
      `{ half_life: 30d, hysteresis: 5, bands: [{ id: cold, from: 0 }, { id: ${warm}, from: 20 }], rules: [{ id: order, event: Order, points: 20 }] }`,
    );
  const [before, after] = [bands('warm'), bands('mild')];
  const state = afterEvent(undefined, did('Order', start), before).state as ScoreState;
  expect(state.band).toBe('warm');
  const ordered = afterEvent(state, did('Order', start + day), after);
  expect([ordered.state?.band, ordered.report?.previousBand]).toEqual(['mild', 'mild']);
  const at = wakeAt(state, after);
  expect(at).toBe(wakeAt(state, before));
  expect(afterWake(state, at ?? NaN, after).report).toMatchObject({ previousBand: 'mild', band: 'cold' });
  expect(afterWake(state, start + day, after).state).toBe(state);
});

test('without a hysteresis what just reaches a band stays in it for days', () => {
  const by = rulesFrom(
    '{ half_life: 30d, bands: [{ id: cold, from: 0 }, { id: warm, from: 20 }], rules: [{ id: order, event: Order, points: 20 }] }',
  );
  const state = afterEvent(undefined, did('Order', start), by).state as ScoreState;
  // 20 * 2^(-t / 30 d) = 18
  expect(((wakeAt(state, by) ?? NaN) - start) / day).toBeCloseTo(30 * Math.log2(20 / 18), 6);
});

test('totalAt is within floor and ceiling', () => {
  const state = { value: 100, as_of: start, fit: 50, rules: rules.version, traits: {}, band: 'hot', since: start, reported: 100 };
  expect(totalAt(state, start, rules)).toBe(100);
  expect(totalAt(state, start + 30 * day, rules)).toBe(100);
  expect(totalAt(state, start + 60 * day, rules)).toBe(75);
  expect(totalAt({ ...state, value: -40, fit: -50 }, start, rules)).toBe(-40);
});
