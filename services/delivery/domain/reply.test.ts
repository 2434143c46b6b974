import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs, defaultBackoff } from './backoff.ts';
import { settle, type Ending, type Stage } from './reply.ts';

const stage = fc.constantFrom<Stage>('envelope', 'granted', 'body');
const command = fc.constantFrom('MAIL' as const, 'RCPT' as const, 'DATA' as const);
const text = fc.oneof(
  fc
    .tuple(
      fc.integer({ min: 200, max: 599 }),
      fc.constantFrom(' ok', ' 4.2.0 later', ' 5.1.1 unknown', ' 5.7.1 blocked', ' user unknown', ''),
    )
    .map(([code, rest]) => `${String(code)}${rest}`),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const ending: fc.Arbitrary<Ending> = fc.oneof(
  fc.record({ kind: fc.constant('reply' as const), stage, command, text }),
  fc.record({ kind: fc.constant('cut' as const), stage, why: fc.constant('connection') }),
  fc.constant({ kind: 'unreachable' as const }),
  fc.constant({ kind: 'refused' as const }),
  fc.constant({ kind: 'released' as const }),
  fc.constant({ kind: 'unsendable' as const, why: 'missing' }),
);

describe('how an attempt ended', () => {
  test('is accepted only by a 2xx reply to a body, in_doubt only without a complete one', () => {
    fc.assert(
      fc.property(ending, fc.nat(2_000), (end, deferrals) => {
        const state = settle(end, deferrals, defaultBackoff)?.state;
        const body = (end.kind === 'reply' || end.kind === 'cut') && end.stage === 'body';
        expect(state === 'accepted').toBe(end.kind === 'reply' && body && end.text.startsWith('2'));
        expect(state === 'in_doubt').toBe(end.kind === 'cut' && body);
        expect(state === undefined).toBe(end.kind === 'refused');
      }),
    );
  });

  test('counts over in_doubt only where a body was answered', () => {
    fc.assert(
      fc.property(ending, (end) => {
        const answered = settle(end, 0, defaultBackoff)?.answered ?? false;
        expect(answered).toBe(end.kind === 'reply' && end.stage === 'body');
      }),
    );
  });

  test('has a next attempt, later with each, for as long as the mail is pending', () => {
    fc.assert(
      fc.property(ending, fc.nat(2_000), (end, deferrals) => {
        const now = settle(end, deferrals, defaultBackoff);
        if (now?.state !== 'pending') return;
        const next = settle(end, deferrals + 1, defaultBackoff);
        expect(next?.state).toBe('pending');
        expect(next?.retryInMs).toBeGreaterThanOrEqual(now.retryInMs ?? NaN);
        expect(next?.retryInMs).toBeLessThanOrEqual(defaultBackoff.longestMs);
      }),
    );
  });

  test('is recorded in text that Postgres takes, whatever the server said', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
      fc.constantFrom('550 5.1.1 no\0body', `550-${'x\n550-'.repeat(200_000)}`, `250 ${'\ud800'.repeat(5_000)}`),
    );
    fc.assert(
      fc.property(hostile, stage, command, (said, at, to) => {
        const settlement = settle({ kind: 'reply', stage: at, command: to, text: said }, 0, defaultBackoff);
        expect(settlement?.reply?.length).toBeLessThanOrEqual(1_000);
        expect(settlement?.reply?.isWellFormed()).toBe(true);
        expect(settlement?.reply).not.toMatch(/[^\P{Cc}\n]/u);
      }),
    );
  });
});

const after = (reply: string, at: 'MAIL' | 'RCPT' | 'DATA' = 'RCPT', deferrals = 0) =>
  settle({ kind: 'reply', stage: 'envelope', command: at, text: reply }, deferrals, defaultBackoff);

describe('a reply that blames the recipient', () => {
  test.each([
    '550 5.1.1 unknown',
    '550-5.1.1 The email account that you tried to reach does not exist.\n550 5.1.1 gsmtp',
    '550-5.1.2 no such domain\n550 5.1.2 really',
    '550 5.1.1 <ana@x.example>: Recipient address rejected: User unknown in relay recipient table',
    '551 5.1.6 moved',
    '556 5.1.10 recipient address has null MX',
    '556 domain takes no mail',
    '550 5.2.1 mailbox disabled',
    '550 5.4.1 [ana@x.example]: Recipient address rejected: Access denied. AS(201806281)',
    '550 5.4.310 DNS domain x.example does not exist',
    '550 Unknown user',
    '550 No such user here',
    '550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)',
    "554 delivery error: dd This user doesn't have a yahoo.com account (ana@yahoo.com) [0]",
    '511 sorry, no mailbox here by that name (#5.1.1 - chkuser)',
    '550 Message was not accepted -- invalid mailbox. Local mailbox is unavailable: user not found',
  ])('suppresses the address: %s', (reply) => {
    expect(after(reply)).toMatchObject({ state: 'bounced', suppressAddress: true, blame: 'recipient' });
    expect(after(reply, 'DATA')).toMatchObject({ state: 'bounced', suppressAddress: true });
  });
});

