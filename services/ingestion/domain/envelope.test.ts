import { expect, test } from '@jest/globals';
import { callsOf } from './envelope.ts';

test('a single call takes its type from the route', () => {
  expect(callsOf('track', { event: 'x', type: 'page' })).toEqual({ items: [{ event: 'x', type: 'track' }] });
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
  expect(callsOf('batch', body)).toEqual({
    items: [
      { type: 'track', sentAt: 'envelope', context: { ip: '1.1.1.1', library: { name: 'x' } }, integrations: { Mixpanel: true } },
      {
        type: 'page',
        sentAt: 'own',
        context: { ip: '2.2.2.2', library: { name: 'x' } },
        integrations: { Mixpanel: true, All: false },
      },
    ],
  });
});

test('what is no call is handed on to be judged alone', () => {
  expect(callsOf('batch', { batch: [1, null, { type: 'track', context: 'odd' }], context: {} })).toEqual({
    items: [1, null, { type: 'track', context: 'odd' }],
  });
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
