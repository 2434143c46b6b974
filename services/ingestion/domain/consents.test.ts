import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { identified, outcomes, type DataOf } from '#contracts';
import { categoryPolicies, mailRefusal, undeclared } from '#facts';
import { collect } from './collect.ts';
import { statementsOf, unclearIn } from './consents.ts';
import { heard, profileOf, withdrawn, type Person } from './profile.ts';

type Call = DataOf<typeof identified>;
const noon = Date.parse('2026-03-01T12:00:00.000Z');
const T = (time: string): string => `2026-03-01T${time}:00.000Z`;
const derived = {
  id: '11111111-1111-5111-8111-111111111111',
  person_id: '11111111-1111-5111-8111-111111111111',
  at: T('12:00'),
  cause: { id: 'c' },
};

/** A call as an SDK sends it, through the edge; `arrivedAt` is noon unless the test is about it. */
function call(item: Record<string, unknown>, { source = 'web', arrivedAt = noon } = {}): Call {
  const verdict = collect({ type: 'identify', userId: 'u', ...item }, { source, arrivedAt });
  if (!verdict.accepted) throw new Error(verdict.reason);
  return identified.schema.parse({ ...verdict.value, ...derived, at: new Date(arrivedAt).toISOString() });
}
const identify = (time: string, traits: Record<string, unknown>, more: Record<string, unknown> = {}): Call =>
  call({ timestamp: T(time), traits, ...more });
const unsubscribed = (category: string, changed_at: string): DataOf<typeof outcomes> =>
  outcomes.schema.parse({
    ...derived,
    occurred_at: changed_at,
    message_id: derived.id,
    play: 'p',
    category,
    outcome: 'unsubscribed',
    consents: { [category]: { granted: false, changed_at } },
  });
const lived = (...calls: readonly (Call | DataOf<typeof outcomes>)[]): Person =>
  calls.reduce<Person | undefined>(
    (person, one) => ('outcome' in one ? withdrawn(person, one) : heard(person, one)),
    undefined,
  ) as Person;
const consentsAfter = (...calls: readonly (Call | DataOf<typeof outcomes>)[]) => profileOf(lived(...calls)).consents;
const refusal = (category: string, ...calls: readonly (Call | DataOf<typeof outcomes>)[]): string | undefined =>
  mailRefusal(consentsAfter(...calls), undeclared(category, { consent: 'opt_out' }));

describe('an opt-out is heard', () => {
  test.each<[string, readonly (Call | DataOf<typeof outcomes>)[]]>([
    [
      'that arrives after an identify of a later time',
      [identify('10:05', { plan: 'pro' }), identify('10:00', { consents: { news: false } })],
    ],
    [
      'from a clock that is a day behind',
      [identify('10:05', {}), call({ timestamp: '2026-02-28T10:00:00Z', traits: { consents: { news: false } } })],
    ],
    [
      'from a clock that is ahead',
      [identify('10:05', {}), call({ timestamp: '2026-03-09T10:00:00Z', traits: { consents: { news: false } } })],
    ],
    [
      'after a yes from a clock that is ahead',
      [identify('12:04', { consents: { news: true } }), identify('12:00', { consents: { news: false } })],
    ],
    [
      'in an import with its true date',
      [
        identify('10:05', { consents: { news: true } }),
        call({ timestamp: '2019-06-01T00:00:00Z', traits: { consents: { news: false } } }, { source: 'import' }),
      ],
    ],
    [
      'by mail, though a form knows one category and the site repeats its old yes',
      [
        identify('09:00', { consents: { other: true, news: true } }),
        unsubscribed('news', T('10:00')),
        identify('11:00', { consents: { other: true } }),
        identify('11:30', { consents: { other: true, news: true } }),
      ],
    ],
    [
      'on one device, though another repeats what it has stored',
      [
        identify('09:00', { consents: { news: true } }, { anonymousId: 'phone' }),
        identify('09:30', { consents: { news: false } }, { anonymousId: 'laptop' }),
        identify('10:00', { consents: { news: true } }, { anonymousId: 'phone' }),
        identify('10:30', { consents: { news: true } }, { anonymousId: 'tablet' }),
      ],
    ],
    [
      'though a grant of before it arrives later',
      [
        identify('09:00', { consents: { news: false } }),
        unsubscribed('news', T('10:00')),
        call({ type: 'track', event: 'Consent Granted', timestamp: T('09:30'), properties: { category: 'news' } }),
      ],
    ],
    [
      'as an act',
      [
        identify('09:00', { consents: { news: true } }),
        call({ type: 'track', event: 'Consent Withdrawn', properties: { category: 'News' } }),
      ],
    ],
    ['as an act about nothing: all mail', [call({ type: 'track', event: 'consent withdrawn ' })]],
  ])('%s', (_, calls) => {
    expect(refusal('news', ...calls)).toBe('opt_out');
  });
});

