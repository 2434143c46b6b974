import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hits, messages, outcomes, profiles, type DataOf } from '#contracts';
import { categoryPolicies, mailRefusal, undeclared } from '#facts';
import type { Decision } from '#stream';
import { delivery } from './delivery.processor.ts';
import type { Effect } from './domain/effect.ts';
import { remembered, type Person } from './domain/person.ts';
import { tooFast } from './domain/verdict.ts';

type Incoming = Parameters<typeof delivery.decide>[1];
const categories = categoryPolicies([
  { id: 'transactional', legal: true, renamed_from: [] },
  { id: 'milestone', legal: false, consent: 'opt_out', tracking: 'opt_out', renamed_from: ['hitos'] },
  { id: 'lifecycle', legal: false, consent: 'opt_out', renamed_from: [] },
  { id: 'offers', legal: false, consent: 'opt_in', renamed_from: [] },
]);
const rules = { defaults: { zone: 'UTC', locale: 'en' }, categories };
const person = '11111111-1111-5111-8111-111111111111';
const mailId = (n: number): string => `22222222-2222-5222-8222-${String(n).padStart(12, '0')}`;
const start = Date.parse('2026-06-01T10:00:00.000Z');
const iso = (ms: number): string => new Date(ms).toISOString();
const base = (id: string, at: number) => ({ id, person_id: person, at: iso(at), cause: { id } });
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0';

const profile = (changes: Partial<DataOf<typeof profiles>> = {}, at = start): Incoming => {
  const data = {
    ...base(mailId(900), at),
    email: 'ana@example.test',
    locale: 'es',
    zone: 'Europe/Madrid',
    traits: {},
    consents: {},
    replayed: false,
    ...changes,
  };
  return { kind: 'record', topic: 'profiles.v1', key: person, id: data.id, at, data: profiles.schema.parse(data) };
};
const sent = (
  n: number,
  changes: { category?: string; consent?: string; replayed?: boolean; decision?: string } = {},
  at = start,
): Incoming => {
  const { category = 'milestone', consent, replayed = false, decision = 'sent' } = changes;
  const data = {
    ...base(mailId(n), at),
    decision,
    reason: 'due',
    rivals: [],
    rivals_count: 0,
    rule: { id: 'welcome', version: '1' },
    template: 'orders',
    variables: { orders: 3 },
    replayed,
    candidate: {
      id: mailId(500 + n),
      play: 'welcome',
      category,
      consent,
      behaviour: true,
      priority: 1,
      occurred_at: iso(at),
      not_after: iso(at + 3_600_000),
      cause: { id: 'x' },
      trigger: { topic: 'events.v1', name: 'x' },
    },
    numbers: { zone: 'UTC', local: 'x', sent_today: 0, daily_cap: 1, behaviour_this_month: 0, monthly_cap: 2 },
  };
  return { kind: 'record', topic: 'messages.v1', key: person, id: data.id, at, data: messages.schema.parse(data) };
};
const hit = (n: number, kind: string, changes: Partial<DataOf<typeof hits>> = {}, at = start + 60_000): Incoming => {
  const data = {
    id: mailId(700 + n),
    person_id: person,
    message_id: mailId(n),
    at: iso(at),
    kind,
    user_agent: firefox,
    ...changes,
  };
  return { kind: 'record', topic: 'hits.v1', key: person, id: data.id, at, data: hits.schema.parse(data) };
};

const outcome = (n: number, what: string, occurredAt: number, at = start): Incoming => {
  const data = {
    ...base(mailId(800 + n), at),
    message_id: mailId(n),
    play: 'welcome',
    category: 'milestone',
    outcome: what,
    occurred_at: iso(occurredAt),
  };
  return { kind: 'record', topic: 'outcomes.v1', key: person, id: data.id, at, data: outcomes.schema.parse(data) };
};

/** given … when … then: folds the history, and answers what the last message brought about. */
function when(...history: Incoming[]): {
  state: Person | undefined;
  last: Decision<Person, Effect>;
  all: Decision<Person, Effect>[];
} {
  let state: Person | undefined;
  const all = history.map((message) => {
    const decision = delivery.decide(state, message, rules);
    state = decision.state;
    return decision;
  });
  const last = all.at(-1);
  if (last === undefined) throw new Error('a history has at least one message');
  return { state, last, all };
}
const emitted = (decision: Decision<Person, Effect>) =>
  (decision.emit ?? []).map(({ data }) => data as Partial<DataOf<typeof outcomes>>);

