import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePlaybook } from '#playbook';
import { afterEvent, afterWake, aggregatesOf, type Happening, type Reached, type Step } from './milestones.ts';
import { rulesOf, type Rules } from './rules.ts';
import { afterProfile, named, nobody, wakeAt, withYears, type MilestonesState } from './state.ts';

const day = 86_400_000;
const start = Date.UTC(2023, 4, 10, 12);

const playbookOf = (milestones: string, zone = 'UTC'): Rules =>
  rulesOf(
    parsePlaybook(`
name: test
defaults: { zone: ${zone}, locale: en }
sending: { window: { from: "09:00", to: "20:00" } }
scoring: { half_life: 7d, bands: [{ id: cold, from: 0 }] }
stages: { initial: visitor, names: [visitor], transitions: [] }
milestones:
${milestones}`),
  );

const shop = playbookOf(`
  - { id: orders-1, kind: count, of: { event: Order Completed }, threshold: 1 }
  - { id: orders-3, kind: count, of: { event: Order Completed }, threshold: 3 }
  - { id: spend-100, kind: sum, of: { event: Order Completed }, property: revenue, currency: USD, threshold: 100 }
  - { id: spend-250, kind: sum, of: { event: Order Completed }, property: revenue, currency: USD, threshold: 250 }
  - { id: year, kind: anniversary, of: { event: Order Completed } }`);

const order = (moment: number, properties: Record<string, unknown> = { revenue: 1 }, at = moment): Happening => ({
  event: 'Order Completed',
  properties,
  moment,
  dated: true,
  at,
});
const lateOrder = (occurredAt: number, at: number): Happening => order(occurredAt, { revenue: 1 }, at);

/** Names that every object of JavaScript answers to. */
const inherited = Object.getOwnPropertyNames(Object.prototype);

describe('an event named as something that every object has', () => {
  test.each(inherited)('counts, adds up and has anniversaries: %s', (event) => {
    const rules = playbookOf(`
  - { id: constructor, kind: count, of: { event: ${event} }, threshold: 2 }
  - { id: spend, kind: sum, of: { event: ${event} }, property: ${event}, currency: USD, threshold: 100 }
  - { id: year, kind: anniversary, of: { event: ${event} } }`);
    const happening = { event, properties: Object.fromEntries([[event, 60]]), moment: start, at: start, dated: true };
    const first = afterEvent(nobody, happening, rules);
    const second = afterEvent(JSON.parse(JSON.stringify(first.state)) as MilestonesState, happening, rules);
    expect(second.reached.map(({ definition, value }) => [definition.id, value])).toEqual([
      ['constructor', 2],
      ['spend', 12_000],
    ]);
    expect(wakeAt(second.state, rules)).toBe(Date.UTC(2024, 4, 10));
    expect(afterWake(second.state, Date.UTC(2024, 4, 10), rules).reached).toHaveLength(1);
  });
});

test.each(['IST', 'constructor', 'Not/AZone'])('takes the default zone where the calendar cannot compute %s', (zone) => {
  const known = afterProfile(nobody, { zone, traits: {} }, shop);
  expect(wakeAt(afterEvent(known, order(start), shop).state, shop)).toBe(Date.UTC(2024, 4, 10));
});

type Input = Happening | { zone: string; at: number };

/** Inputs in order, each person's due wakes strictly before the next one: what the runtime does. */
function lived(inputs: readonly Input[], until: number, rules = shop) {
  const reached: Reached[] = [];
  const named: number[] = [];
  const ignored = { dates: 0, amounts: [] as string[] };
  let state: MilestonesState = nobody;
  const take = (step: Step): void => {
    state = step.state;
    reached.push(...step.reached);
    ignored.dates += step.ignored.dates;
    ignored.amounts.push(...step.ignored.amounts);
  };
  const wake = (time: number): void => {
    for (let at = wakeAt(state, rules); at !== undefined && at < time; at = wakeAt(state, rules)) {
      named.push(at);
      take(afterWake(state, at, rules));
    }
  };
  for (const input of inputs) {
    wake(input.at);
    if ('zone' in input) state = afterProfile(state, { zone: input.zone, traits: {} }, rules);
    else take(afterEvent(state, input, rules));
  }
  wake(until);
  expect(new Set(named).size).toBe(named.length);
  expect(named).toEqual(named.toSorted((a, b) => a - b));
  return { state, reached, ignored };
}
const ids = (reached: readonly Reached[]): string[] =>
  reached.map(({ definition, occurrence }) => `${definition.id}/${String(occurrence)}`);
