import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { collected } from '#contracts';
import { consentsOf, mailRefusal, undeclared } from '#facts';
import { collect, maxCallLength } from './collect.ts';
import { callsOf, maxItems } from './envelope.ts';
import { take, type Identity } from './identity.ts';
import { heard, type Person } from './profile.ts';
import { rescued } from './withdrawals.ts';

const at = Date.parse('2026-03-01T12:00:00.000Z');
const nobody: ReadonlySet<string> = new Set();
type Call = Record<string, unknown>;

/** May the person `u1`, known as `a1` on their device, be mailed news after these bodies? `lost`: refusals that say that a withdrawal is. */
function after(...bodies: readonly { readonly route: string; readonly body: unknown }[]) {
  const identities = new Map<string, Identity | undefined>();
  const people = new Map<string, Person>();
  let lost = 0;
  let seen = at;
  const tell = ({ key, value }: { key: string; value: unknown }): void => {
    const data = collected.schema.parse(JSON.parse(JSON.stringify(value)));
    const outcome = take(identities.get(key), data, (seen += 1_000));
    identities.set(key, outcome.state);
    for (const { user_id, call } of outcome.known) {
      const derived = { person_id: data.id, cause: { id: '' }, id: data.id, at: new Date(seen).toISOString() };
      people.set(user_id, heard(people.get(user_id), { ...call, ...derived, user_id }));
    }
  };
  for (const { route, body } of bodies) {
    const calls = callsOf(route, body);
    let index = 0;
    for (const item of calls.items) {
      const arrival = { source: 'site', arrivedAt: seen, index: index++ };
      if ('problem' in calls) {
        const found = rescued(item, arrival, nobody);
        if (found === 'unheard') lost += 1;
        else if (found !== undefined) tell(found);
        continue;
      }
      const verdict = collect(item, arrival, nobody);
      if (verdict.accepted) tell(verdict);
      if (verdict.accepted) continue;
      if (verdict.withdrawal !== undefined) tell(verdict.withdrawal);
      if (verdict.unheard === true) {
        lost += 1;
        expect(verdict.reason).toMatch(/a withdrawal of consent is lost with it/);
      }
    }
  }
  const person = people.get('u1');
  const refusal = person && mailRefusal(consentsOf(person.consents), undeclared('news', { consent: 'opt_out' }));
  return { refusal, lost };
}

const known = { route: 'identify', body: { userId: 'u1', anonymousId: 'a1', traits: { email: 'a@x.example' } } };
const one = (body: unknown) => after(known, { route: 'batch', body: { batch: [body] } });

/** Every way to say no; each hears of `news` or of all mail. */
const noes: readonly Call[] = [
  { type: 'identify', traits: { consents: { news: false } } },
  { type: 'identify', traits: { Consents: { News: 'no' } } },
  { type: 'identify', traits: { consents: ['news'] } },
  { type: 'identify', traits: { consents: { mail: { news: false } } } },
  { type: 'identify', traits: { unsubscribed: true } },
  { type: 'identify', traits: { consent: 'no' } },
  { type: 'identify', traits: { consent: { granted: false } } },
  { type: 'identify', context: { traits: { unsubscribed: 'yes' } } },
  { type: 'track', event: 'Consent Withdrawn', properties: { category: 'news' } },
  { type: 'track', event: 'consent_withdrawn', properties: { categories: [...Array.from({ length: 150 }, () => 'x'), 'news'] } },
  { type: 'track', event: 'ConsentRevoked' },
  { type: 'track', event: 'Unsubscribed' },
  { type: 'track', event: 'x', traits: { consents: { news: 0 } } },
  { type: 'page', name: 'x', context: { consent: { categoryPreferences: { news: false } } } },
  { type: 'screen', name: 'x', context: { consent: { news: false } } },
  { type: 'group', groupId: 'g', context: { traits: { consents: { news: false } } } },
  { type: 'group', groupId: 'g', context: { consentManagement: { deniedConsentIds: ['news'] } } },
  { type: 'page', name: 'x', consents: { news: false } },
  { type: 'alias', previousId: 'a1', context: { unsubscribed: true } },
];

