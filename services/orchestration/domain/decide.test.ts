import { describe, expect, test } from '@jest/globals';
import { drive } from '../testing/drive.ts';
import { event, milestone, ms, outcome, plays, profile, rulesWith, score, stage, wake } from '../testing/given.ts';
import { decide, wakeAt } from './decide.ts';
import type { Input } from './input.ts';
import { openLimit, seenLimit, type Person } from './person.ts';

const rules = rulesWith();
/** Monday, summer time in Madrid (UTC+2). */
const signup = profile('2026-06-01T08:00:00.000Z');

/** What was decided, one line each: play decision reason @ UTC instant (→ next try) (< last reason). */
const story = (inputs: readonly Input[], until: string, options?: { late: number }, by = rules): string[] =>
  drive(inputs, by, ms(until), options).decisions.map((d) => {
    const short = (instant: string): string => instant.slice(5, 16);
    const next = d.next_try === undefined ? '' : ` → ${short(d.next_try)}`;
    const last = d.last_reason === undefined ? '' : ` < ${d.last_reason}`;
    return `${d.candidate.play} ${d.decision} ${d.reason} @ ${short(new Date(d.at).toISOString())}${next}${last}`;
  });

describe('one candidate', () => {
  // A table: a row a line.
  // prettier-ignore
  test.each<[string, readonly Input[], readonly string[]]>([
    ['inside the window', [milestone('2026-06-02T10:00:00.000Z', 'orders-1')], ['regular sent due @ 06-02T10:00']],
    ['at the very opening', [milestone('2026-06-02T07:00:00.000Z', 'orders-1')], ['regular sent due @ 06-02T07:00']],
    ['a moment before the closing', [milestone('2026-06-02T17:59:59.999Z', 'orders-1')], ['regular sent due @ 06-02T17:59']],
    ['before the opening', [milestone('2026-06-02T06:59:59.999Z', 'orders-1')], ['regular deferred window @ 06-02T06:59 → 06-02T07:00', 'regular sent due @ 06-02T07:00']],
    ['at the closing', [milestone('2026-06-02T18:00:00.000Z', 'orders-1')], ['regular deferred window @ 06-02T18:00 → 06-03T07:00', 'regular sent due @ 06-03T07:00']],
    ['transactional, at night', [event('2026-06-02T01:00:00.000Z', 'Reset Requested')], ['reset sent due @ 06-02T01:00']],
    ['transactional, too late already', [event('2026-06-02T01:00:00.000Z', 'Reset Requested', {}, '2026-06-02T00:00:00.000Z')], ['reset dropped expired @ 06-02T01:00']],
    ['a backfilled milestone', [milestone('2026-06-02T10:00:00.000Z', 'orders-1', { occurred_at: '2025-06-02T10:00:00.000Z' })], ['regular dropped expired @ 06-02T10:00']],
    ['a band entered', [score('2026-06-02T10:00:00.000Z', 'cold', 'hot')], ['hot sent due @ 06-02T10:00']],
    ['a score within its band', [score('2026-06-02T10:00:00.000Z', 'hot', 'hot')], []],
    ['a stage entered', [stage('2026-06-02T10:00:00.000Z', 'active', 'lapsed')], ['win-back sent due @ 06-02T10:00']],
    ['an event whose condition fails', [event('2026-06-02T10:00:00.000Z', 'Cart Left', { value: 60 })], []],
    ['an event whose condition holds by traits', [profile('2026-06-02T09:00:00.000Z', { traits: { vip: true } }), event('2026-06-02T10:00:00.000Z', 'Cart Left', { value: 60 })], ['cart sent due @ 06-02T10:00']],
    ['a milestone without a play, a stage nobody waits for, an unknown event', [milestone('2026-06-02T10:00:00.000Z', 'other'), stage('2026-06-02T10:00:00.000Z', 'lapsed', 'active'), event('2026-06-02T10:00:00.000Z', 'Other')], []],
  ])('%s', (_, inputs, expected) => {
    expect(story([signup, ...inputs], '2026-07-30T00:00:00.000Z')).toEqual(expected);
  });
});

