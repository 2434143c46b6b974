import { expect, test } from '@jest/globals';
import { eventMatcher } from './event-matcher.ts';

const order = { event: 'Order Completed', properties: { revenue: 30 } };

test.each([
  [{ event: 'Order Completed' }, true],
  [{ event: 'order completed' }, false],
  [{ event: 'Order Completed', where: 'properties.revenue > 10' }, true],
  [{ event: 'Order Completed', where: 'properties.revenue > 30' }, false],
  [{ event: 'Order Refunded', where: 'properties.revenue > 10' }, false],
  [{ event: 'Order Completed', where: 'traits.plan == "pro"' }, true],
])('%p matches: %p', (match, expected) => {
  expect(eventMatcher(match)(order, { plan: 'pro' })).toBe(expected);
});

test('without traits a condition over them does not hold', () => {
  expect(eventMatcher({ event: 'Order Completed', where: 'traits.plan == "pro"' })(order)).toBe(false);
});
