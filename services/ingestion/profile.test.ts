import { describe, expect, test } from '@jest/globals';
import { identified, outcomes, profiles, type DataOf } from '#contracts';
import { profile, type ProfileRules } from './profile.processor.ts';
import { localeOf, nameOf, zoneOf } from './domain/facts.ts';
import { profileOf, type Person } from './domain/profile.ts';
import { usualLimits } from './domain/shared-ids.ts';

type Call = DataOf<typeof identified>;
const base = {
  id: '11111111-1111-5111-8111-111111111111',
  person_id: '22222222-2222-5222-8222-222222222222',
  at: '2026-03-01T12:00:00.000Z',
  cause: { id: 'c' },
  source: 's',
  message_id: 'm',
  occurred_at: '2026-03-01T12:00:00.000Z',
  user_id: 'u',
};
const call = (some: Partial<Call> & { type: string }): Call => identified.schema.parse({ ...base, ...some });
const identify = (traits: Record<string, unknown>, more: Partial<Call> = {}): Call => call({ type: 'identify', traits, ...more });
const unsubscribed = (category: string, changed_at: string): DataOf<typeof outcomes> =>
  outcomes.schema.parse({
    ...base,
    message_id: base.id,
    play: 'p',
    category,
    outcome: 'unsubscribed',
    consents: { [category]: { granted: false, changed_at } },
  });

const given = (...history: (Call | DataOf<typeof outcomes>)[]) => givenBy(undefined, ...history);

function givenBy(rules: ProfileRules | undefined, ...history: (Call | DataOf<typeof outcomes>)[]) {
  let state: Person | undefined;
  let last = profile.decide(undefined, { kind: 'wake', key: 'k', id: 'i', named: 0, at: 0 }, undefined);
  for (const data of history) {
    const common = { kind: 'record', key: base.person_id, id: data.id, at: Date.parse(data.at) } as const;
    last = profile.decide(
      state,
      'outcome' in data ? { ...common, topic: 'outcomes.v1', data } : { ...common, topic: 'identified.v1', data },
      rules,
    );
    state = last.state;
  }
  return {
    state,
    last,
    traits: state && profileOf(state).traits,
    consents: state && profileOf(state).consents,
    emitted: (last.emit ?? []).map(({ contract, data }) => ({ ...data, topic: contract.name })),
  };
}

