import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs, defaultBackoff } from './backoff.ts';
import { settle, type Ending, type Stage } from './reply.ts';

const stage = fc.constantFrom<Stage>('envelope', 'granted', 'body');
const command = fc.constantFrom('MAIL' as const, 'RCPT' as const, 'DATA' as const);
const text = fc
  .tuple(fc.integer({ min: 200, max: 599 }), fc.constantFrom(' ok', ' 4.2.0 later', ' 5.1.1 unknown', ' 5.7.1 blocked', ''))
  .map(([code, rest]) => `${String(code)}${rest}`);
const ending: fc.Arbitrary<Ending> = fc.oneof(
  fc.record({ kind: fc.constant('reply' as const), stage, command, text }),
  fc.record({ kind: fc.constant('cut' as const), stage, why: fc.constant('connection') }),
  fc.constant({ kind: 'refused' as const }),
  fc.constant({ kind: 'released' as const }),
  fc.constant({ kind: 'unsendable' as const, why: 'missing' }),
);

test('accepted only by a 2xx reply to a body; in_doubt only without a complete reply to a body', () => {
  fc.assert(
    fc.property(ending, fc.nat(20), (end, deferrals) => {
      const state = settle(end, deferrals, defaultBackoff)?.state;
      const body = (end.kind === 'reply' || end.kind === 'cut') && end.stage === 'body';
      expect(state === 'accepted').toBe(end.kind === 'reply' && body && end.text.startsWith('2'));
      expect(state === 'in_doubt').toBe(end.kind === 'cut' && body);
      expect(state === undefined).toBe(end.kind === 'refused');
    }),
  );
});

test('only a complete reply to a body counts over in_doubt', () => {
  fc.assert(
    fc.property(ending, (end) => {
      const answered = settle(end, 0, defaultBackoff)?.answered ?? false;
      expect(answered).toBe(end.kind === 'reply' && end.stage === 'body');
    }),
  );
});

const reply = (code: string, at: 'MAIL' | 'RCPT' | 'DATA' = 'RCPT'): Ending => ({
  kind: 'reply',
  stage: 'envelope',
  command: at,
  text: code,
});
test.each([
  ['550 5.1.1 unknown', 'RCPT', { state: 'bounced', suppressAddress: true }],
  ['550 5.7.1 blocked', 'RCPT', { state: 'failed', reason: 'policy' }],
  ['552 5.3.4 too big', 'DATA', { state: 'failed', reason: 'refused' }],
  ['552 5.2.2 full', 'RCPT', { state: 'bounced', reason: 'mailbox' }],
  ['550-5.1.2 no such domain\n550 5.1.2 really', 'RCPT', { state: 'bounced', suppressAddress: true }],
  ['550 5.7.26 unauthenticated', 'MAIL', { state: 'pending', deferral: true }],
  ['421 4.7.0 slow down', 'RCPT', { state: 'pending', deferral: true }],
] as const)('%s at %s', (code, at, expected) => {
  expect(settle(reply(code, at), 0, defaultBackoff)).toMatchObject(expected);
});

test('our reputation never suppresses a person', () => {
  fc.assert(
    fc.property(fc.nat(255), fc.constantFrom('550 5.7.', '450 4.7.'), command, (n, prefix, at) => {
      expect(settle(reply(`${prefix}${String(n)} x`, at), 0, defaultBackoff)?.suppressAddress).toBeUndefined();
    }),
  );
});

test('retries double up to the longest and end', () => {
  expect([0, 1, 2, 5, 9].map((n) => backoffMs(defaultBackoff, n) / 60_000)).toEqual([1, 2, 4, 32, 60]);
  expect(settle(reply('450 4.2.0 x'), defaultBackoff.deferrals - 1, defaultBackoff)).toMatchObject({
    state: 'failed',
    reason: 'retries_exhausted',
  });
});