describe('a sent decision', () => {
  test('asks for a mail with what the profile says', () => {
    const { last } = when(profile(), sent(1));
    expect(last.effects).toEqual([
      {
        kind: 'mail',
        id: mailId(1),
        personId: person,
        play: 'welcome',
        category: 'milestone',
        legal: false,
        consent: 'opt_out',
        template: 'orders',
        variables: { orders: 3 },
        locale: 'es',
        zone: 'Europe/Madrid',
        email: 'ana@example.test',
        name: undefined,
        replayed: false,
        notAfter: start + 3_600_000,
        decidedAt: start,
        suppressed: undefined,
        candidate: expect.objectContaining({ id: mailId(501), play: 'welcome', behaviour: true }),
        day: { zone: 'UTC', date: '2026-06-01', offsetMs: 0, dailyCap: 1, monthlyCap: 2 },
      },
    ]);
    expect(last.tally).toEqual({ 'mails.pending': 1 });
    expect(last.emit).toEqual([]);
  });

  test('deferred and dropped ones ask for nothing', () => {
    for (const decision of ['deferred', 'dropped', 'a word of tomorrow'])
      expect(when(profile(), sent(1, { decision })).last.effects).toBeUndefined();
  });

  test('defaults stand in for a zone and a locale never given', () => {
    expect(when(profile({ zone: undefined, locale: undefined }), sent(1)).last.effects?.[0]).toMatchObject({
      zone: 'UTC',
      locale: 'en',
    });
  });

  test('without an address, or against a withdrawn consent, is told as suppressed', () => {
    const none = when(sent(1)).last;
    expect(none.effects?.[0]).toMatchObject({ suppressed: 'no_address' });
    expect(emitted(none)).toMatchObject([{ outcome: 'suppressed', reason: 'no_address' }]);
    const withdrawn = profile({ consents: { milestone: { granted: false, changed_at: iso(start) } } });
    expect(when(withdrawn, sent(1)).last).toMatchObject({
      tally: { 'mails.suppressed': 1, 'suppressed.consent': 1, 'outcomes.suppressed/welcome/orders/milestone': 1 },
      effects: [{ suppressed: 'consent' }],
    });
    expect(when(withdrawn, sent(1, { category: 'transactional' })).last.effects).toMatchObject([{ suppressed: undefined }]);
  });

  test('a person once replayed stays replayed, whatever later profiles and decisions say', () => {
    const { last } = when(profile({ replayed: true }), profile({ replayed: false }), sent(1, { replayed: false }));
    expect(last.effects).toMatchObject([{ replayed: true }]);
    expect(when(profile(), sent(1, { replayed: true })).last.effects).toMatchObject([{ replayed: true }]);
  });
});

describe('consent', () => {
  test('a profile that withdraws stops what is pending, once', () => {
    const consents = { lifecycle: { granted: false, changed_at: iso(start) } };
    const { all } = when(profile(), profile({ consents }), profile({ consents }));
    expect(all.map(({ effects }) => effects)).toEqual([
      [],
      [
        { kind: 'suppress', personId: person, categories: ['lifecycle'], reason: 'consent' },
        { kind: 'word', email: 'ana@example.test', category: 'lifecycle', granted: false, at: start },
      ],
      [],
    ]);
  });

  test('an unsubscribe stops its category and says so with the instant of the hit', () => {
    const { last, state } = when(profile(), sent(1), hit(1, 'unsubscribe', { category: 'milestone' }));
    expect(last.effects).toEqual([
      { kind: 'suppress', personId: person, categories: ['milestone', 'hitos'], reason: 'consent' },
      {
        kind: 'word',
        email: 'ana@example.test',
        messageId: mailId(1),
        category: 'milestone',
        granted: false,
        at: start + 60_000,
      },
    ]);
    expect(emitted(last)).toMatchObject([
      {
        outcome: 'unsubscribed',
        message_id: mailId(1),
        play: 'welcome',
        consents: { milestone: { granted: false, changed_at: iso(start + 60_000), by: 'mail' } },
      },
    ]);
    expect(state?.consents['milestone']).toEqual({ granted: false, changed_at: iso(start + 60_000), by: 'mail' });
  });

  test('an unsubscribe counts however old its mail, even of a person never heard of', () => {
    const { last } = when(hit(99, 'unsubscribe', { category: 'all' }));
    expect(last.effects).toMatchObject([
      { kind: 'suppress', categories: ['all'] },
      { kind: 'word', category: 'all', messageId: mailId(99) },
    ]);
    expect(emitted(last)).toMatchObject([{ outcome: 'unsubscribed', play: '' }]);
  });

  test('who consents again and unsubscribes again is heard; a repetition is counted once', () => {
    const again = profile({ consents: { milestone: { granted: true, changed_at: iso(start + 90_000) } } });
    const out = (afterMs: number): Incoming => hit(1, 'unsubscribe', { category: 'milestone', at: iso(start + afterMs) });
    const { all, state } = when(profile(), sent(1), out(60_000), out(61_000), again, out(120_000), sent(2));
    expect(all.slice(2, 6).map(({ tally }) => tally)).toEqual([
      { unsubscribes: 1 },
      { 'hits.repeated': 1 },
      undefined,
      { unsubscribes: 1 },
    ]);
    expect(all.at(-1)?.effects).toMatchObject([{ suppressed: 'consent' }]);
    expect(state?.consents['milestone']?.changed_at).toBe(iso(start + 120_000));
  });

  test('a stale profile does not revive a withdrawn consent', () => {
    const stale = profile({ consents: { milestone: { granted: true, changed_at: iso(start) } } });
    const { last } = when(profile(), hit(1, 'unsubscribe', { category: 'milestone' }), stale, sent(2));
    expect(last.effects).toMatchObject([{ suppressed: 'consent' }]);
  });
});