describe('what nobody can compute with', () => {
  const until = '2026-06-10T00:00:00.000Z';

  test.each(['IST', 'PST', '__proto__', 'Not/AZone'])('a zone called %s is no zone: the default one is taken', (zone) => {
    const inputs = [profile('2026-06-01T08:00:00.000Z', { zone }), milestone('2026-06-02T10:00:00.000Z', 'orders-1')];
    const { decisions } = drive(inputs, rules, ms(until));
    expect(decisions.map(({ decision, numbers }) => [decision, numbers.zone])).toEqual([['sent', rules.defaultZone]]);
  });

  test('a band that is reported three days late is no news', () => {
    const late = score('2026-06-05T10:00:00.000Z', 'cold', 'hot');
    const told = { ...late, data: { ...(late as { data: object }).data, occurred_at: '2026-06-02T10:00:00.000Z' } } as Input;
    expect(story([signup, told], until)).toEqual(['hot dropped expired @ 06-05T10:00']);
  });
});

describe('rivals and caps', () => {
  test('three at one instant: one is sent, two are deferred by the daily rule, each is heard in the end', () => {
    const at = '2026-06-02T10:00:00.000Z';
    expect(
      story(
        [signup, stage(at, 'active', 'lapsed'), milestone(at, 'orders-1'), milestone(at, 'spend-1')],
        '2026-06-09T00:00:00.000Z',
      ),
    ).toEqual([
      'spender sent due @ 06-02T10:00',
      'regular deferred daily @ 06-02T10:00 → 06-03T07:00',
      'win-back deferred daily @ 06-02T10:00 → 06-03T07:00',
      'regular sent due @ 06-03T07:00',
      'win-back deferred daily @ 06-03T07:00 → 06-04T07:00',
      'win-back sent due @ 06-04T07:00',
    ]);
  });
  test('the third about behaviour in a month waits for the 1st or expires; others do not', () => {
    const day = (n: number): string => `2026-06-${String(n)}T10:00:00.000Z`;
    const three = [milestone(day(10), 'orders-1'), milestone(day(11), 'orders-2')];
    expect(
      story(
        [signup, ...three, milestone(day(12), 'orders-3'), milestone(day(13), 'anniversary')],
        '2026-07-09T00:00:00.000Z',
      ).slice(2),
    ).toEqual([
      'regular deferred milestone_monthly_cap @ 06-12T10:00 → 07-01T07:00',
      'anniversary sent due @ 06-13T10:00',
      'regular dropped expired @ 06-19T10:00 < milestone_monthly_cap',
    ]);
    expect(story([signup, ...three, milestone(day(28), 'orders-3')], '2026-07-09T00:00:00.000Z').slice(2)).toEqual([
      'regular deferred milestone_monthly_cap @ 06-28T10:00 → 07-01T07:00',
      'regular sent due @ 07-01T07:00',
    ]);
  });
  test('transactional mail takes no place under a cap and is held by none', () => {
    const inputs = [
      signup,
      milestone('2026-06-02T09:00:00.000Z', 'orders-1'),
      event('2026-06-02T10:00:00.000Z', 'Reset Requested'),
      event('2026-06-02T11:00:00.000Z', 'Reset Requested'),
      event('2026-06-03T08:00:00.000Z', 'Reset Requested'),
      milestone('2026-06-03T09:00:00.000Z', 'spend-1'),
    ];
    expect(drive(inputs, rules, ms('2026-06-04T00:00:00.000Z')).decisions.map(({ decision }) => decision)).toEqual(
      Array(5).fill('sent'),
    );
  });
  test('a larger daily cap is kept too', () => {
    const at = '2026-06-02T10:00:00.000Z';
    const two = rulesWith({ sending: { daily_cap: 2 } });
    expect(
      drive(
        [signup, stage(at, 'active', 'lapsed'), milestone(at, 'orders-1'), milestone(at, 'spend-1')],
        two,
        ms('2026-06-03T00:00:00.000Z'),
      ).decisions.map(({ decision }) => decision),
    ).toEqual(['sent', 'sent', 'deferred']);
  });
  test('what comes before the opening is sent at nine; who is always beaten waits for their day', () => {
    const inputs = [
      signup,
      ...[2, 3, 4].map((n) => milestone(`2026-06-0${String(n)}T06:00:00.000Z`, 'anniversary', { occurrence: String(n) })),
      stage('2026-06-02T06:00:00.000Z', 'active', 'lapsed'),
    ];
    expect(
      story(
        inputs.toSorted((a, b) => a.at - b.at),
        '2026-06-06T00:00:00.000Z',
      ).filter((line) => line.includes('sent')),
    ).toEqual([
      'anniversary sent due @ 06-02T07:00',
      'anniversary sent due @ 06-03T07:00',
      'anniversary sent due @ 06-04T07:00',
      'win-back sent due @ 06-05T07:00',
    ]);
  });
});