const years = (reached: readonly Reached[]): string[] =>
  reached
    .filter(({ localDate }) => localDate !== undefined)
    .map(({ occurrence, localDate }) => `${String(occurrence)}: ${String(localDate)}`);

describe('counts and sums', () => {
  test('the N-th event and the crossing one, several at once, in declared order', () => {
    const { reached } = lived(
      [order(start, { revenue: 99.99 }), order(start, { revenue: '0.01' }), order(start + day, { revenue: 150 })],
      start + 2 * day,
    );
    expect(ids(reached)).toEqual(['orders-1/1', 'spend-100/1', 'orders-3/1', 'spend-250/1']);
    expect(reached.map(({ value, threshold }) => [value, threshold])).toEqual([
      [1, 1],
      [10_000, 10_000],
      [3, 3],
      [25_000, 25_000],
    ]);
  });

  test('one order crosses several sums', () => {
    expect(ids(lived([order(start, { revenue: 1000 })], start + day).reached)).toEqual([
      'orders-1/1',
      'spend-100/1',
      'spend-250/1',
    ]);
  });

  test('a sum that falls and rises again celebrates once (M14)', () => {
    const amounts = [120, -100, 100, -120, 120];
    const { reached, state } = lived(
      amounts.map((revenue, i) => order(start + i * day, { revenue })),
      start + 9 * day,
    );
    expect(ids(reached).filter((id) => id === 'spend-100/1')).toHaveLength(1);
    expect(Object.values(state.sums)).toEqual([12_000]);
  });

  test('a changed threshold does not celebrate the same milestone again', () => {
    const higher = playbookOf('  - { id: orders-1, kind: count, of: { event: Order Completed }, threshold: 2 }');
    const { state } = lived([order(start)], start + day);
    expect(afterEvent(state, order(start + day), higher).reached).toEqual([]);
  });

  test.each([1, 2])('a milestone that is new in the playbook is not for those %d past it', (past) => {
    const added = playbookOf('  - { id: orders-new, kind: count, of: { event: Order Completed }, threshold: 2 }');
    const { state } = lived(
      [...Array<number>(past + 1).keys()].map((n) => order(start + n)),
      start + day,
    );
    expect(afterEvent(state, order(start + day), added).reached).toEqual([]);
  });

  test('other currencies do not count, garbage is told, the order counts all the same', () => {
    const odd = [{ revenue: 500, currency: 'EUR' }, { revenue: 'lots' }, {}, { revenue: null }, { revenue: 10, currency: 'usd' }];
    const { state, ignored } = lived(
      odd.map((properties) => order(start, properties)),
      start + day,
    );
    expect(Object.values(state.sums)).toEqual([1_000]);
    expect(ignored).toEqual({ dates: 0, amounts: ['symbols', 'missing', 'missing'] });
    expect(state.tracks['Order Completed']?.count).toBe(5);
  });

  test('a sum that cannot be exact any more is left as it was', () => {
    const { state, ignored } = lived(
      [order(start, { revenue: 90_000_000_000_000 }), order(start, { revenue: 90_000_000_000_000 })],
      start + day,
    );
    expect([Object.values(state.sums), ignored.amounts]).toEqual([[9_000_000_000_000_000], ['range']]);
  });

  test('conditions divide one event into sorts; a count tells the first sum over its event', () => {
    const rules = playbookOf(`
  - { id: big, kind: count, of: { event: Order Completed, where: properties.revenue > 50.0 }, threshold: 1 }
  - { id: vip, kind: count, of: { event: Order Completed, where: 'traits.plan == "vip"' }, threshold: 1 }
  - { id: spend, kind: sum, of: { event: Order Completed }, property: revenue, currency: USD, threshold: 500 }`);
    const { reached, state } = lived([order(start, { revenue: 20.5 }), order(start, { revenue: 60.5 })], start + day, rules);
    expect(ids(reached)).toEqual(['big/1']);
    expect(reached[0] && aggregatesOf(state, reached[0].definition)).toEqual({
      count: 1,
      sum_minor: 8_100,
      currency: 'USD',
      first_at: start,
      last_at: start,
    });
    const vip = afterProfile(nobody, { traits: { plan: 'vip', secret: 1 } }, rules);
    expect(vip.traits).toEqual({ plan: 'vip' });
    expect(ids(afterEvent(vip, order(start), rules).reached)).toEqual(['vip/1']);
  });

  test('an old event that arrives now reaches its milestone at its own instant', () => {
    expect(lived([lateOrder(start - 300 * day, start)], start + 1).reached[0]?.occurredAt).toBe(start - 300 * day);
  });
});