describe('the profile', () => {
  test('has what an identify says', () => {
    const traits = {
      email: ' ana@shop.example ',
      firstName: 'Ana',
      lastName: 'Ruiz',
      locale: 'es_MX',
      timezone: 'America/Mexico_City',
      plan: 'pro',
    };
    const { emitted, last } = given(identify(traits));
    expect(emitted).toEqual([
      {
        topic: profiles.name,
        user_id: 'u',
        email: 'ana@shop.example',
        name: 'Ana Ruiz',
        locale: 'es-MX',
        zone: 'America/Mexico_City',
        traits,
        consents: {},
        replayed: false,
      },
    ]);
    expect(last.tally).toEqual({ persons: 1, profiles: 1 });
  });

  test('reports a user id that many people seem to share once a day, durably', () => {
    const seen = (anonymous_id: string, at: string) => call({ type: 'track', event: 'Viewed', anonymous_id, at });
    const many = Array.from({ length: 30 }, (_, n) =>
      seen(`a${String(n)}`, `2026-03-01T12:00:${String(n).padStart(2, '0')}.000Z`),
    );
    const before = given(...many.slice(0, 20));
    expect(before.last.tally).toEqual({ events: 1 });
    const crossing = given(...many.slice(0, 21));
    expect(crossing.last.tally).toEqual({ events: 1, profiles: 1, 'shared.s.anonymous_ids': 1 });
    expect(crossing.emitted[0]).toMatchObject({ topic: profiles.name, shared_at: '2026-03-01T12:00:20.000Z' });
    expect(given(...many).last.tally).toEqual({ events: 1 });
    const stored = JSON.parse(JSON.stringify(before.state)) as Person;
    const next = { kind: 'record', topic: 'identified.v1', key: base.person_id, id: 'x', at: 0, data: many[20] as Call } as const;
    const elsewhere = profile.decide(stored, { ...next, at: Date.parse(next.data.at) }, undefined);
    expect(elsewhere.tally).toHaveProperty(['shared.s.anonymous_ids'], 1);
    expect(JSON.stringify(given(...many).state).length).toBeLessThan(600);
  });

  test('reports a user id with too many addresses, by the limits of the playbook', () => {
    const rules = { categories: new Map(), shared: { anonymousIds: 20, addresses: 1 } };
    const hear = (state: Person | undefined, email: string) =>
      profile.decide(
        state,
        {
          kind: 'record',
          topic: 'identified.v1',
          key: base.person_id,
          id: email,
          at: Date.parse(base.at),
          data: identify({ email }),
        },
        rules,
      );
    const first = hear(undefined, 'a@x.example');
    expect(first.tally).not.toHaveProperty(['shared.s.addresses']);
    expect(hear(first.state, 'b@x.example').tally).toHaveProperty(['shared.s.addresses'], 1);
  });

  test.each([{ timezone: 'Mars/Base' }, { timezone: 'PST8PDT5' }, { zone: 'GMT+0100' }])(
    'counts a zone that no date can be computed in, %j',
    (traits) => {
      const { emitted, last } = given(identify(traits));
      expect(emitted[0]).not.toHaveProperty('zone');
      expect(last.tally).toMatchObject({ [`unreadable.${base.source}.timezone`]: 1 });
    },
  );

  test.each([{ name: 'undefined undefined' }, { name: '{{ first_name }}' }, { firstName: '*|FNAME|*' }, { last_name: 'N/A' }])(
    'counts a name that a program wrote, and publishes none, %j',
    (traits) => {
      const { emitted, last } = given(identify(traits));
      expect(emitted[0]).not.toHaveProperty('name');
      expect(last.tally).toMatchObject({ [`unreadable.${base.source}.name`]: 1 });
      expect(given(identify({ name: 'Ana' })).last.tally).not.toHaveProperty([`unreadable.${base.source}.name`]);
    },
  );

  test('names its address as delivery will use it, and why what was given is none', () => {
    const told = (email: unknown) => given(identify({ email })).emitted[0];
    expect(told('mailto:Ana@B\u00fccher.example.')).toMatchObject({ email: 'Ana@xn--bcher-kva.example' });
    expect(told('a@b.example\r\nBcc: eve@evil.example')).toMatchObject({ email_refused: 'local_part' });
    expect(told('a@b.example\r\nBcc: eve@evil.example')).not.toHaveProperty('email');
    expect(told(5)).toMatchObject({ email_refused: 'not_text' });
    expect(told(null)).not.toHaveProperty('email_refused');
  });

  test('takes an address from the sources of the playbook only, and counts what others say', () => {
    const rules = { categories: new Map(), shared: usualLimits, addressFrom: new Set(['server']) };
    const site = (traits: Record<string, unknown>, more: Partial<Call> = {}) => identify(traits, { source: 'site', ...more });
    const own = identify({ email: 'ana@shop.example', name: 'Ana' }, { source: 'server' });
    const stolen = site({ email: 'eve@evil.example', name: 'Ana Ruiz' }, { occurred_at: '2026-04-01T00:00:00.000Z' });
    const after = givenBy(rules, own, stolen);
    expect(after.emitted[0]).toMatchObject({ email: 'ana@shop.example', name: 'Ana Ruiz' });
    expect(after.last.tally).toMatchObject({ 'address_refused.source': 1 });
    expect(givenBy(rules, own, site({ email: null })).traits).toMatchObject({ email: 'ana@shop.example' });
    expect(givenBy(rules, site({ email: 'eve@evil.example' })).emitted[0]).not.toHaveProperty('email');
    expect(givenBy(rules, site({ email: 'ana@shop.example' }, { replayed: true })).emitted[0]).toHaveProperty('email');
    expect(given(own, stolen).emitted[0]).toMatchObject({ email: 'eve@evil.example' });
  });

  test('counts an address it refuses once, not with each identify that repeats it', () => {
    const bad = identify({ email: 'ana' });
    expect(given(bad).last.tally).toEqual({ persons: 1, profiles: 1, 'address_refused.no_at_sign': 1 });
    const renamed = identify({ email: 'ana', name: 'Ana' }, { occurred_at: '2026-04-01T00:00:00.000Z' });
    expect(given(bad, renamed).last.tally).toEqual({ profiles: 1 });
  });

  test('is published on first sight of an event, before it, and not again with the next', () => {
    const track = call({ type: 'track', event: 'Order Completed', properties: { revenue: 1 } });
    expect(given(track).emitted.map((e) => e['topic'])).toEqual(['profiles.v1', 'events.v1']);
    expect(given(track, track).emitted.map((e) => e['topic'])).toEqual(['events.v1']);
  });

  test('is not published again by an identify that says nothing new', () => {
    const once = identify({ email: 'a@b.example' });
    expect(given(once, once).emitted).toEqual([]);
    expect(given(once, { ...once, occurred_at: '2026-04-01T00:00:00.000Z' }).emitted).toEqual([]);
  });

  test('is the same value, which is not written again, when an event says nothing new of the person', () => {
    const { state } = given(identify({ email: 'a@b.example' }));
    const message = {
      kind: 'record',
      key: 'k',
      id: 'i',
      at: 0,
      topic: 'identified.v1',
      data: call({ type: 'track', event: 'x' }),
    } as const;
    expect(profile.decide(state, message, undefined).state).toBe(state);
  });

  test('loses a trait that is null, and keeps the others', () => {
    expect(given(identify({ plan: 'pro', name: 'Ana' }), identify({ plan: null })).traits).toEqual({ name: 'Ana' });
  });

  test('is only filled up by an identify that happened before the newest one', () => {
    const late = identify({ email: 'old@b.example', name: 'Ana' }, { occurred_at: '2026-02-01T00:00:00.000Z' });
    expect(given(identify({ email: 'new@b.example' }), late).traits).toEqual({ email: 'new@b.example', name: 'Ana' });
  });

  test('takes zone and locale of the device where traits name none, and ignores zones that do not exist', () => {
    const context = { timezone: 'Pacific/Auckland', locale: 'en-NZ' };
    const { state, emitted } = given(identify({ timezone: 'Mars/Olympus', zone: 'IST' }), call({ type: 'page', context }));
    expect(emitted[0]).toMatchObject({ zone: 'Pacific/Auckland', locale: 'en-NZ' });
    expect(state?.device).toEqual({ zone: 'Pacific/Auckland', locale: 'en-NZ' });
    expect(given(identify({}, { context }), identify({ timezone: 'Europe/Madrid' })).emitted[0]).toMatchObject({
      zone: 'Europe/Madrid',
    });
  });

  test('of a person once replayed says so for ever', () => {
    const { state, emitted } = given(identify({}, { replayed: true }), identify({ a: 1 }));
    expect(state?.replayed).toBe(true);
    expect(emitted[0]).toMatchObject({ replayed: true });
  });
});