describe('what withdraws a deferred candidate', () => {
  const late = '2026-06-02T19:00:00.000Z';
  const soon = '2026-06-02T20:00:00.000Z';
  const withdrawn = (category: string) => ({ [category]: { granted: false, changed_at: soon } });
  // A table: a row a line.
  // prettier-ignore
  test.each<[string, Input, Input, string]>([
    ['the stage is left', stage(late, 'active', 'lapsed'), stage(soon, 'lapsed', 'active'), 'win-back dropped exit @ 06-02T20:00 < window'],
    ['a profile withdraws the category', milestone(late, 'orders-1'), profile(soon, { consents: withdrawn('milestone') }), 'regular dropped opt_out @ 06-02T20:00 < window'],
    ['an unsubscribe', milestone(late, 'orders-1'), outcome(soon, 'unsubscribed', withdrawn('milestone')), 'regular dropped opt_out @ 06-02T20:00 < window'],
    ['an unsubscribe from all', stage(late, 'active', 'lapsed'), outcome(soon, 'unsubscribed', withdrawn('all')), 'win-back dropped opt_out @ 06-02T20:00 < window'],
  ])('%s', (_, started, ended, expected) => {
    expect(story([signup, started, ended], '2026-06-30T00:00:00.000Z').slice(1)).toEqual([expected]);
  });
  test('an exit event with its condition', () => {
    const vip = profile('2026-06-01T08:00:00.000Z', { traits: { vip: true } });
    const left = event(late, 'Cart Left', { value: 60 });
    expect(story([vip, left, event(soon, 'Order Completed', { revenue: 5 })], '2026-06-30T00:00:00.000Z').at(-1)).toBe(
      'cart dropped exit @ 06-02T20:00 < window',
    );
    expect(story([vip, left, event(soon, 'Order Completed', { revenue: 0 })], '2026-06-30T00:00:00.000Z').at(-1)).toBe(
      'cart sent due @ 06-03T07:00',
    );
  });
  test('an exit of the very instant comes before the decision', () => {
    const at = '2026-06-02T10:00:00.000Z';
    expect(story([signup, stage(at, 'active', 'lapsed'), stage(at, 'lapsed', 'active')], '2026-06-30T00:00:00.000Z')).toEqual([
      'win-back dropped exit @ 06-02T10:00',
    ]);
  });
  test('another category goes on; transactional mail goes on in spite of `all`', () => {
    expect(
      story(
        [signup, outcome(soon, 'unsubscribed', withdrawn('milestone')), stage('2026-06-03T10:00:00.000Z', 'active', 'lapsed')],
        '2026-06-04T00:00:00.000Z',
      ),
    ).toEqual(['win-back sent due @ 06-03T10:00']);
    expect(
      story(
        [signup, outcome(soon, 'unsubscribed', withdrawn('all')), event('2026-06-03T10:00:00.000Z', 'Reset Requested')],
        '2026-06-04T00:00:00.000Z',
      ),
    ).toEqual(['reset sent due @ 06-03T10:00']);
  });
  test('an unsubscribe is newer than a stale profile that comes after it; a later consent counts again', () => {
    const stale = profile('2026-06-02T21:00:00.000Z', {
      consents: { milestone: { granted: true, changed_at: '2026-06-01T00:00:00.000Z' } },
    });
    const again = profile('2026-06-04T21:00:00.000Z', {
      consents: { milestone: { granted: true, changed_at: '2026-06-04T21:00:00.000Z' } },
    });
    const inputs = [
      signup,
      outcome(soon, 'unsubscribed', withdrawn('milestone')),
      stale,
      milestone('2026-06-03T10:00:00.000Z', 'orders-1'),
      again,
      milestone('2026-06-05T10:00:00.000Z', 'orders-2'),
    ];
    expect(story(inputs, '2026-06-06T00:00:00.000Z')).toEqual([
      'regular dropped opt_out @ 06-03T10:00',
      'regular sent due @ 06-05T10:00',
    ]);
  });
  test('an unsubscribe that was overtaken by a newer consent withdraws nothing', () => {
    const consented = profile(late, { consents: { milestone: { granted: true, changed_at: '2026-06-02T21:00:00.000Z' } } });
    expect(
      story(
        [consented, milestone(late, 'orders-1'), outcome(soon, 'unsubscribed', withdrawn('milestone'))],
        '2026-06-30T00:00:00.000Z',
      ).at(-1),
    ).toBe('regular sent due @ 06-03T07:00');
  });
  // A table: a row a line.
  // prettier-ignore
  test.each(['accepted', 'sent', 'in_doubt', 'bounced', 'failed', 'opened', 'clicked', 'complained', 'word of tomorrow'])('outcome %s changes nothing', (name) => {
    const { person } = drive([signup, milestone(late, 'orders-1')], rules, ms(soon));
    const answer = decide(person, outcome(soon, name, withdrawn('all')), rules);
    expect(answer).toEqual({ state: person, decisions: [], tally: {} });
    expect(answer.state).toBe(person);
  });
});