describe('a reply that blames the sender', () => {
  test.each([
    '553 5.1.8 <hello@shop.example>... Domain of sender address does not exist',
    '501 5.1.7 Bad sender address syntax',
    '550 5.1.90 Your message cannot be sent because you have reached your daily limit',
    '550 5.7.1 blocked',
    '550 5.7.1 user unknown',
    '550 5.7.26 unauthenticated',
    '450 4.7.1 greylisted',
    '421 4.7.0 slow down',
    '550 5.1.1 Sender address rejected: User unknown',
    '550 Your IP 203.0.113.5 is blacklisted: user unknown',
    '550 sender verify failed: unknown user',
  ])('is tried again and suppresses nobody: %s', (reply) => {
    for (const at of ['RCPT', 'DATA'] as const)
      expect(after(reply, at)).toMatchObject({ state: 'pending', deferral: true, blame: 'sender' });
    expect(after(reply)?.suppressAddress).toBeUndefined();
  });

  test('never suppresses by its code, whatever its text says', () => {
    fc.assert(
      fc.property(
        fc.nat(255),
        fc.constantFrom('550 5.7.', '554-5.7.', '450 4.7.'),
        fc.constantFrom('', ' user unknown', ' no such user', ' Recipient address rejected: Access denied'),
        command,
        (n, prefix, rest, at) => {
          expect(after(`${prefix}${String(n)}${rest}`, at)).toMatchObject({ state: 'pending' });
        },
      ),
    );
  });

  test('to MAIL burns no attempt of the mail, whatever it says', () => {
    for (const reply of ['550 5.7.1 not allowed', '550 5.1.1 unknown', '550 user unknown'])
      expect(after(reply, 'MAIL', 7)).toEqual({
        state: 'pending',
        reason: 'sender_refused',
        retryInMs: defaultBackoff.connectionMs,
        blame: 'sender',
        reply,
        answered: false,
      });
    expect(after('451 4.3.0 later', 'MAIL', 7)).toMatchObject({ state: 'pending', reason: 'deferred', retryInMs: 5_000 });
  });
});

describe('any other reply', () => {
  test.each([
    ['552 5.2.2 full', { state: 'pending', reason: 'mailbox_full' }],
    ['450 4.2.0 greylisted', { state: 'pending', reason: 'deferred' }],
    ['450 5.1.1 the SMTP code counts', { state: 'pending', reason: 'deferred' }],
    ['550 4.1.1 the SMTP code counts', { state: 'pending', reason: 'refused' }],
    ['554 go away', { state: 'pending', reason: 'refused' }],
    ['550 5.1.100 unknown code', { state: 'pending', reason: 'refused' }],
    ['550 5.1.0 unknown code', { state: 'pending', reason: 'refused' }],
    ['550 5.4.1 no answer from host', { state: 'pending', reason: 'refused' }],
    ['999 what', { state: 'pending', reason: 'deferred' }],
    ['', { state: 'pending', reason: 'deferred' }],
    ['501 5.1.3 bad recipient address syntax', { state: 'failed', reason: 'address_syntax' }],
    ['552 5.3.4 too big', { state: 'failed', reason: 'too_large' }],
    ['553 5.6.7 non-ASCII address', { state: 'failed', reason: 'unsupported_address' }],
  ] as const)('%s suppresses nobody', (reply, expected) => {
    expect(after(reply)).toMatchObject(expected);
    expect(after(reply)?.suppressAddress).toBeUndefined();
  });
});

test('retries double up to the longest, a cut begins sooner', () => {
  expect([0, 1, 2, 5, 9].map((n) => backoffMs(defaultBackoff, n) / 60_000)).toEqual([1, 2, 4, 32, 240]);
  const cut: Ending = { kind: 'cut', stage: 'envelope', why: 'connection' };
  expect([0, 1, 2, 40].map((n) => settle(cut, n, defaultBackoff)?.retryInMs)).toEqual([5_000, 10_000, 20_000, 14_400_000]);
});