describe('consents', () => {
  const stated = (granted: boolean, occurred_at: string): Call => identify({ consents: { lifecycle: granted } }, { occurred_at });

  test('are taken from traits with the instant of the call', () => {
    expect(given(stated(true, '2026-01-01T00:00:00.000Z')).consents).toEqual({
      lifecycle: { granted: true, changed_at: '2026-01-01T00:00:00.000Z', by: 'site s' },
    });
  });

  test('withdrawn by mail stay withdrawn when the site repeats its old yes', () => {
    const { consents, emitted } = given(
      stated(true, '2026-01-01T00:00:00.000Z'),
      unsubscribed('lifecycle', '2026-01-05T00:00:00.000Z'),
      stated(true, '2026-01-09T00:00:00.000Z'),
    );
    expect(consents?.['lifecycle']?.granted).toBe(false);
    expect(emitted).toEqual([]);
  });

  test('withdrawn by mail are published at once, and an older word does not undo them', () => {
    const history = [stated(false, '2026-01-01T00:00:00.000Z'), unsubscribed('all', '2026-01-05T00:00:00.000Z')] as const;
    expect(given(...history).emitted[0]).toMatchObject({ topic: 'profiles.v1', consents: { all: { granted: false } } });
    const regained = given(...history, identify({ consents: { all: true } }, { occurred_at: '2026-01-04T00:00:00.000Z' }));
    expect(regained.consents?.['all']?.granted).toBe(false);
  });

  test('granted anew after a no are granted', () => {
    expect(
      given(stated(false, '2026-01-01T00:00:00.000Z'), stated(true, '2026-01-02T00:00:00.000Z')).consents?.['lifecycle']?.granted,
    ).toBe(true);
  });

  test('of another outcome nothing changes', () => {
    const opened = { ...unsubscribed('all', '2026-01-05T00:00:00.000Z'), outcome: 'opened' };
    const { last } = given(opened);
    expect(last.state).toBeUndefined();
    expect(last.emit).toEqual([]);
  });
});

