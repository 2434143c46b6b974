import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { drive, type Decided } from '../testing/drive.ts';
import { event, milestone, ms, outcome, profile, rulesWith, stage, wake } from '../testing/given.ts';
import { competitions, recompute } from '../testing/recompute.ts';
import { decide, wakeAt } from './decide.ts';
import type { Input } from './input.ts';

const zones = ['Europe/Madrid', 'America/Los_Angeles', 'Pacific/Auckland', 'Asia/Kathmandu', 'Pacific/Kiritimati'];
const begin = ms('2026-02-20T00:00:00.000Z');
const end = ms('2026-05-20T00:00:00.000Z');
/** Half hours, so that instants and openings often meet. */
const anInstant = fc.integer({ min: 0, max: 60 * 48 }).map((n) => new Date(begin + n * 1_800_000).toISOString());
const withdrawn = (at: string) => ({ lifecycle: { granted: false, changed_at: at } });

const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(anInstant, fc.constantFrom('orders-1', 'orders-2', 'orders-3', 'spend-1', 'spend-2', 'anniversary'), fc.uuid())
      .map(([at, name, id]) => milestone(at, name, { id })),
  },
  { weight: 2, arbitrary: anInstant.map((at) => stage(at, 'active', 'lapsed')) },
  { weight: 1, arbitrary: anInstant.map((at) => stage(at, 'lapsed', 'active')) },
  { weight: 1, arbitrary: anInstant.map((at) => event(at, 'Reset Requested')) },
);
const move = fc.tuple(anInstant, fc.constantFrom(...zones)).map(([at, zone]) => profile(at, { zone }));
const optOut = anInstant.map((at) => outcome(at, 'unsubscribed', withdrawn(at)));

/** A person's life: messages in the order of a task (by instant, profiles first). */
const life = (moves: boolean): fc.Arbitrary<readonly Input[]> =>
  fc
    .tuple(
      fc.constantFrom(...zones),
      fc.array(happening, { maxLength: 40 }),
      moves ? fc.array(move, { maxLength: 4 }) : fc.constant([]),
      fc.option(optOut),
    )
    .map(([zone, happenings, moved, out]) => {
      const first = profile(new Date(begin - 1).toISOString(), { zone });
      const rest = [...moved, ...(out === null ? [] : [out]), ...happenings];
      return [
        first,
        ...rest
          .map((input, n) => [input, n] as const)
          .toSorted(([a, n], [b, m]) => a.at - b.at || n - m)
          .map(([input]) => input),
      ];
    });

const sentBy = (decisions: readonly Decided[]): readonly Decided[] =>
  decisions.filter(({ decision, candidate }) => decision === 'sent' && candidate.category !== 'transactional');