describe('another spelling of a condition', () => {
  const spelt = (where: string): Rules =>
    playbookOf(`
  - { id: two, kind: count, of: { event: Order Completed, where: '${where}' }, threshold: 2 }
  - { id: spent, kind: sum, of: { event: Order Completed, where: '${where}' }, property: revenue, currency: USD, threshold: 9 }`);
  const [tight, spaced] = [spelt('properties.revenue>0'), spelt('properties.revenue > 0')];
  const first = afterEvent(nobody, order(start, { revenue: 5 }), tight).state;

  test('keeps counts and sums', () => {
    expect(ids(afterEvent(first, order(start + 1, { revenue: 5 }), spaced).reached)).toEqual(['two/1', 'spent/1']);
  });

  test('is how version 2 kept them: they are found by the parsed form', () => {
    const old = {
      ...first,
      tracks: { 'Order Completed where properties.revenue>0': { count: 1 } },
      sums: { 'revenue in USD of Order Completed where properties.revenue>0': 500 },
    };
    expect(ids(afterEvent(old, order(start + 1, { revenue: 5 }), spaced).reached)).toEqual([]);
    expect(ids(afterEvent(named(old), order(start + 1, { revenue: 5 }), spaced).reached)).toEqual(['two/1', 'spent/1']);
  });
});

