import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePlaybook } from '#playbook';
import { afterEvent, afterScore, afterWake, nextByTime, type Happening, type Move, type Step } from './moves.ts';
import { rulesOf, type Rules } from './rules.ts';
import { begin, named, rememberTraits, type StageState } from './state.ts';

const day = 86_400_000;
const start = Date.UTC(2024, 0, 1, 12);

const playbookOf = (transitions: string, names = 'visitor, active, lapsed, churned, champion, blocked'): Rules =>
  rulesOf(
    parsePlaybook(`
name: test
defaults: { zone: UTC, locale: en }
sending: { window: { from: "09:00", to: "20:00" } }
scoring: { half_life: 7d, bands: [{ id: cold, from: 0 }, { id: hot, from: 50 }] }
stages:
  initial: visitor
  names: [${names}]
  transitions:
${transitions}`),
  );

const shop = playbookOf(`
    - { id: first-order, from: [visitor], to: active, on: { event: Order Completed } }
    - { id: return, from: [lapsed, churned], to: active, on: { event: Order Completed } }
    - { id: champion, from: [active], to: champion, band: hot }
    - { id: lapse, from: [active, champion], to: lapsed, after: { quiet: 90d, since: { event: Order Completed } } }
    - { id: churn, from: [lapsed], to: churned, after: { quiet: 365d, since: { event: Order Completed } } }
    - { id: block, to: blocked, on: { event: Account Blocked } }`);

type Arriving = Happening & { readonly at: number };

const happening = (event: string, moment: number, at = moment, properties = {}): Arriving => ({
  id: `${event}@${String(moment)}`,
  event,
  properties,
  moment,
  at,
});
const order = (moment: number, at = moment): Arriving => happening('Order Completed', moment, at);

test.each(Object.getOwnPropertyNames(Object.prototype))(
  'silence is measured of an event named as every object has it: %s',
  (event) => {
    const rules = playbookOf(`
    - { id: come, from: [visitor], to: active, on: { event: ${event} } }
    - { id: lapse, from: [active], to: lapsed, after: { quiet: 90d, since: { event: ${event} } } }`);
    const { state } = afterEvent(begin(rules), happening(event, start), rules);
    const kept = JSON.parse(JSON.stringify(state)) as StageState;
    expect(nextByTime(kept, rules)?.at).toBe(start + 90 * day);
    expect(afterWake(kept, start + 90 * day, rules).state.stage).toBe('lapsed');
  },
);

/** Events in order, each person's due wakes strictly before the next one: what the runtime does. */
function lived(history: readonly Arriving[], until: number, rules = shop): { moves: Move[]; state: StageState } {
  const moves: Move[] = [];
  let state = begin(rules);
  const take = (step: Step): void => {
    state = step.state;
    if (step.move !== undefined) moves.push(step.move);
  };
  const wake = (time: number): void => {
    for (let due = nextByTime(state, rules); due !== undefined && due.at < time; due = nextByTime(state, rules)) {
      take(afterWake(state, due.at, rules));
      const next = nextByTime(state, rules);
      if (next !== undefined && next.at <= due.at) throw new Error('a wake must name a later one');
    }
  };
  for (const event of history) {
    wake(event.at);
    take(afterEvent(state, event, rules));
  }
  wake(until);
  return { moves, state };
}
const told = (moves: readonly Move[]): string[] =>
  moves.map(({ rule, from, to, occurredAt }) => `${rule} ${from}→${to} +${String((occurredAt - start) / day)}d`);