describe('address and zone', () => {
  const unknown = profile('2026-06-01T08:00:00.000Z', { email: '' });
  test('without an address a candidate waits as long as it may', () => {
    expect(story([unknown, milestone('2026-06-02T10:00:00.000Z', 'orders-1')], '2026-07-01T00:00:00.000Z')).toEqual([
      'regular deferred no_address @ 06-02T10:00 → 06-09T10:00',
      'regular dropped expired @ 06-09T10:00 < no_address',
    ]);
  });
  test('an address that comes in time: transactional at once, others by the rules', () => {
    const inputs = [
      milestone('2026-06-02T10:00:00.000Z', 'orders-1'),
      stage('2026-06-02T10:00:00.000Z', 'active', 'lapsed'),
      event('2026-06-02T21:30:00.000Z', 'Reset Requested'),
      profile('2026-06-02T22:00:00.000Z'),
    ];
    expect(story(inputs, '2026-06-30T00:00:00.000Z').slice(3)).toEqual([
      'reset sent due @ 06-02T22:00',
      'regular deferred window @ 06-02T22:00 → 06-03T07:00',
      'win-back deferred window @ 06-02T22:00 → 06-03T07:00',
      'regular sent due @ 06-03T07:00',
      'win-back deferred daily @ 06-03T07:00 → 06-04T07:00',
      'win-back sent due @ 06-04T07:00',
    ]);
  });
  test('who has no zone lives in the default one', () => {
    expect(
      story(
        [profile('2026-06-01T08:00:00.000Z', { zone: '' }), milestone('2026-06-02T19:00:00.000Z', 'orders-1')],
        '2026-06-30T00:00:00.000Z',
      ).at(-1),
    ).toBe('regular sent due @ 06-03T07:00');
  });
  test('who moves while a mail waits is judged anew in the new zone', () => {
    const inputs = [signup, milestone('2026-06-02T19:00:00.000Z', 'orders-1')];
    expect(
      story([...inputs, profile('2026-06-02T20:00:00.000Z', { zone: 'America/Los_Angeles' })], '2026-06-30T00:00:00.000Z').slice(
        1,
      ),
    ).toEqual(['regular sent due @ 06-02T20:00']);
    expect(
      story([...inputs, profile('2026-06-03T03:00:00.000Z', { zone: 'America/Los_Angeles' })], '2026-06-30T00:00:00.000Z').slice(
        1,
      ),
    ).toEqual(['regular deferred window @ 06-03T03:00 → 06-03T16:00', 'regular sent due @ 06-03T16:00']);
  });
  test('a replayed person stays one', () => {
    const inputs = [
      profile('2026-06-01T08:00:00.000Z', { replayed: true }),
      signup,
      milestone('2026-06-02T10:00:00.000Z', 'orders-1'),
    ];
    expect(drive(inputs, rules, ms('2026-06-03T00:00:00.000Z')).decisions[0]?.replayed).toBe(true);
    expect(drive(inputs.slice(1), rules, ms('2026-06-03T00:00:00.000Z')).decisions[0]?.replayed).toBe(false);
  });
  test('moving never brings two mails on one local date, by the zone of then or of now', () => {
    // 09:30 of the 3rd in Auckland is still the 2nd in Los Angeles; both dates are taken there.
    const inputs = [
      profile('2026-06-01T08:00:00.000Z', { zone: 'Pacific/Auckland' }),
      milestone('2026-06-02T21:30:00.000Z', 'orders-1'),
      profile('2026-06-02T22:00:00.000Z', { zone: 'America/Los_Angeles' }),
      stage('2026-06-02T22:30:00.000Z', 'active', 'lapsed'),
    ];
    expect(story(inputs, '2026-06-30T00:00:00.000Z')).toEqual([
      'regular sent due @ 06-02T21:30',
      'win-back deferred daily @ 06-02T22:30 → 06-03T16:00',
      'win-back deferred daily @ 06-03T16:00 → 06-04T16:00',
      'win-back sent due @ 06-04T16:00',
    ]);
  });
});

