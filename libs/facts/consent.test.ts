import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { categoryPolicies, mailRefusal, mayTrack, mergeConsents, undeclared, type Consents } from './consent.ts';
import { consentName, isPlainNo, saidBy } from './consent-words.ts';

const at = (n: number): string => new Date(Date.parse('2026-03-01T12:00:00.000Z') + n * 1_000).toISOString();
const said = (granted: boolean, n = 0) => ({ granted, changed_at: at(n) });
const policies = categoryPolicies([
  { id: 'receipts', legal: true, renamed_from: [] },
  { id: 'news', legal: false, consent: 'opt_out', tracking: 'opt_out', renamed_from: ['bulletin'] },
  { id: 'offers', legal: false, consent: 'opt_in', renamed_from: [] },
]);
const policy = (name: string) => policies.get(name) ?? undeclared(name);

describe('whether a mail may be sent', () => {
  test.each<[string, Consents, string | undefined]>([
    ['news', {}, undefined],
    ['news', { news: said(false) }, 'opt_out'],
    ['news', { all: said(false) }, 'opt_out'],
    ['news', { all: said(true, 1), news: said(false) }, 'opt_out'],
    ['news', { bulletin: said(false) }, 'opt_out'],
    ['news', { bulletin: said(false), news: said(true, 1) }, undefined],
    ['news', { bulletin: said(false, 1), news: said(true) }, 'opt_out'],
    ['news', { bulletin: said(false), news: said(true) }, 'opt_out'],
    ['offers', {}, 'no_consent'],
    ['offers', { all: said(true) }, 'no_consent'],
    ['offers', { offers: said(true) }, undefined],
    ['offers', { offers: said(true, 1), all: said(false) }, 'opt_out'],
    ['receipts', { receipts: said(false), all: said(false) }, undefined],
    ['a category of yesterday', {}, 'no_consent'],
    ['constructor', {}, 'no_consent'],
  ])('%s with %j: %s', (category, consents, expected) => {
    expect(mailRefusal(consents, policy(category))).toBe(expected);
  });

  test('a name without its dashes is the same category, unless another has it', () => {
    const rule = { legal: false, consent: 'opt_out', renamed_from: [] } as const;
    const one = categoryPolicies([{ ...rule, id: 'product-news' }]);
    expect(mailRefusal({ productnews: said(false) }, one.get('product-news') ?? undeclared(''))).toBe('opt_out');
    const two = categoryPolicies([
      { ...rule, id: 'product-news' },
      { ...rule, id: 'productnews' },
    ]);
    expect(mailRefusal({ productnews: said(false) }, two.get('product-news') ?? undeclared(''))).toBeUndefined();
  });

  test('what a decision named as opt-out or legal is so where the playbook knows no such category', () => {
    expect(mailRefusal({}, undeclared('old', { consent: 'opt_out' }))).toBeUndefined();
    expect(mailRefusal({ old: said(false) }, undeclared('old', { consent: 'opt_out' }))).toBe('opt_out');
    expect(mailRefusal({}, undeclared('old', { consent: 'a word of tomorrow' }))).toBe('no_consent');
  });
});

test.each<[string, Consents, boolean]>([
  ['news', {}, true],
  ['news', { tracking: said(false) }, false],
  ['offers', {}, false],
  ['offers', { all: said(true), offers: said(true) }, false],
  ['offers', { tracking: said(true) }, true],
  ['receipts', { tracking: said(true) }, false],
  ['a category of yesterday', {}, false],
])('opens and clicks of %s with %j are measured: %s', (category, consents, expected) => {
  expect(mayTrack(consents, policy(category))).toBe(expected);
});

const view = fc.dictionary(
  fc.constantFrom('all', 'news', 'offers', 'tracking', '__proto__', 'constructor'),
  fc.record({
    granted: fc.boolean(),
    changed_at: fc.nat(5).map(at),
  }),
  { noNullPrototype: true },
);

test('views merge to the same in any order, and again to themselves', () => {
  fc.assert(
    fc.property(view, view, view, (a, b, c) => {
      const all = mergeConsents(mergeConsents(a, b), c);
      expect(mergeConsents(a, mergeConsents(c, b))).toEqual(all);
      expect(mergeConsents(all, b)).toEqual(all);
    }),
  );
});

test('a view is bounded, and no withdrawal loses its effect by it', () => {
  const large = fc.dictionary(
    fc.nat(300).map((n) => (n === 0 ? 'all' : `category-${String(n)}`)),
    fc.record({ granted: fc.boolean(), changed_at: fc.nat(9).map(at) }),
    { minKeys: 50, maxKeys: 200, noNullPrototype: true },
  );
  fc.assert(
    fc.property(large, large, (a, b) => {
      const merged = mergeConsents(a, b);
      expect(Object.keys(merged).length).toBeLessThanOrEqual(64);
      for (const [name, { granted, changed_at }] of Object.entries(a))
        if (!granted && name !== 'all' && !(b[name]?.granted === true && b[name].changed_at > changed_at))
          expect(mailRefusal(merged, undeclared(name, { consent: 'opt_out' }))).toBe('opt_out');
    }),
    { numRuns: 50 },
  );
});

describe('spellings', () => {
  test.each([true, 'true', ' YES ', 1, '1', 'on', 'Granted', 'opt_in', { granted: true }, { granted: 'yes' }])(
    '%j is a yes',
    (value) => {
      expect(saidBy(value)).toEqual({ granted: true });
    },
  );

  test.each([
    ...[false, 'false', 'FALSE', 0, '0', 'no', 'off', 'Unsubscribed', 'opt-out', { granted: false }],
    ...['opt out', 'Opted  Out', '"no"', "'false'", 'ＮＯ', 'no.'],
  ])('%j is a no', (value) => {
    expect(saidBy(value)).toEqual({ granted: false });
  });

  test.each(['"yes"', 'ｙｅｓ', '①', 'yes.'])('%j is no yes, for a grant has fewer spellings than a no', (value) => {
    expect(saidBy(value)).toEqual({ granted: false, unclear: value });
  });

  test('a no is plain only where it denies whatever its field says', () => {
    for (const value of [false, 'False', 0, 'no', 'OFF']) expect(isPlainNo(value)).toBe(true);
    for (const value of ['unsubscribed', 'denied', 'opt-out', 'none', { granted: false }, null, ''])
      expect(isPlainNo(value)).toBe(false);
  });

  test('whatever else is there counts as no and is shown', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.string({ unit: 'grapheme' }), fc.constant(undefined)), (value) => {
        const { granted, unclear } = saidBy(value);
        const understood = /^(true|1|yes|y|on|granted?|allow(ed)?|accept(ed)?|agreed|subscribed|opt(ed)?[\s_-]+in)$/i;
        const stated = typeof value === 'object' && value !== null && 'granted' in value ? value.granted : value;
        expect(granted).toBe(typeof stated !== 'object' && understood.test(String(stated).trim()));
        if (unclear !== undefined) expect(unclear.length).toBeLessThanOrEqual(40);
      }),
    );
  });

  test.each([
    ['News', 'news'],
    [' product_news ', 'product-news'],
    ['Weekly  Digest', 'weekly-digest'],
    ['Weekly - Digest', 'weekly-digest'],
    ['_weekly–digest--', 'weekly-digest'],
    ['ＮＥＷＳ', 'news'],
    ['ne\u200bws\n', 'news'],
    ['', undefined],
    ['  ', undefined],
  ])('%j is the category %s', (text, name) => {
    expect(consentName(text)).toBe(name);
  });
});