describe('stages by time', () => {
  test('lapsed after 90 days, churned after 365 days of the same silence, and back', () => {
    const { moves } = lived([order(start), order(start + 400 * day)], start + 500 * day);
    expect(told(moves)).toEqual([
      'first-order visitor→active +0d',
      'lapse active→lapsed +90d',
      'churn lapsed→churned +365d',
      'return churned→active +400d',
      'lapse active→lapsed +490d',
    ]);
    expect(moves[2]?.evidence).toEqual({ event_id: order(start).id, since: start, quiet_ms: 365 * day });
  });

  test.each([
    [-1, ['first-order visitor→active +0d']],
    [0, ['first-order visitor→active +0d']],
    [1, ['first-order visitor→active +0d', 'lapse active→lapsed +90d', `return lapsed→active +${String((90 * day + 1) / day)}d`]],
  ])('an order %d ms after the instant of the lapse', (ms, expected) => {
    expect(told(lived([order(start), order(start + 90 * day + ms)], start + 100 * day).moves)).toEqual(expected);
  });

  test('early and repeated wakes change nothing, not even the reference', () => {
    const { state } = lived([order(start)], start + 1);
    expect(afterWake(state, start + 90 * day - 1, shop).state).toBe(state);
    const { state: lapsed } = afterWake(state, start + 90 * day, shop);
    expect(afterWake(lapsed, start + 90 * day, shop).state).toBe(lapsed);
  });

  test('two transitions of one instant: the declared one first, the other not under the same name', () => {
    const rules = playbookOf(`
    - { id: begin, from: [visitor], to: active, on: { event: A } }
    - { id: one, from: [active, champion], to: lapsed, after: { quiet: 1d, since: { event: A } } }
    - { id: two, from: [active, lapsed], to: champion, after: { quiet: 1d, since: { event: A } } }`);
    const { moves } = lived([happening('A', start)], start + 9 * day, rules);
    expect(moves.map(({ rule, occurredAt }) => [rule, occurredAt - start - day])).toEqual([
      ['begin', -day],
      ['one', 0],
      ['two', 1],
    ]);
  });

  test('coming back by something else than what is missed begins the silence anew: it lapses after as long again', () => {
    const rules = playbookOf(`
    - { id: buy, from: [visitor], to: active, on: { event: Order Completed } }
    - { id: look, from: [lapsed], to: active, on: { event: Page Viewed } }
    - { id: lapse, from: [active], to: lapsed, after: { quiet: 90d, since: { event: Order Completed } } }`);
    const views = [100, 101, 102].map((n) => happening('Page Viewed', start + n * day));
    expect(told(lived([order(start), ...views], start + 900 * day, rules).moves)).toEqual([
      'buy visitor→active +0d',
      'lapse active→lapsed +90d',
      'look lapsed→active +100d',
      'lapse active→lapsed +190d',
    ]);
  });

  test('a stage entered in the middle of a long silence is left by time so long after it was entered', () => {
    const rules = playbookOf(`
    - { id: like, to: champion, on: { event: Liked } }
    - { id: lapse, from: [champion], to: lapsed, after: { quiet: 90d, since: { event: Order Completed } } }`);
    const { moves } = lived([order(start), happening('Liked', start + 120 * day)], start + 211 * day, rules);
    expect(told(moves)).toEqual(['like visitor→champion +120d', 'lapse champion→lapsed +210d']);
  });
});

describe('under a changed playbook', () => {
  const quiet = (where: string): Rules =>
    playbookOf(`
    - { id: buy, from: [visitor], to: active, on: { event: Order Completed } }
    - { id: lapse, from: [active], to: lapsed, after: { quiet: 90d, since: { event: Order Completed, where: '${where}' } } }`);
  const spellings = ['properties.revenue>0', 'properties.revenue > 0', '( properties.revenue  >  0 )'].map(quiet);
  const bought = happening('Order Completed', start, start, { revenue: 5 });

  test('another spelling of a condition keeps the silence and its timer', () => {
    const states = spellings.map((rules) => afterEvent(begin(rules), bought, rules).state);
    for (const state of states) for (const rules of spellings) expect(nextByTime(state, rules)?.at).toBe(start + 90 * day);
  });

  test('a silence that version 1 kept by the spelling of its condition is found by its parsed form', () => {
    const [rules] = spellings as [Rules];
    const { state } = afterEvent(begin(rules), bought, rules);
    const [silence] = Object.values(state.silences);
    const old = {
      ...state,
      silences: { 'Order Completed where properties.revenue>0': silence, 'Left where': silence },
    } as StageState;
    expect(nextByTime(old, rules)).toBeUndefined();
    expect(nextByTime(named(old), rules)?.at).toBe(start + 90 * day);
  });

  test('a stage that is gone is left by an event or by a silence, whatever they leave', () => {
    const champion = { ...afterEvent(begin(shop), order(start), shop).state, stage: 'champion' };
    const after = playbookOf(
      `
    - { id: buy, from: [visitor], to: active, on: { event: Order Completed } }
    - { id: lapse, from: [active], to: lapsed, after: { quiet: 90d, since: { event: Order Completed } } }`,
      'visitor, active, lapsed',
    );
    expect(afterEvent(champion, order(start + day), after).move).toMatchObject({ from: 'champion', to: 'active' });
    expect(afterWake(champion, start + 90 * day, after).move).toMatchObject({ from: 'champion', to: 'lapsed' });
  });
});