describe('the playbook of delivery', () => {
  const effects = (...history: Incoming[]) => when(...history).last.effects;

  test('asks an opt-in category for a grant, as orchestration does', () => {
    expect(effects(profile(), sent(1, { category: 'offers' }))).toMatchObject([{ suppressed: 'consent' }]);
    const granted = profile({ consents: { offers: { granted: true, changed_at: iso(start) } } });
    expect(effects(granted, sent(1, { category: 'offers' }))).toMatchObject([{ suppressed: undefined, consent: 'opt_in' }]);
  });

  test('that does not know a category yet does what the decision says of it', () => {
    expect(effects(profile(), sent(1, { category: 'brand-new', consent: 'opt_out' }))).toMatchObject([{ suppressed: undefined }]);
    expect(effects(profile(), sent(1, { category: 'brand-new', consent: 'opt_in' }))).toMatchObject([{ suppressed: 'consent' }]);
    expect(effects(profile(), sent(1, { category: 'brand-new' }))).toMatchObject([{ suppressed: 'consent' }]);
  });

  test('lets an unsubscription under a former name count for the present one, and the other way', () => {
    const old = hit(1, 'unsubscribe', { category: 'hitos' });
    expect(effects(profile(), old)?.[0]).toMatchObject({ categories: ['milestone', 'hitos'] });
    expect(effects(profile(), old, sent(2))).toMatchObject([{ suppressed: 'consent' }]);
    expect(effects(profile(), hit(1, 'unsubscribe', { category: 'milestone' }), sent(2, { category: 'hitos' }))).toMatchObject([
      { suppressed: 'consent' },
    ]);
  });

  test('measures no opens and clicks of a category that asks for the consent, without it', () => {
    const open = (...history: Incoming[]) => when(...history, sent(1, { category: 'lifecycle' }), hit(1, 'open')).last.tally;
    expect(open(profile())).toEqual({ 'hits.untracked': 1 });
    const agreed = profile({ consents: { tracking: { granted: true, changed_at: iso(start) } } });
    expect(Object.keys(open(agreed) ?? {})).toEqual([expect.stringMatching(/^opened\.human/)]);
    expect(when(profile(), sent(1, { category: 'transactional' }), hit(1, 'open')).last.tally).toEqual({ 'hits.untracked': 1 });
  });
});

test('an unsubscription holds over every view that came before, however old or new it says to be', () => {
  const clock = fc.oneof(fc.integer({ min: -1e12, max: 4e12 }), fc.constantFrom(start, start + 60_000, start + 300_000));
  const view = fc.dictionary(
    fc.constantFrom('milestone', 'hitos', 'all', 'lifecycle'),
    fc.record({ granted: fc.boolean(), changed_at: clock.map(iso) }),
    { noNullPrototype: true },
  );
  const aCategory = fc.constantFrom('milestone', 'hitos', 'all', 'lifecycle', 'unknown');
  fc.assert(
    fc.property(fc.array(view), aCategory, clock, (views, category, at) => {
      const out = hit(1, 'unsubscribe', { category, at: iso(at) });
      const { state, last } = when(...views.map((consents) => profile({ consents })), sent(1), out);
      const policy = rules.categories.get(category) ?? undeclared(category, { consent: 'opt_out' });
      expect(mailRefusal(state?.consents ?? {}, policy)).toBe('opt_out');
      expect(last.effects?.[0]).toMatchObject({ kind: 'suppress' });
      const told = emitted(last)[0]?.consents?.[category];
      expect(mailRefusal({ [category]: { ...told, granted: false, changed_at: told?.changed_at ?? '' } }, policy)).toBe(
        'opt_out',
      );
    }),
  );
});