const localDate = (at: number, zone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate().toString();
const rules = rulesWith();

describe.each([
  ['in one zone', false],
  ['moving about', true],
])('any life %s', (_, moves) => {
  test.each([0, 5 * 3_600_000])('wakes %d ms late: window, day, month, time limit and account are kept', (late) => {
    fc.assert(
      fc.property(life(moves), (inputs) => {
        const { decisions, tally, person } = drive(inputs, rules, end, { late });
        const mails = sentBy(decisions);
        for (const { at, numbers, candidate } of mails) {
          const clock = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(numbers.zone);
          expect(clock.hour >= 9 && clock.hour < 20).toBe(true);
          expect(at).toBeLessThan(ms(candidate.not_after));
        }
        const dates = mails.map(({ at, numbers }) => localDate(at, numbers.zone));
        expect(new Set(dates).size).toBe(dates.length);
        // Nor does who has moved see two on one date by the clock of the new place.
        for (const [n, { at, numbers }] of mails.entries())
          if (n > 0) expect(localDate(mails[n - 1]!.at, numbers.zone)).not.toBe(localDate(at, numbers.zone));
        const months = Map.groupBy(
          mails.filter(({ candidate }) => candidate.behaviour),
          ({ at, numbers }) => localDate(at, numbers.zone).slice(0, 7),
        );
        for (const month of months.values()) expect(month.length).toBeLessThanOrEqual(2);
        // Each candidate ends once at most, and nothing is decided about it after that.
        for (const one of Map.groupBy(decisions, ({ candidate }) => candidate.id).values())
          expect(one.slice(0, -1).every(({ decision }) => decision === 'deferred')).toBe(true);
        const dropped = Object.entries(tally).reduce((sum, [name, n]) => sum + (name.startsWith('decision.dropped.') ? n : 0), 0);
        expect(tally['candidates'] ?? 0).toBe((tally['decision.sent'] ?? 0) + dropped + (tally['open'] ?? 0));
        expect(person?.open.length).toBe(tally['open'] ?? 0);
      }),
      { numRuns: 150 },
    );
  });

  test('from the decisions of an instant and their numbers, its winner, order and deferrals are recomputed', () => {
    fc.assert(
      fc.property(life(moves), (inputs) => {
        const { decisions } = drive(inputs, rules, end);
        for (const together of competitions(decisions, ({ at }) => String(at))) {
          const verdicts = recompute(together);
          expect(
            together.map(({ candidate, decision, reason }) => [candidate.id, decision === 'sent' ? 'sent' : reason]),
          ).toEqual(together.map(({ candidate: { id } }) => [id, verdicts.get(id)]));
          for (const { rivals, rivals_count } of together) {
            expect(rivals_count).toBe(together.length);
            expect(rivals).toEqual([...verdicts.keys()].slice(0, 5));
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

test('no opted-out category is sent after the opt-out', () => {
  fc.assert(
    fc.property(life(false), (inputs) => {
      const out = inputs.find((input) => input.kind === 'record' && input.topic === 'outcomes.v1');
      fc.pre(out !== undefined);
      const { decisions, person } = drive(inputs, rules, end);
      expect(
        decisions.filter(
          ({ decision, candidate, at }) => decision === 'sent' && candidate.category === 'lifecycle' && at > out.at,
        ),
      ).toEqual([]);
      expect(person?.open.filter(({ category }) => category === 'lifecycle')).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test('rivals of one instant: any order of arrival, the same decisions', () => {
  const at = '2026-03-10T12:00:00.000Z';
  const rival = fc
    .tuple(fc.constantFrom('orders-1', 'orders-2', 'spend-1', 'spend-2', 'anniversary'), fc.uuid())
    .map(([name, id]) => milestone(at, name, { id }));
  fc.assert(
    fc.property(
      fc
        .uniqueArray(rival, { minLength: 2, maxLength: 8, selector: (input) => (input.kind === 'record' ? input.id : '') })
        .chain((rivals) => fc.tuple(fc.constant(rivals), fc.shuffledSubarray(rivals, { minLength: rivals.length }))),
      ([rivals, shuffled]) => {
        const first = profile('2026-03-01T12:00:00.000Z');
        expect(drive([first, ...shuffled], rules, end).decisions).toEqual(drive([first, ...rivals], rules, end).decisions);
      },
    ),
  );
});

test('early wakes anywhere change nothing, not the last digit', () => {
  fc.assert(
    fc.property(life(true), fc.array(fc.nat(), { minLength: 1, maxLength: 20 }), (inputs, positions) => {
      const plain = drive(inputs, rules, end);
      let person = drive(inputs.slice(0, positions[0]! % (inputs.length + 1)), rules, begin).person;
      for (const position of positions) {
        const next = person === undefined ? undefined : wakeAt(person, rules);
        const early = decide(person, wake(new Date(Math.min(begin, (next ?? end) - 1 - (position % 10))).toISOString()), rules);
        expect(early.state).toBe(person);
        expect(early.decisions).toEqual([]);
        person = early.state;
      }
      expect(drive(inputs, rules, end)).toEqual(plain);
    }),
    { numRuns: 50 },
  );
});