describe('wakes', () => {
  const evening = drive(
    [signup, milestone('2026-06-02T19:00:00.000Z', 'orders-1')],
    rules,
    ms('2026-06-02T21:00:00.000Z'),
  ).person!;
  test('an early one changes nothing, not the reference', () => {
    expect(wakeAt(evening, rules)).toBe(ms('2026-06-03T07:00:00.000Z'));
    const answer = decide(evening, wake('2026-06-03T06:59:59.999Z'), rules);
    expect(answer.state).toBe(evening);
    expect(answer.decisions).toEqual([]);
  });
  test('a late one looks at its own moment: still in the window, or in the next one', () => {
    const inputs = [signup, milestone('2026-06-02T19:00:00.000Z', 'orders-1')];
    expect(story(inputs, '2026-06-30T00:00:00.000Z', { late: 3_600_000 })).toEqual([
      'regular deferred window @ 06-02T20:00 → 06-03T07:00',
      'regular sent due @ 06-03T08:00',
    ]);
    expect(decide(evening, wake('2026-06-03T18:30:00.000Z'), rules).decisions[0]).toMatchObject({
      decision: 'deferred',
      reason: 'window',
      next_try: '2026-06-04T07:00:00.000Z',
    });
  });
  test('one that is so late that the time is over drops, however open the window', () => {
    expect(decide(evening, wake('2026-06-09T19:00:00.000Z'), rules).decisions[0]).toMatchObject({
      decision: 'dropped',
      reason: 'expired',
      last_reason: 'window',
    });
    expect(decide(evening, wake('2026-06-09T17:59:00.000Z'), rules).decisions[0]).toMatchObject({ decision: 'sent' });
  });
  test('nobody has none', () => {
    expect(decide(undefined, wake('2026-06-03T07:00:00.000Z'), rules)).toEqual({ state: undefined, decisions: [], tally: {} });
    expect(wakeAt({ open: [] }, rules)).toBeUndefined();
  });
});

