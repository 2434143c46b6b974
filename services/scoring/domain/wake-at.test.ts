import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { settle } from './bands.ts';
import { afterEvent, afterProfile, afterWake, totalAt, type ScoreState, type Step } from './score.ts';
import { day, rulesFrom, shop } from './testing.ts';
import { wakeAt } from './wake-at.ts';

const start = Date.UTC(2026, 0, 1);
const rules = shop();
const state = (changes: Partial<ScoreState>): ScoreState => ({
  value: 0,
  as_of: start,
  fit: 0,
  rules: rules.version,
  traits: {},
  band: 'cold',
  since: start,
  reported: 0,
  ...changes,
});

describe('the instant at which decay leaves a band', () => {
  test.each<[string, Partial<ScoreState>, number | undefined]>([
    // 90 falls below 45 one ms after one half-life: at the half-life itself it is 45, which is not below
    ['hot, left below 45', { value: 90, band: 'hot' }, start + 30 * day + 1],
    ['warm, left below 15', { value: 30, band: 'warm' }, start + 30 * day + 1],
    ['warm, 60 takes two half-lives', { value: 60, band: 'warm' }, start + 60 * day + 1],
    ['fit holds a part', { value: 70, fit: 10, band: 'hot' }, start + 30 * day + 1],
    ['fit alone holds the band', { value: 70, fit: 15, band: 'warm' }, undefined],
    ['the lowest band is never left downwards', { value: 10, band: 'cold' }, undefined],
    ['nothing to fade', { value: 0, fit: 20, band: 'warm' }, undefined],
    // from below: 30 - 20 = 10 rises to 20 when the -20 has halved; reached, not passed
    ['a complaint fades', { value: -20, fit: 30, band: 'cold' }, start + 30 * day],
    ['a complaint fades, but not far enough', { value: -20, fit: 20, band: 'cold' }, undefined],
    ['the highest band is never left upwards', { value: -20, fit: 80, band: 'hot' }, undefined],
    [
      'later than the last change, whatever is computed',
      { value: 90, band: 'hot', since: start + 31 * day },
      start + 31 * day + 1,
    ],
    [
      'a band that the playbook no longer has counts as the one that the total lies in',
      { value: 80, band: 'gone' },
      start + Math.floor(30 * day * Math.log2(80 / 45)) + 1,
    ],
  ])('%s', (_, changes, expected) => {
    expect(wakeAt(state(changes), rules)).toBe(expected);
  });

  test('a wide ceiling, a long half-life and a tiny difference give an instant or none, never NaN', () => {
    const odd = rulesFrom(
      '{ half_life: 3650d, hysteresis: 0, ceiling: 1000000, bands: [{ id: cold, from: -1000 }, { id: warm, from: 0.000000001 }] }',
    );
    const at = wakeAt(state({ value: 1e6, band: 'warm' }), odd) as number;
    expect(totalAt(state({ value: 1e6 }), at, odd)).toBeLessThan(1e-9);
    expect(totalAt(state({ value: 1e6 }), at - 1, odd)).toBeGreaterThanOrEqual(1e-9);
    expect(wakeAt(state({ value: 5e-324, band: 'warm' }), odd)).toBe(start + 1);
    // nearer to the edge than the total's last digit: the first instant at which the sum is rounded below it
    const close = state({ value: 1, fit: 1e-9 - 2e-25, band: 'warm' });
    const crossing = wakeAt(close, odd) as number;
    expect([crossing - 1, crossing].map((instant) => totalAt(close, instant, odd) >= 1e-9)).toEqual([true, false]);
  });
});

/** A person's life: records with gaps between them, in ms. */
const record = fc.oneof(
  fc.record({
    gap: fc.integer({ min: 0, max: 90 * day }),
    event: fc.constantFrom('View', 'Order', 'Complaint', 'Login'),
    revenue: fc.constantFrom(10, 60),
    late: fc.integer({ min: -day, max: 100 * day }),
  }),
  fc.record({
    gap: fc.integer({ min: 0, max: 90 * day }),
    traits: fc.record({ country: fc.constantFrom('ES', 'FR'), plan: fc.constantFrom('pro', 'free') }),
  }),
);
type Life = (typeof record extends fc.Arbitrary<infer R> ? R : never)[];
const scoring = fc
  .record({
    halfLife: fc.constantFrom('1s', '90m', '7d', '30d', '3650d'),
    hysteresis: fc.constantFrom(undefined, 0, 0.1, 5, 30),
    warm: fc.double({ min: 0.001, max: 40, noNaN: true }),
    step: fc.double({ min: 0.001, max: 50, noNaN: true }),
    floor: fc.constantFrom(0, -7, -40),
  })
  .map(({ halfLife, hysteresis, warm, step, floor }) => {
    const text = `{ half_life: ${halfLife}, ${hysteresis === undefined ? '' : `hysteresis: ${String(Math.min(hysteresis, warm * 0.9))}, `}floor: ${String(floor)}, report_step: ${String(step)}, ceiling: 100,
      bands: [{ id: cold, from: 0 }, { id: warm, from: ${String(warm)} }, { id: hot, from: 50 }],
      rules: [{ id: view, event: View, points: 2 }, { id: order, event: Order, points: 20 }, { id: big, event: Order, where: properties.revenue > 50, points: 30 }, { id: complaint, event: Complaint, points: -30 }],
      fit: [{ id: local, where: traits.country == "ES", points: 16 }, { id: pro, where: traits.plan == "pro", points: 6.5 }] }`;
    return { text, toString: () => text };
  });

