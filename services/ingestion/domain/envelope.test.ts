import { expect, test } from '@jest/globals';
import { callsOf, maxAdded, maxItems } from './envelope.ts';

const itemsOf = (type: string, body: unknown): unknown[] => {
  const calls = callsOf(type, body);
  return 'problem' in calls ? [calls.kind] : [...calls.items];
};

test('a single call takes its type from the route', () => {
  expect(itemsOf('track', { event: 'x', type: 'page' })).toEqual([{ event: 'x', type: 'track' }]);
});

test("a batch's context, integrations and sentAt are merged into every item, whose own word wins", () => {
  const body = {
    batch: [
      { type: 'track', context: { ip: '1.1.1.1' } },
      { type: 'page', sentAt: 'own', integrations: { All: false } },
    ],
    context: { ip: '2.2.2.2', library: { name: 'x' } },
    integrations: { Mixpanel: true },
    sentAt: 'envelope',
    writeKey: 'k',
  };
  expect(itemsOf('batch', body)).toEqual([
    { type: 'track', sentAt: 'envelope', context: { ip: '1.1.1.1', library: { name: 'x' } }, integrations: { Mixpanel: true } },
    {
      type: 'page',
      sentAt: 'own',
      context: { ip: '2.2.2.2', library: { name: 'x' } },
      integrations: { Mixpanel: true, All: false },
    },
  ]);
});

test('what is no call is handed on to be judged alone', () => {
  expect(itemsOf('batch', { batch: [1, null, { type: 'track', context: 'odd' }], context: {} })).toEqual([
    1,
    null,
    { type: 'track', context: 'odd' },
  ]);
});

test("the empty lists that PHP sends are empty objects, and an envelope's context.traits are nobody's", () => {
  const body = {
    batch: [{ type: 'identify', context: [] }],
    context: { traits: { email: 'a@x.example' }, ip: '1.1.1.1' },
    integrations: [],
  };
  expect(itemsOf('batch', body)).toEqual([{ type: 'identify', context: { ip: '1.1.1.1' } }]);
});

test('a batch of more calls than allowed is refused before one of them is made', () => {
  expect(callsOf('batch', { batch: Array.from({ length: maxItems }, () => 1) })).toHaveProperty('count');
  expect(itemsOf('batch', { batch: Array.from({ length: maxItems + 1 }, () => 1) })).toEqual(['too_many_items']);
});

test.each([
  ['long', { x: 'x'.repeat(maxAdded / 100) }],
  ['deep', JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`) as object],
  ['wide', Object.fromEntries(Array.from({ length: 6_000 }, (_, n) => [`k${String(n)}`, n]))],
])('an envelope whose context is too %s for its calls is refused', (_, context) => {
  expect(itemsOf('batch', { batch: Array.from({ length: 100 }, () => ({})), context })).toEqual(['large_envelope']);
});

test.each([
  ['batch', {}],
  ['batch', { batch: {} }],
  ['track', []],
  ['track', 'x'],
  ['batch', null],
])('%s of %j cannot be read', (type, body) => {
  expect(callsOf(type, body)).toHaveProperty('problem');
});