describe('the entry of a play', () => {
  const left = (day: number, minute = 0): Input =>
    event(`2026-06-${String(day).padStart(2, '0')}T10:0${String(minute)}:00.000Z`, 'Cart Left', { value: 60 });
  const bought = (day: number): Input =>
    event(`2026-06-${String(day).padStart(2, '0')}T10:30:00.000Z`, 'Order Completed', { revenue: 5 });
  const vip = profile('2026-06-01T08:00:00.000Z', { traits: { vip: true } });
  const told = (inputs: readonly Input[], entry?: unknown): string[] => {
    const changed = plays.map((p) => ((p as { id: string }).id === 'cart' && entry !== undefined ? { ...p, entry } : p));
    return story([vip, ...inputs], '2026-07-30T00:00:00.000Z', undefined, rulesWith({ plays: changed }));
  };

  test('three carts left within three minutes are one mail, each with its decision', () => {
    expect(told([left(2), left(2, 1), left(2, 2)])).toEqual([
      'cart sent due @ 06-02T10:00',
      'cart dropped repeated @ 06-02T10:01',
      'cart dropped repeated @ 06-02T10:02',
    ]);
  });

  test('a person comes in again after `not_after`, or after what at_most_every says, to the millisecond', () => {
    const sentOn = (lines: readonly string[]): string[] =>
      lines.filter((line) => line.includes('sent')).map((line) => line.slice(-11));
    expect(sentOn(told([left(2), left(4), left(9)]))).toEqual(['06-02T10:00', '06-09T10:00']);
    expect(sentOn(told([left(2), left(11), left(12)], { at_most_every: '10d' }))).toEqual(['06-02T10:00', '06-12T10:00']);
    expect(sentOn(told([left(2), left(3), left(4)], 'always'))).toEqual(['06-02T10:00', '06-03T10:00', '06-04T10:00']);
    expect(sentOn(told([left(2), left(28)], 'once'))).toEqual(['06-02T10:00']);
    expect(sentOn(told([left(2), left(8), bought(9), left(10), left(11)], 'again_after_exit'))).toEqual([
      '06-02T10:00',
      '06-10T10:00',
    ]);
  });

  test('what is forgotten takes no room: only plays that still ask are remembered', () => {
    const { person } = drive([vip, left(2)], rules, ms('2026-06-03T00:00:00.000Z'));
    expect(Object.keys(person?.entered ?? {})).toEqual(['cart']);
    const without = rulesWith({
      plays: plays.map((p) => ((p as { id: string }).id === 'cart' ? { ...p, entry: 'once', id: 'trolley' } : p)),
    });
    const after = drive([left(4)], without, ms('2026-06-05T00:00:00.000Z'), { from: person });
    expect(Object.keys(after.person?.entered ?? {})).toEqual(['trolley']);
  });

  test('a legal mail goes out at each request', () => {
    const asked = [1, 2, 3].map((n) => event(`2026-06-02T10:0${String(n)}:00.000Z`, 'Reset Requested'));
    expect(told(asked)).toHaveLength(3);
  });
});

describe('a changed playbook', () => {
  const day = (n: number): string => `2026-06-${String(n)}T10:00:00.000Z`;
  const third = [milestone(day(10), 'orders-1'), milestone(day(11), 'orders-2'), milestone(day(12), 'orders-3')];
  const { person } = drive([signup, ...third], rules, ms(day(13)));
  const held = wakeAt(person!, rules);

  test('that raises a cap sends at once what waits for it', () => {
    expect(new Date(held!).toISOString()).toBe('2026-06-19T10:00:00.000Z');
    const raised = rulesWith({ sending: { behaviour_monthly_cap: 4 } });
    const named = wakeAt(person!, raised)!;
    expect(named).toBeLessThan(ms(day(13)));
    const { decisions, state } = decide(person, { kind: 'wake', named, at: ms(day(13)) }, raised);
    expect(decisions.map(({ decision, reason }) => `${decision} ${reason}`)).toEqual(['sent due']);
    expect(wakeAt(state!, raised)).toBeUndefined();
  });

  test('that judges as before wakes nobody', () => {
    const titled = rulesWith({ name: 'Another name' });
    expect(titled.version).not.toBe(rules.version);
    expect(wakeAt(person!, titled)).toBe(held);
  });

  test('that judges otherwise to no avail wakes a person once, and never at an instant that was named before', () => {
    const shut = rulesWith({ sending: { window: { from: '09:00', to: '19:00' } } });
    const named = wakeAt(person!, shut)!;
    const { state } = decide(person, { kind: 'wake', named, at: ms(day(13)) }, shut);
    expect(wakeAt(state!, shut)).toBe(held);
    expect(wakeAt(state!, rules)).toBeGreaterThan(named);
  });
});