describe('late news', () => {
  test('an older event neither turns the clock back nor brings anyone back', () => {
    const history = [order(start), order(start - 300 * day, start + 95 * day)];
    const { moves, state } = lived(history, start + 96 * day);
    expect(told(moves)).toEqual(['first-order visitor→active +0d', 'lapse active→lapsed +90d']);
    expect(state.silences['Order Completed']?.since).toBe(start);
  });

  test('an event of the silence that comes after the lapse takes it back, and the clock counts from it', () => {
    const { moves } = lived([order(start), order(start + 80 * day, start + 95 * day)], start + 171 * day);
    expect(told(moves)).toEqual([
      'first-order visitor→active +0d',
      'lapse active→lapsed +90d',
      'return lapsed→active +80d',
      'lapse active→lapsed +170d',
    ]);
  });

  test('backfill: what an old order causes carries its old instant', () => {
    const { moves } = lived([order(start, start + 1000 * day)], start + 1001 * day);
    expect(told(moves)).toEqual(['first-order visitor→active +0d', 'lapse active→lapsed +90d', 'churn lapsed→churned +365d']);
  });

  test('a second between two senders is not late', () => {
    const rules = playbookOf(`
    - { id: one, from: [visitor], to: active, on: { event: A } }
    - { id: two, from: [active], to: champion, on: { event: B } }`);
    expect(lived([happening('A', start), happening('B', start - 1000, start + 1000)], start + day, rules).state.stage).toBe(
      'champion',
    );
  });
});

describe('any to any', () => {
  test('entering a band moves, staying in it or leaving another stage does not', () => {
    const { state } = lived([order(start)], start + 1);
    const enter = { band: 'hot', previous_band: 'cold', moment: start + day };
    expect(afterScore(state, enter, shop).move).toMatchObject({
      rule: 'champion',
      from: 'active',
      to: 'champion',
      occurredAt: start + day,
    });
    expect(afterScore(state, { ...enter, previous_band: 'hot' }, shop).state).toBe(state);
    expect(afterScore(begin(shop), enter, shop).move).toBeUndefined();
  });

  test('a band that decay named before the last order, and that is told after it, moves nobody', () => {
    const { state } = lived([order(start)], start + 1);
    const late = { band: 'hot', previous_band: 'cold', moment: start - day };
    expect(afterScore(state, late, shop).state).toBe(state);
  });

  test('a transition without `from` leaves every other stage and never its own', () => {
    const blocked = lived(
      [order(start), happening('Account Blocked', start + day), happening('Account Blocked', start + 2 * day)],
      start + 900 * day,
    );
    expect(told(blocked.moves)).toEqual(['first-order visitor→active +0d', 'block active→blocked +1d']);
  });

  test('conditions see properties and the remembered traits only', () => {
    const rules = playbookOf(`
    - { id: vip, to: champion, on: { event: Order Completed, where: 'traits.plan == "vip" && properties.revenue > 10.0' } }`);
    const state = rememberTraits(begin(rules), { plan: 'vip', secret: 'x' }, rules);
    expect(state.traits).toEqual({ plan: 'vip' });
    expect(rememberTraits(state, { plan: 'vip', secret: 'y' }, rules)).toBe(state);
    const cheap = { ...order(start), properties: { revenue: 9.5 } };
    expect(afterEvent(state, cheap, rules).state).toBe(state);
    expect(afterEvent(state, { ...cheap, properties: { revenue: 10.5 } }, rules).move?.rule).toBe('vip');
    expect(afterEvent(begin(rules), { ...cheap, properties: { revenue: 10.5 } }, rules).move).toBeUndefined();
  });

  test('an event that concerns no rule leaves the state untouched', () => {
    const { state } = lived([order(start)], start + 1);
    expect(afterEvent(state, happening('Page Viewed', start + day), shop).state).toBe(state);
  });
});

test('property: for orders in time, lapses and churns are the gaps that are longer', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 12 }), fc.integer({ min: 1, max: 400 }), (gaps, rest) => {
      const days = gaps.reduce<number[]>((all, gap) => [...all, (all.at(-1) ?? 0) + gap], [0]);
      const { moves } = lived(
        days.map((n) => order(start + n * day)),
        start + ((days.at(-1) ?? 0) + rest) * day,
      );
      const silent = [...gaps, rest];
      const count = (rule: string): number => moves.filter((move) => move.rule === rule).length;
      expect(count('lapse')).toBe(silent.filter((gap) => gap > 90).length);
      expect(count('churn')).toBe(silent.filter((gap) => gap > 365).length);
      expect(count('return')).toBe(gaps.filter((gap) => gap > 90).length);
      moves.forEach((move, i) => {
        expect(move.from).toBe(i === 0 ? 'visitor' : moves[i - 1]?.to);
        if (i > 0) expect(move.occurredAt).toBeGreaterThanOrEqual(moves[i - 1]?.occurredAt ?? Infinity);
      });
    }),
  );
});