/** Folds a life with every due wake at its instant; `between` may tamper with the state between two steps. */
function fold(
  life: Life,
  text: string,
  between: (state: ScoreState | undefined, at: number) => ScoreState | undefined = (s) => s,
) {
  const rules = rulesFrom(text);
  const reports: NonNullable<Step['report']>[] = [];
  let state: ScoreState | undefined;
  let now = start;
  const take = (step: Step) => {
    ({ state } = step);
    if (step.report) reports.push(step.report);
  };
  const wakes = (until: number) => {
    for (let at = state && wakeAt(state, rules); at !== undefined && at < until; at = state && wakeAt(state, rules)) {
      state = between(state, at - 1);
      const before = state;
      take(afterWake(state, at, rules));
      expect(state?.band).not.toBe(before?.band);
      expect(state).toMatchObject({ value: before?.value, as_of: before?.as_of });
      const next = state && wakeAt(state, rules);
      if (next !== undefined) expect(next).toBeGreaterThan(at);
    }
  };
  for (const entry of life) {
    now += entry.gap;
    wakes(now);
    state = between(state, now);
    if ('traits' in entry) take(afterProfile(state, entry.traits, now, rules));
    else
      take(
        afterEvent(
          state,
          { event: entry.event, properties: { revenue: entry.revenue }, at: now, moment: now - entry.late },
          rules,
        ),
      );
  }
  wakes(now + 100_000 * day);
  return { state, reports, rules };
}

describe('for any life under any rules', () => {
  const lives = fc.array(record, { minLength: 1, maxLength: 12 });

  test('a wake lands exactly at the crossing: the band changes there and not a millisecond sooner, and the next one is later', () => {
    let crossed = 0;
    fc.assert(
      fc.property(lives, scoring, (life, { text }) => {
        const rules = rulesFrom(text);
        fold(life, text, (state, at) => {
          if (state === undefined || at <= Math.max(state.as_of, state.since) || wakeAt(state, rules) !== at + 1) return state;
          crossed++;
          expect(afterWake(state, at, rules).state).toBe(state);
          return state;
        });
      }),
      { numRuns: 300 },
    );
    expect(crossed).toBeGreaterThan(15);
  });

  test('early wakes, and states written and read again at any place, change nothing, not the last digit', () => {
    fc.assert(
      fc.property(lives, scoring, fc.array(fc.boolean(), { minLength: 5, maxLength: 20 }), (life, { text }, cuts) => {
        let n = 0;
        const tampered = fold(life, text, (state, at) => {
          if (state === undefined || cuts[n++ % cuts.length] === true) return state;
          const due = wakeAt(state, rulesFrom(text)) ?? Infinity;
          const woken = afterWake(state, Math.min(at, due - 1), rulesFrom(text));
          expect(woken.report).toBeUndefined();
          return JSON.parse(JSON.stringify(woken.state)) as ScoreState;
        });
        const plain = fold(life, text);
        expect(tampered.reports).toEqual(plain.reports);
        expect(tampered.state).toEqual(plain.state);
      }),
    );
  });

  test('every number is finite, every report starts from the band that the last one ended in', () => {
    fc.assert(
      fc.property(lives, scoring, (life, { text }) => {
        const { state, reports, rules } = fold(life, text);
        const numbers = [...reports, state ?? {}]
          .flatMap((fields) => Object.values(fields))
          .filter((value) => typeof value === 'number');
        expect(numbers.filter((value) => !Number.isFinite(value))).toEqual([]);
        reports.forEach(({ previousBand, band, total }, index) => {
          expect(previousBand).toBe(reports[index - 1]?.band ?? 'cold');
          expect(settle(rules.bands, previousBand, total)).toBe(band);
        });
      }),
    );
  });

  test('within one band, reports are at least a step apart', () => {
    fc.assert(
      fc.property(lives, scoring, (life, { text }) => {
        const { reports, rules } = fold(life, text);
        reports.forEach(({ total, band, previousBand }, index) => {
          if (band === previousBand)
            expect(Math.abs(total - (reports[index - 1]?.total ?? 0))).toBeGreaterThanOrEqual(rules.reportStep);
        });
      }),
    );
  });
});