describe('bounds', () => {
  const many = Array.from({ length: openLimit + 5 }, (_, n) =>
    milestone('2026-06-02T20:00:00.000Z', 'orders-1', { occurrence: String(n) }),
  );
  test('too many open candidates: the last in precedence is dropped, and all are accounted for', () => {
    const { person, decisions, tally } = drive(
      [signup, ...many, milestone('2026-06-02T20:00:00.000Z', 'spend-1'), stage('2026-06-02T20:00:00.000Z', 'active', 'lapsed')],
      rules,
      ms('2026-06-02T20:00:00.001Z'),
    );
    expect(person?.open).toHaveLength(openLimit);
    expect(person?.open.some(({ play }) => play === 'spender')).toBe(true);
    expect(decisions.filter(({ reason }) => reason === 'too_many').map(({ candidate }) => candidate.play)).toEqual([
      ...Array<string>(6).fill('regular'),
      'win-back',
    ]);
    expect(tally).toEqual({
      candidates: openLimit + 7,
      open: openLimit,
      'decision.dropped.too_many': 7,
      'decision.deferred': openLimit,
    });
  });
  test('the same trigger never makes a second candidate', () => {
    const once = milestone('2026-06-02T10:00:00.000Z', 'orders-1', { id: '9e4f4d2e-6f4c-5a0b-8d5c-0a8f3c0d1e2f' });
    const { decisions, tally, person } = drive(
      [signup, once, { ...once, at: ms('2026-06-03T10:00:00.000Z') }],
      rules,
      ms('2026-06-09T00:00:00.000Z'),
    );
    expect(decisions).toHaveLength(1);
    expect(tally['candidates']).toBe(1);
    expect(person?.seen).toHaveLength(1);
  });
  test('the state of a person with a long life stays small', () => {
    const life = Array.from({ length: 400 }, (_, n) =>
      milestone(
        new Date(ms('2024-01-01T10:00:00.000Z') + n * 86_400_000).toISOString(),
        n % 2 === 0 ? 'orders-1' : 'anniversary',
      ),
    );
    const { person } = drive([profile('2024-01-01T08:00:00.000Z'), ...life], rules, ms('2027-01-01T00:00:00.000Z'));
    expect(person?.seen).toHaveLength(seenLimit);
    expect(person?.sent?.length).toBeLessThan(8);
    expect(person?.open).toEqual([]);
  });
  test('properties of an event are bounded', () => {
    const { decisions } = drive(
      [
        signup,
        event('2026-06-02T10:00:00.000Z', 'Reset Requested', {
          reset_url: 'https://shop.example/r',
          blob: 'x'.repeat(100_000),
          code: 7,
        }),
      ],
      rules,
      ms('2026-06-03T00:00:00.000Z'),
    );
    expect(decisions[0]?.variables).toEqual({
      event: 'Reset Requested',
      occurred_at: '2026-06-02T10:00:00.000Z',
      properties: { reset_url: 'https://shop.example/r', code: 7 },
      properties_truncated: true,
    });
  });
});

describe('a play that names its sources', () => {
  const from = (source: string, at: string, name: string): Input => {
    const message = event(at, name);
    return { ...message, data: { ...(message as { data: object }).data, source } } as Input;
  };
  const sources = ['server', 'desk'];
  const [win] = plays.filter((play) => (play as { exit?: object }).exit !== undefined);
  const strict = rulesWith({
    plays: [
      ...plays.map((play) =>
        (play as { id: string }).id === 'reset' ? { ...play, on: { event: 'Reset Requested', source: sources } } : play,
      ),
      { ...win, id: 'leaves', on: { event: 'Left' }, exit: [{ event: 'Back', source: sources }] },
    ],
  });
  const end = ms('2026-06-03T00:00:00.000Z');
  const decided = (...inputs: Input[]): string[] =>
    drive([signup, ...inputs], strict, end).decisions.map(
      ({ decision, reason, candidate }) => `${candidate.play} ${decision} ${reason}`,
    );

  test("is started by their event, and not by the same event of a browser's public key", () => {
    const requested = (source: string): Input => from(source, '2026-06-02T10:00:00.000Z', 'Reset Requested');
    expect(decided(requested('web'))).toEqual([]);
    for (const source of sources) expect(decided(requested(source))).toEqual([expect.stringMatching(/^reset sent/)]);
  });

  test('is left by their event, and not by the same event of a browser', () => {
    const life = (source: string): Input[] => [
      from('web', '2026-06-02T01:00:00.000Z', 'Left'),
      from(source, '2026-06-02T02:00:00.000Z', 'Back'),
    ];
    expect(decided(...life('web')).at(-1)).toMatch(/^leaves sent/);
    expect(decided(...life('desk')).at(-1)).toMatch(/^leaves dropped exit/);
  });
});