const deep = JSON.parse(`${'{"a":'.repeat(60_000)}1${'}'.repeat(60_000)}`) as object;

/** What makes a call hostile, and leaves its no where it is. */
const spoiled: Readonly<Record<string, (call: Call) => Call>> = {
  'a context that is a text': (call) => ('context' in call ? call : { ...call, context: 'x' }),
  'a context that is a list': (call) => ({ ...call, context: [call['context'] ?? 'x'] }),
  'traits that are a list': (call) => ({ ...call, traits: [call['traits'] ?? 'x'] }),
  'a time that nobody can read': (call) => ({ ...call, timestamp: 'soon', sentAt: { $date: 1 } }),
  'a time of the year 275760': (call) => ({ ...call, timestamp: '+275760-09-13T00:00:00.000Z' }),
  'too many keys': (call) => ({
    ...call,
    more: Object.fromEntries(Array.from({ length: 6_000 }, (_, n) => [`k${String(n)}`, n])),
  }),
  'too many levels': (call) => ({ ...call, more: deep }),
  'too many levels in its context': (call) =>
    Array.isArray(call['context']) ? call : { ...call, context: { ...(call['context'] as object | undefined), deep } },
  'too many levels as message id': (call) => ({ ...call, messageId: deep, integrations: 7 }),
  '600 kB': (call) => ({ ...call, more: 'x'.repeat(600_000) }),
  'traits of 600 kB': (call) =>
    call['type'] === 'group' || Array.isArray(call['traits'])
      ? call
      : { ...call, traits: { ...(call['traits'] as object | undefined), x: 'x'.repeat(600_000) } },
  'no type': ({ type: _, ...call }) => ({ ...call, ...(call['name'] === 'x' && { event: 'x' }) }),
  'an unknown type': (call) => ({ ...call, type: 'merge' }),
  'an event in place of its name': ({ event, ...call }) => ({ ...call, name: event }),
  'a name that is an object': (call) => ('event' in call ? call : { ...call, name: {} }),
  'properties that are a list': (call) => ({ ...call, properties: [call['properties'] ?? 1] }),
  'a user id for nobody': (call) => ({ ...call, userId: 'undefined', anonymousId: 'a1' }),
  'a user id with something invisible': (call) => ({ ...call, userId: ' u1\u200b' }),
  'an anonymous id that is an object': (call) => ({ ...call, anonymousId: {} }),
  'an endless anonymous id': (call) => ({ ...call, anonymousId: 'x'.repeat(10_000) }),
  'characters that a database refuses': (call) => ({ ...call, more: ['\0', '\ud800'], 'a\0': 1e999 }),
  'an alias of nobody': (call) => (call['type'] === 'alias' ? { ...call, previousId: 'null' } : call),
};

describe('a withdrawal is heard although its call has', () => {
  test.each(Object.entries(spoiled))('%s', (_, spoil) => {
    for (const no of noes) {
      const call = spoil({ userId: 'u1', ...no });
      expect([JSON.stringify(no), one(call).refusal]).toEqual([JSON.stringify(no), 'opt_out']);
    }
  });
});

test('a withdrawal in any hostile call, at any place of any body, is heard', () => {
  const call = fc
    .tuple(fc.constantFrom(...noes), fc.uniqueArray(fc.constantFrom(...Object.values(spoiled)), { maxLength: 3 }))
    .map(([no, spoils]) => spoils.reduce<Call>((made, spoil) => spoil(made), { userId: 'u1', ...no }));
  const junk = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>({ type: 'track', event: 'x', userId: 'u1' }, { type: 'track', userId: 'u2', context: 'x' }),
  );
  const body = fc
    .tuple(
      call,
      fc.array(junk, { maxLength: 4 }),
      fc.constantFrom('first', 'last', 'of too many', 'list', 'lost', 'envelope', 'alone'),
    )
    .map(([no, others, place]) => {
      const batch = place === 'first' ? [no, ...others] : [...others, no];
      if (place === 'of too many') return { route: 'batch', body: { batch: [...Array<number>(maxItems).fill(1), no] } };
      if (place === 'list') return { route: 'batch', body: batch };
      if (place === 'lost') return { route: 'track', body: { batch } };
      if (place === 'envelope') return { route: 'batch', body: { batch, context: { x: deep } } };
      if (place === 'alone') return { route: 'batch', body: no };
      return { route: 'batch', body: { batch } };
    });
  fc.assert(
    fc.property(body, (sent) => {
      const { refusal, lost } = after(known, sent);
      return refusal === 'opt_out' || lost > 0; // two spoils together may leave no id
    }),
    { numRuns: 150 },
  );
});