describe('anniversaries', () => {
  test('each year from 1 on, at local midnight', () => {
    const { reached } = lived([{ zone: 'Pacific/Auckland', at: start }, order(start)], Date.UTC(2026, 0, 1));
    expect(years(reached)).toEqual(['1: 2024-05-11', '2: 2025-05-11']);
    expect(reached.at(-1)).toMatchObject({ value: 2, threshold: 2, occurredAt: Date.parse('2025-05-10T12:00:00Z') });
  });

  test('someone of 29 February, in years with one and without', () => {
    const { reached } = lived([order(Date.UTC(2024, 1, 29, 12))], Date.UTC(2029, 0, 1));
    expect(years(reached)).toEqual(['1: 2025-02-28', '2: 2026-02-28', '3: 2027-02-28', '4: 2028-02-29']);
  });

  test('an order at the very midnight is among those told', () => {
    const midnight = Date.UTC(2024, 4, 10);
    const { reached, state } = lived([order(start), order(midnight)], midnight + 1);
    expect(ids(reached).at(-1)).toBe('year/1');
    expect(state.tracks['Order Completed']?.count).toBe(2);
    expect(lived([order(start)], midnight).reached).toHaveLength(1);
  });

  test('who moves west on the day has had it; who moves east has it earlier, also when it has just passed', () => {
    const west = [
      { zone: 'Pacific/Auckland', at: start },
      order(start),
      { zone: 'America/Los_Angeles', at: Date.UTC(2024, 4, 10, 12, 1) },
    ];
    expect(years(lived(west, Date.UTC(2025, 0, 1)).reached)).toEqual(['1: 2024-05-11']);
    expect(years(lived(west, Date.UTC(2026, 0, 1)).reached)).toEqual(['1: 2024-05-11', '2: 2025-05-10']);
    const moved = Date.UTC(2024, 4, 10, 5);
    const east = [{ zone: 'America/Los_Angeles', at: start }, order(start), { zone: 'Europe/Madrid', at: moved }];
    const { reached } = lived(east, moved + 1e6);
    expect([years(reached), reached.at(-1)?.occurredAt]).toEqual([['1: 2024-05-10'], Date.parse('2024-05-09T22:00:00Z')]);
  });

  test('the default zone is that of the playbook, also of a changed one', () => {
    const rule = '  - { id: year, kind: anniversary, of: { event: Order Completed } }';
    const { state } = lived([order(start)], start + 1, playbookOf(rule, 'Pacific/Auckland'));
    expect(wakeAt(state, playbookOf(rule, 'Pacific/Auckland'))).toBe(Date.parse('2024-05-10T12:00:00Z'));
    expect(wakeAt(state, playbookOf(rule, 'Europe/Madrid'))).toBe(Date.parse('2024-05-09T22:00:00Z'));
  });

  test('it counts from the earliest event, whenever that arrives; of two in one calendar year the second is left out (M13)', () => {
    const arrival = Date.UTC(2024, 8, 1);
    const earlier = [order(start), lateOrder(start - 365 * day, arrival)];
    expect(years(lived(earlier, Date.UTC(2025, 8, 1)).reached)).toEqual(['1: 2024-05-10', '3: 2025-05-10']);
    // Its second is still to come in the year in which its first was celebrated.
    const nearly = [order(start), lateOrder(Date.UTC(2022, 11, 1), arrival)];
    expect(years(lived(nearly, Date.UTC(2026, 0, 1)).reached)).toEqual(['1: 2024-05-10', '3: 2025-12-01']);
    expect(years(lived([lateOrder(start - 1000 * day, start)], start + 1).reached)).toEqual(['1: 2021-08-13', '2: 2022-08-13']);
  });

  test('a move that takes the date over New Year gives no second one in that year (M13)', () => {
    const newYear = Date.UTC(2023, 11, 31, 12);
    const west = [
      { zone: 'Pacific/Auckland', at: newYear },
      order(newYear),
      { zone: 'America/Los_Angeles', at: Date.UTC(2025, 2, 1) },
    ];
    expect(years(lived(west, Date.UTC(2027, 0, 1)).reached)).toEqual(['1: 2025-01-01', '3: 2026-12-31']);
  });

  test('whatever the order in which first events become known, and the moves: no occurrence and no calendar year twice (M13, M14)', () => {
    const zones = ['Pacific/Auckland', 'America/Los_Angeles', 'Europe/Madrid', 'Pacific/Kiritimati', 'Pacific/Pago_Pago'];
    const moment = fc.integer({ min: Date.UTC(2016, 0, 1), max: Date.UTC(2025, 0, 1) });
    const input = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          at: moment,
          age: fc.oneof(
            fc.nat(3 * 365),
            fc.nat(800 * 24 * 3_600).map((s) => s / 86_400),
          ),
        }),
      },
      fc.record({ at: moment, zone: fc.constantFrom(...zones) }),
    );
    fc.assert(
      fc.property(fc.array(input, { minLength: 1, maxLength: 12 }), (drawn) => {
        const inputs = drawn
          .toSorted((a, b) => a.at - b.at)
          .map((one) => ('age' in one ? lateOrder(Math.round(one.at - one.age * day), one.at) : one));
        const { reached } = lived(inputs, Date.UTC(2028, 0, 2));
        const celebrated = reached.filter(({ localDate }) => localDate !== undefined);
        const calendarYears = celebrated.map(({ localDate }) => Number(localDate?.slice(0, 4)));
        const occurrences = celebrated.map(({ occurrence }) => occurrence);
        expect(calendarYears).toEqual([...new Set(calendarYears)].toSorted((a, b) => a - b));
        expect(occurrences).toEqual([...new Set(occurrences)].toSorted((a, b) => a - b));
        // Nor is a year passed over without need: the last one of every person has its own.
        if (inputs.some((one) => 'event' in one)) expect(calendarYears.at(-1)).toBeGreaterThanOrEqual(2027);
      }),
    );
  });

  test('one that is added or renamed begins at the change: nothing from before is celebrated, everything after it is', () => {
    const year = (id: string): Rules => playbookOf(`  - { id: ${id}, kind: anniversary, of: { event: Order Completed } }`);
    const count = playbookOf('  - { id: orders-1, kind: count, of: { event: Order Completed }, threshold: 1 }');
    const [always, renamed] = [year('year'), year('anniversary')];
    const moment = fc.integer({ min: Date.UTC(2016, 0, 1), max: Date.UTC(2025, 0, 1) });
    fc.assert(
      fc.property(
        fc.array(moment, { minLength: 1, maxLength: 5 }),
        moment,
        fc.constantFrom(always, count),
        fc.boolean(),
        (moments, change, before, looked) => {
          const inputs = moments.toSorted((a, b) => a - b).map((at) => order(at));
          // An order may have been counted before there was any anniversary, or only for a milestone of another kind.
          let { state } = lived(
            inputs.filter(({ at }) => at < change),
            change,
            before,
          );
          if (looked) state = afterProfile(state, { zone: 'Etc/UTC', traits: {} }, renamed);
          const told: Reached[] = [];
          const wake = (time: number): void => {
            for (let at = wakeAt(state, renamed); at !== undefined && at < time; at = wakeAt(state, renamed)) {
              const step = afterWake(state, at, renamed, Math.max(at, change));
              expect(step.state).not.toBe(state);
              ({ state } = step);
              told.push(...step.reached);
            }
          };
          for (const input of inputs.filter(({ at }) => at >= change)) {
            wake(input.at);
            ({ state } = afterEvent(state, input, renamed));
          }
          const end = Date.UTC(2028, 0, 2);
          wake(end);
          const expected = lived(inputs, end, always).reached.filter(
            ({ occurredAt }) => occurredAt >= (before === always ? change : change - 300_000),
          );
          expect(years(told)).toEqual(years(expected));
        },
      ),
    );
  });

  test('one that is renamed right after its day was celebrated does not celebrate that day again', () => {
    const year = (id: string): Rules => playbookOf(`  - { id: ${id}, kind: anniversary, of: { event: Order Completed } }`);
    const { state, reached } = lived([order(start)], Date.UTC(2025, 4, 10, 0, 1), year('year'));
    expect(years(reached)).toEqual(['1: 2024-05-10', '2: 2025-05-10']);
    const named = wakeAt(state, year('renamed')) ?? NaN;
    const step = afterWake(state, named, year('renamed'), Date.UTC(2025, 4, 10, 0, 2));
    expect(step.reached).toEqual([]);
    expect(wakeAt(step.state, year('renamed'))).toBe(Date.UTC(2026, 4, 10));
  });

  test('states of version 1 know the year of what was celebrated last', () => {
    const { state } = lived([order(start)], Date.UTC(2025, 0, 1));
    expect(state.years).toEqual({ year: 2024 });
    const { years: _years, ...old } = state;
    expect(withYears(old)).toEqual(state);
    const fresh = lived([order(start)], start + day).state;
    expect(withYears(fresh)).toBe(fresh);
  });

  test('an event whose date was not believed founds none, counts, and is told (M15)', () => {
    const undated = { ...order(start), dated: false };
    const { reached, ignored, state } = lived([undated], Date.UTC(2099, 5, 1));
    expect([ids(reached), ignored.dates]).toEqual([['orders-1/1'], 1]);
    expect(state.tracks['Order Completed']).toEqual({ count: 1 });
    expect(years(lived([undated, order(start + day)], Date.UTC(2024, 5, 1)).reached)).toEqual(['1: 2024-05-11']);
  });

  test('early and repeated wakes change nothing; calendars are asked once per occurrence', () => {
    const { state } = lived([order(start)], start + 1);
    const at = wakeAt(state, shop) ?? 0;
    expect(afterWake(state, at - 1, shop).state).toBe(state);
    const after = afterWake(state, at, shop).state;
    expect(afterWake(after, at, shop).state).toBe(after);
    const asked: number[] = [];
    const counting: Rules = {
      ...shop,
      byTime: shop.byTime.map((d) => ({
        ...d,
        meaning: { ...d.meaning, due: (...a) => (asked.push(a[1]), d.meaning.due(...a)) },
      })),
    };
    const plain = JSON.parse(JSON.stringify(after)) as MilestonesState;
    for (let i = 0; i < 10; i += 1) wakeAt(afterEvent(plain, order(start + i * day), counting).state, counting);
    expect(asked).toEqual([]);
  });

  test('what concerns no rule leaves the state untouched', () => {
    const { state } = lived([{ zone: 'Europe/Madrid', at: start }, order(start)], start + 1);
    expect(afterProfile(state, { zone: 'Europe/Madrid', traits: { a: 1 } }, shop)).toBe(state);
    expect(afterEvent(state, { ...order(start), event: 'Page Viewed' }, shop).state).toBe(state);
    expect(afterProfile(nobody, { traits: { a: 1 } }, shop)).toBe(nobody);
  });
});