describe('another address of a person', () => {
  const effectsOf = (...history: Incoming[]) => when(...history).last.effects?.filter(({ kind }) => kind === 'readdress');
  const asked = [profile(), sent(1)];

  test.each([
    ['another mailbox', { email: 'ana@right.test' }, 1],
    ['none any more', { email: undefined }, 1],
    ['none that is one', { email: 'no address' }, 1],
    ['the same in other letters', { email: 'ANA@Example.test' }, 0],
    ['the same', {}, 0],
  ])('makes mail that waits be claimed anew where it is %s', (_, changes, times) => {
    expect(effectsOf(...asked, profile(changes, start + 1))).toEqual(
      Array.from({ length: times }, () => ({ kind: 'readdress', personId: person })),
    );
  });

  test('costs nothing where no mail was ever asked for', () => {
    expect(effectsOf(profile({}, start - 1), profile({ email: 'ana@right.test' }))).toEqual([]);
  });
});

describe('hits', () => {
  test('opened and clicked are told once per verdict', () => {
    const robot = { user_agent: 'curl/8.0' };
    const { all } = when(
      profile(),
      sent(1),
      hit(1, 'open'),
      hit(1, 'open'),
      hit(1, 'open', robot),
      hit(1, 'click'),
      hit(1, 'click', robot),
      hit(1, 'click', robot),
    );
    expect(all.flatMap(emitted).map(({ outcome, verdict }) => `${String(outcome)} ${String(verdict)}`)).toEqual([
      'opened human',
      'opened bot',
      'clicked human',
      'clicked bot',
    ]);
    expect(all.map(({ tally }) => Object.keys(tally ?? {})[0])).toEqual([
      undefined,
      'mails.pending',
      'opened.human/welcome/orders/milestone',
      'hits.repeated',
      'opened.bot/welcome/orders/milestone',
      'clicked.human/welcome/orders/milestone',
      'clicked.bot/welcome/orders/milestone',
      'hits.repeated',
    ]);
  });

  test('count from the real moment at which the mail was taken: in a replay its decision lies in another time', () => {
    const taken = start + 300 * 86_400_000;
    const verdict = (...history: Incoming[]) => emitted(when(profile(), sent(1), ...history).last)[0]?.verdict;
    const click = (afterMs: number): Incoming => hit(1, 'click', { at: iso(taken + afterMs) });
    expect(verdict(outcome(1, 'accepted', taken), click(2_000))).toBe('bot');
    expect(verdict(outcome(1, 'accepted', taken), click(tooFast))).toBe('human');
    // Put off by the server: long after the decision, seconds after it was taken.
    expect(verdict(outcome(1, 'accepted', start + 3_600_000), hit(1, 'open', { at: iso(start + 3_601_000) }))).toBe('bot');
    // A mail in doubt was taken nobody knows when.
    expect(verdict(outcome(1, 'in_doubt', taken), click(2_000))).toBe('human');
    expect(verdict(hit(1, 'open', { at: iso(start + 1_000) }))).toBe('bot');
  });

  test('news of other mails, and other news of this one, change nothing', () => {
    const { all } = when(profile(), sent(1), outcome(2, 'accepted', start), outcome(1, 'opened', start));
    expect(all.at(-1)?.state).toBe(all[1]?.state);
    expect(when(outcome(1, 'accepted', start)).state).toBeUndefined();
  });

  test('of an unknown message, or of an unknown kind, are counted and change nothing', () => {
    const { all, state } = when(profile(), hit(5, 'open'), hit(5, 'a word of tomorrow'));
    expect(all.slice(1).map(({ tally }) => tally)).toEqual([{ 'hits.unknown_message': 1 }, { 'hits.unknown_kind': 1 }]);
    expect(state).toBe(all[0]?.state);
  });

  test('are dropped once tracking is withdrawn', () => {
    const untracked = profile({ consents: { tracking: { granted: false, changed_at: iso(start) } } });
    expect(when(untracked, sent(1), hit(1, 'open')).last).toMatchObject({ tally: { 'hits.untracked': 1 } });
  });

  test('the memory of mails is bounded', () => {
    const many = Array.from({ length: 200 }, (_, n) => sent(n));
    expect(when(profile(), ...many).state?.mails).toHaveLength(remembered);
  });
});

test('in any order of profile, decisions and hits: no mail is asked for after its category is withdrawn and none revives', () => {
  const step = fc.oneof(
    fc.nat(30).map((n) => sent(n)),
    fc.nat(30).map((n) => hit(n, 'unsubscribe', { category: 'milestone' })),
    fc.boolean().map((granted) => profile({ consents: { milestone: { granted, changed_at: iso(start) } } })),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let out = false;
      let state: Person | undefined;
      for (const message of [profile(), ...steps]) {
        const decision = delivery.decide(state, message, rules);
        state = decision.state;
        for (const effect of decision.effects ?? []) if (effect.kind === 'mail' && out) expect(effect.suppressed).toBe('consent');
        out ||= message.kind === 'record' && message.topic === 'hits.v1';
        expect(delivery.decide(state, { kind: 'wake', key: person, id: 'w', named: 0, at: 0 }, rules).state).toBe(state);
      }
    }),
  );
});