test('a grant of before a click, heard behind the click, does not lift its withdrawal', () => {
  // The feedback is dated 12:00 by a task that is behind; the click was at 12:10.
  const off = unsubscribed('news', T('12:10'));
  const grant = call(
    { type: 'track', event: 'Consent Granted', properties: { category: 'news' } },
    { arrivedAt: noon + 300_000 },
  );
  expect(refusal('news', off, grant)).toBe('opt_out');
});

describe('a no in any spelling', () => {
  test.each<[Record<string, unknown>]>([
    [{ traits: { consents: { news: 'false' } } }],
    [{ traits: { consents: { news: 0 } } }],
    [{ traits: { consents: { all: 'no' } } }],
    [{ traits: { consents: { news: 'off' } } }],
    [{ traits: { consents: { news: null } } }],
    [{ traits: { consents: { news: 'je ne sais pas' } } }],
    [{ traits: { consents: { News: false } } }],
    [{ traits: { consents: { NEWS: 'No' } } }],
    [{ traits: { Consents: { news: false } } }],
    [{ traits: { consent: { news: false } } }],
    [{ traits: { consents: { news: { granted: false, changed_at: '2019-01-01T00:00:00Z' } } } }],
    [{ traits: { consents: false } }],
    [{ traits: { consents: 'none' } }],
    [{ traits: { consents: ['offers'] } }],
    [{ traits: { unsubscribed: true } }],
    [{ traits: { unsubscribed: 'true' } }],
    [{ traits: { unsubscribed: 1 } }],
    [{ traits: { unsubscribed: '2024-05-01' } }],
    [{ traits: { consents: { all: true }, unsubscribed: true } }],
    [{ traits: { consents: { news: true, News: false } } }],
    [{ context: { consent: { categoryPreferences: { news: false } } } }],
    [{ type: 'track', event: 'Anything', context: { consent: { categoryPreferences: { news: false } } } }],
    [{ type: 'page', context: { consent: { categoryPreferences: { News: 'off' } } } }],
    [{ context: { consent: { categoryPreferences: 'none' } } }],
    [{ context: { consent: false } }],
    [{ context: { consentManagement: { deniedConsentIds: ['News'], allowedConsentIds: ['other'] } } }],
    [{ context: { traits: { consents: { news: false } } } }],
    [{ context: { consentManagement: { deniedConsentIds: 'offers, News' } } }],
    [{ type: 'track', event: 'Consent Withdrawn', properties: { category: 'offers;news' } }],
    [{ type: 'track', event: 'Consent Granted', properties: { category: 'news', granted: false } }],
    [{ type: 'track', event: 'Opted Out' }],
    [{ type: 'track', event: 'email_unsubscribe' }],
  ])('%j', (item) => {
    expect(refusal('news', call(item))).toBe('opt_out');
  });

  test.each<[Record<string, unknown>]>([
    [{ traits: { consents: { news: 'yes' } } }],
    [{ traits: { consents: { other: false } } }],
    [{ traits: { consents: {} } }],
    [{ traits: { consents: [] } }],
    [{ traits: { consents: null } }],
    [{ traits: { consent: 'v2 of 2024' } }],
    [{ traits: { unsubscribed: false } }],
    [{ traits: { unsubscribed: null } }],
    [{ context: { consent: {} } }],
    [{ context: { consentManagement: { deniedConsentIds: [], provider: 'x' } } }],
    [{ type: 'group', groupId: 'g', traits: { consents: { news: false } } }],
    [{ type: 'track', event: 'Consent Granted', properties: { category: 7.5 } }],
  ])('%j is none', (item) => {
    expect(refusal('news', call(item))).toBeUndefined();
  });

  test.each(['unsubscribed', 'opt-out', 'Denied', 'none', { granted: false }])(
    'unsubscribed: %j takes no withdrawal back',
    (word) => {
      const off = identify('09:00', { unsubscribed: true });
      expect(refusal('news', off, identify('10:00', { unsubscribed: word }))).toBe('opt_out');
      expect(refusal('news', off, identify('10:00', { unsubscribed: 'No' }))).toBeUndefined();
    },
  );

  test('a text with more names than are heard withdraws all mail', () => {
    expect(refusal('news', call({ type: 'track', event: 'Opted Out', properties: { category: 'x,'.repeat(200) } }))).toBe(
      'opt_out',
    );
  });

  test('what nobody understands is counted, and the profile shows it', () => {
    const vague = call({ traits: { consents: { news: 'perhaps', offers: false } } });
    expect(unclearIn(vague, statementsOf(vague, noon))).toBe(1);
    expect(consentsAfter(vague)).toEqual({
      news: { granted: false, changed_at: T('12:00'), by: 'site web', unclear: 'perhaps' },
      offers: { granted: false, changed_at: T('12:00'), by: 'site web' },
    });
    const nothing = call({ type: 'track', event: 'Consent Granted' });
    expect(unclearIn(nothing, statementsOf(nothing, noon))).toBe(1);
  });
});

