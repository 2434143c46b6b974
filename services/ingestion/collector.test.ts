import { expect, test } from '@jest/globals';
import { Collector } from './collector.ts';

const collector = new Collector({
  log: { produce: () => Promise.resolve() },
  prefix: 'test',
  nobody: new Set(),
  secrets: new Set(),
  report: { note: () => undefined, lost: () => undefined },
});
const arrival = { source: 'website', arrivedAt: Date.parse('2026-03-01T12:00:00.000Z') };
const call = { type: 'track', event: 'x', userId: 'u1' };

test.each([
  ['taken', 'judge', { ...call, properties: Object.fromEntries(Array.from({ length: 45 }, (_, n) => [`k${String(n)}`, n])) }],
  ['refused with their body', 'withdrawals', { ...call, traits: { consents: Array.from({ length: 45 }, () => 'x') } }],
] as const)('calls that are %s let a later request be answered before they end', async (_, how, one) => {
  const order: string[] = [];
  const many = Array.from({ length: 400 }, (_one, n) => ({ ...one, messageId: `m${String(n)}` }));
  const judged = how === 'judge' ? collector.judge(many, arrival) : collector.withdrawals('too_many_items', many, arrival);
  const large = judged.then(() => order.push('large'));
  const small = new Promise<void>((resolve) => {
    setImmediate(() => {
      void collector.judge([call], arrival).then(() => {
        order.push('small');
        resolve();
      });
    });
  });
  await Promise.all([large, small]);
  expect(order).toEqual(['small', 'large']);
});