describe('the state', () => {
  test('of version 1 becomes one of version 2: a withdrawal holds, and traits are kept', () => {
    const old = {
      user_id: 'u',
      traits: { email: 'a@b.example', consents: { news: true } },
      device: {},
      consents: {
        news: { granted: false, changed_at: '2026-01-01T00:00:00.000Z' },
        offers: { granted: true, changed_at: '2026-01-02T00:00:00.000Z' },
      },
      replayed: false,
    };
    const state = profile.upgrades?.[1]?.(old as never) as Person;
    expect(profileOf(state)).toMatchObject({ email: 'a@b.example', consents: old.consents });
    const repeated = identify({ consents: { news: true } });
    const message = {
      kind: 'record',
      key: 'k',
      id: 'i',
      at: Date.parse(base.at),
      topic: 'identified.v1',
      data: repeated,
    } as const;
    const after = profile.decide(state, message, undefined).state;
    expect(after && profileOf(after).consents['news']?.granted).toBe(false);
  });

  test('stays small, whatever identifies come, and says what was dropped', () => {
    const calls = Array.from({ length: 60 }, (_, n) =>
      identify({
        email: 'a@b.example',
        [`k${String(n)}`]: 'x'.repeat(n < 4 ? 240_000 : 4_000),
        consents: Object.fromEntries(Array.from({ length: 20 }, (__, i) => [`c${String(n)}-${String(i)}`, i % 2 === 0])),
      }),
    );
    const { state, last, emitted } = given(...calls);
    expect(JSON.stringify(state).length).toBeLessThan(70_000);
    expect(JSON.stringify(emitted).length).toBeLessThan(50_000);
    expect(emitted[0]).toMatchObject({ email: 'a@b.example', consents: { all: { granted: false } } });
    expect(last.tally).toMatchObject({ 'traits.dropped': 1 });
  });

  test('counts what was not understood of a consent', () => {
    expect(given(identify({ consents: { news: 'perhaps', offers: 'no' } })).last.tally).toMatchObject({ 'consents.unclear': 1 });
  });
});

describe('events', () => {
  test.each([
    ['track', 'Order Completed', 'Order Completed', {}],
    ['page', 'Home', 'Page Viewed', { name: 'Home' }],
    ['page', undefined, 'Page Viewed', {}],
    ['screen', 'Cart', 'Screen Viewed', { name: 'Cart' }],
  ])('%s %s is "%s"', (type, event, name, properties) => {
    const emitted = given(call({ type, ...(event === undefined ? {} : { event }) })).emitted.at(-1);
    expect(emitted).toEqual({
      topic: 'events.v1',
      event: name,
      moment: base.occurred_at,
      moment_source: 'arrival',
      source: 's',
      message_id: 'm',
      user_id: 'u',
      properties,
    });
  });

  test('an event carries the instant that counts, where that comes from, and the claim as it was sent', () => {
    const told = (some: Partial<Call>) => {
      const { moment, moment_source, claim }: Record<string, unknown> =
        given(call({ type: 'track', event: 'E', ...some })).emitted.at(-1) ?? {};
      return [moment, moment_source, claim];
    };
    const claim = '1980-01-06T00:00:03Z';
    expect(told({ timestamp: claim, moment_source: 'arrival' })).toEqual([base.at, 'arrival', claim]);
    const morning = '2026-03-01T08:00:00.000Z';
    const corrected = { occurred_at: morning, original_timestamp: claim, moment_source: 'corrected' } as const;
    expect(told(corrected)).toEqual([morning, 'corrected', claim]);
    // Its clock runs fast within what is tolerated: no moment is later than its record.
    const ahead = '2026-03-01T12:03:00.000Z';
    expect(told({ occurred_at: ahead, timestamp: ahead, moment_source: 'claimed' })).toEqual([base.at, 'claimed', ahead]);
  });

  test.each(['identify', 'group', 'alias', 'something new'])('%s is none', (type) => {
    expect(given(call({ type })).emitted.map((e) => e['topic'])).toEqual(['profiles.v1']);
  });
});

test.each([
  [zoneOf('+02:00'), undefined],
  [zoneOf('Europe/Nowhere', 'UTC'), 'UTC'],
  [zoneOf(7, null, ''), undefined],
  [localeOf('not a tag', 'pt_br'), 'pt-BR'],
  [nameOf({ name: '  ' }), undefined],
  [nameOf({ last_name: 'Ruiz' }), 'Ruiz'],
])('facts %#: %s', (found, expected) => {
  expect(found).toBe(expected);
});