describe('a yes is heard', () => {
  const off = identify('09:00', { consents: { news: false } });
  test.each<[string, readonly (Call | DataOf<typeof outcomes>)[]]>([
    ['where its site said no before', [off, identify('10:00', { consents: { news: true } })]],
    [
      'after an unsubscription, where the site changes its word',
      [off, unsubscribed('news', T('10:00')), call({ traits: { consents: { news: true } } }, { arrivedAt: noon + 60_000 })],
    ],
    [
      'as an act, after an unsubscription',
      [
        unsubscribed('news', T('10:00')),
        call(
          { type: 'track', event: 'Consent Granted', properties: { categories: ['News', 'x'] } },
          { arrivedAt: noon + 60_000 },
        ),
      ],
    ],
    [
      'as a map in an act',
      [off, call({ type: 'track', event: 'Consent Granted', timestamp: T('10:00'), properties: { categories: { news: true } } })],
    ],
  ])('%s', (_, calls) => {
    expect(consentsAfter(...calls)['news']?.granted).toBe(true);
  });

  test('an act that grants some of a map grants no more', () => {
    const act = call({ type: 'track', event: 'Consent Granted', properties: { categories: { offers: true, news: false } } });
    expect(consentsAfter(act)).toMatchObject({ offers: { granted: true }, news: { granted: false } });
  });
});

test('consents are no traits, and a merge of traits changes no consent', () => {
  const person = lived(
    identify('10:00', { plan: 'pro', consents: { news: false }, Unsubscribed: true }),
    identify('09:00', { plan: 'x', a: 1 }),
  );
  expect(profileOf(person).traits).toEqual({ plan: 'pro', a: 1 });
  expect(profileOf(person).consents['news']?.granted).toBe(false);
});

test('a name written as code writes it is the declared category', () => {
  const categories = categoryPolicies([{ id: 'product-news', legal: false, consent: 'opt_out', renamed_from: [] }]);
  const person = heard(undefined, identify('10:00', { consents: { productNews: false } }), categories);
  expect(Object.keys(profileOf(person).consents)).toEqual(['product-news']);
});

test('a word about a category that the playbook declares later takes effect then', () => {
  const consents = consentsAfter(identify('10:00', { consents: { digest: false } }));
  const policy = categoryPolicies([{ id: 'digest', legal: false, consent: 'opt_out', renamed_from: [] }]).get('digest');
  expect(mailRefusal(consents, policy ?? undeclared('?'))).toBe('opt_out');
});

test('whatever JSON stands in the fields of consents, it is read, and a no that follows holds', () => {
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.dictionary(
      fc.constantFrom('news', 'News', 'all', '__proto__', 'constructor', 'toString', ''),
      fc.jsonValue({ maxDepth: 1 }),
    ),
  );
  const field = fc.constantFrom('consents', 'Consents', 'consent', 'unsubscribed', 'plan', '__proto__');
  const hostile = fc.record({
    traits: fc.dictionary(field, anything),
    consent: anything,
    consentManagement: anything,
    properties: fc.dictionary(fc.constantFrom('category', 'categories'), anything),
    event: fc.constantFrom('Consent Granted', 'Consent Withdrawn', 'x'),
    type: fc.constantFrom('identify', 'track', 'page'),
    timestamp: fc.constantFrom(T('12:00'), T('03:00'), '2099-01-01T00:00:00Z', '1970-01-01', 'soon'),
  });
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 8 }), (items) => {
      const calls = items.map(({ consent, consentManagement, ...item }) =>
        call({ ...item, context: { consent, consentManagement } }),
      );
      expect(refusal('news', ...calls, call({ traits: { consents: { news: false } } }))).toBe('opt_out');
    }),
  );
});