test('a withdrawal of whom no id can be read is counted as lost, by a reason that says so', () => {
  for (const ids of [{}, { userId: 'null' }, { userId: 12345678901234567890 }, { userId: { id: 'u1' } }, { userId: 'u\ufffd' }])
    for (const no of noes.filter(({ type }) => type !== 'alias')) expect(one({ ...no, ...ids }).lost).toBe(1);
});

test('an envelope that withdraws is heard for a call whose own context is none', () => {
  const consent = { categoryPreferences: { news: false } };
  const batch = [{ type: 'track', event: 'x', userId: 'u1', context: 'odd' }];
  expect(after(known, { route: 'batch', body: { batch, context: { consent } } }).refusal).toBe('opt_out');
  const wide = Object.fromEntries(Array.from({ length: 6_000 }, (_, n) => [`k${String(n)}`, n]));
  expect(after(known, { route: 'batch', body: { batch, context: { ...wide, consent } } }).refusal).toBe('opt_out');
});

test('a refused call grants nothing, and one that withdraws nothing leaves no trace', () => {
  const grant = { type: 'identify', userId: 'u1', traits: { consents: { news: true }, unsubscribed: false }, context: 'x' };
  const verdict = collect(grant, { source: 'site', arrivedAt: at });
  expect(verdict).toEqual({ accepted: false, kind: 'bad_field', reason: 'context must be an object' });
  expect(one({ ...grant, traits: { consents: { offers: true, news: false } } }).refusal).toBe('opt_out');
});

test('the same refused call sent again is the same withdrawal, another is another', () => {
  const call = { type: 'identify', userId: 'u1', messageId: 'm1', traits: { unsubscribed: true }, context: 'x' };
  const idOf = (item: object, arrivedAt = at): string | undefined => {
    const verdict = collect(item, { source: 'site', arrivedAt });
    return verdict.accepted ? undefined : verdict.withdrawal?.value.message_id;
  };
  expect(idOf(call, at + 60_000)).toBe(idOf(call));
  expect(
    new Set([idOf(call), idOf({ ...call, userId: 'u2' }), idOf({ ...call, traits: { consents: { news: false } } })]).size,
  ).toBe(3);
  expect(idOf(call)).not.toBe('m1');
});

test('a withdrawal carries nothing of its call but ids, times and names, and stays small', () => {
  const names = Object.fromEntries(Array.from({ length: 4_000 }, (_, n) => [`category ${String(n)}`, false]));
  const verdict = collect(
    {
      type: 'identify',
      userId: 'u1',
      traits: { email: 'a@x.example', consents: { ...names, tracking: false } },
      more: 'x'.repeat(maxCallLength),
    },
    { source: 'site', arrivedAt: at },
  );
  const text = JSON.stringify(verdict.accepted ? undefined : verdict.withdrawal);
  expect(text.length).toBeLessThan(3_000);
  expect(text).not.toMatch(/x{10}|example/);
  expect(text).toMatch(/"all":false,"tracking":false/);
});

test('an id that had to be mended binds no device to its person', () => {
  const verdict = collect(
    { type: 'identify', userId: 'u1\u200b', anonymousId: 'a7', traits: { unsubscribed: true } },
    { source: 'site', arrivedAt: at },
  );
  expect(verdict).toMatchObject({ withdrawal: { key: 'u1', value: { user_id: 'u1' } } });
  expect(verdict).not.toHaveProperty('withdrawal.value.anonymous_id');
});