test('a decision tells its cause, rule, numbers and what the template needs', () => {
  const trigger = milestone('2026-06-02T10:00:00.000Z', 'spend-2');
  const [decision] = drive([signup, trigger], rules, ms('2026-06-03T00:00:00.000Z')).decisions;
  expect(decision).toMatchObject({
    decision: 'sent',
    reason: 'due',
    template: 'spender',
    rule: { id: 'spender', version: rules.version },
    candidate: {
      play: 'spender',
      category: 'milestone',
      behaviour: true,
      priority: 500,
      occurred_at: '2026-06-02T10:00:00.000Z',
      not_after: '2026-06-09T10:00:00.000Z',
      cause: { id: trigger.kind === 'record' ? trigger.id : '', topic: 'milestones.v1' },
      trigger: { topic: 'milestones.v1', name: 'spend-2' },
    },
    numbers: {
      zone: 'Europe/Madrid',
      local: '2026-06-02T12:00:00+02:00',
      window_from: '09:00',
      window_to: '20:00',
      sent_today: 0,
      daily_cap: 1,
      behaviour_this_month: 0,
      monthly_cap: 2,
    },
    variables: {
      milestone: 'spend-2',
      kind: 'sum',
      occurrence: '1',
      threshold: 3,
      value: 3,
      aggregates: { count: 3, sum_minor: 9_000, currency: 'USD' },
    },
  });
  expect([decision?.rivals, decision?.rivals_count]).toEqual([[decision?.candidate.id], 1]);
});

describe('a changed playbook judges what was deferred by the one before', () => {
  const waiting: Person = drive(
    [signup, milestone('2026-06-02T19:00:00.000Z', 'orders-1'), stage('2026-06-02T19:00:00.000Z', 'active', 'lapsed')],
    rules,
    ms('2026-06-02T21:00:00.000Z'),
  ).person!;
  const changed = (changes: Record<string, object | undefined>) =>
    rulesWith({ plays: plays.map((p) => ({ ...p, ...changes[(p as { id: string }).id] })) });
  const at = wake('2026-06-03T07:00:00.000Z');
  test('priorities', () => {
    expect(
      decide(waiting, at, changed({ 'win-back': { priority: 999 } })).decisions.map(({ candidate, decision }) => [
        candidate.play,
        decision,
      ]),
    ).toEqual([
      ['win-back', 'sent'],
      ['regular', 'deferred'],
    ]);
  });
  test('a shorter not_after', () => {
    expect(
      decide(waiting, at, changed({ regular: { not_after: '1h' } })).decisions.map(({ candidate, reason }) => [
        candidate.play,
        reason,
      ]),
    ).toEqual([
      ['regular', 'expired'],
      ['win-back', 'due'],
    ]);
  });
  test('a play that is gone', () => {
    const answer = decide(waiting, at, rulesWith({ plays: plays.filter((p) => (p as { id: string }).id !== 'regular') }));
    expect(answer.decisions.map(({ candidate, reason }) => [candidate.play, reason])).toEqual([
      ['regular', 'play_removed'],
      ['win-back', 'due'],
    ]);
    expect(answer.tally).toEqual({ 'decision.dropped.play_removed': 1, 'decision.sent': 1, open: -2 });
  });
});
