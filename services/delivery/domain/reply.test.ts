import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs, defaultBackoff } from './backoff.ts';
import { settle, type Ending, type Stage } from './reply.ts';
import { documented } from './reply-table.ts';

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
  test('is accepted only by a 2xx reply to a body, in_doubt only without a clear one', () => {
    fc.assert(
      fc.property(ending, fc.nat(2_000), (end, deferrals) => {
        const state = settle(end, deferrals, defaultBackoff)?.state;
        const body = (end.kind === 'reply' || end.kind === 'cut') && end.stage === 'body';
        expect(state === 'accepted').toBe(end.kind === 'reply' && body && /^2\d\d([ \n-]|$)/.test(end.text));
        expect(state === 'in_doubt').toBe(body && (end.kind === 'cut' || !/^[245]\d\d([ \n-]|$)/.test(end.text)));
        expect(state === undefined).toBe(end.kind === 'refused');
      }),
    );
  });

  test('counts over in_doubt only where a body was answered by yes or no', () => {
    fc.assert(
      fc.property(ending, (end) => {
        const answered = settle(end, 0, defaultBackoff)?.answered ?? false;
        const clear = end.kind === 'reply' && /^[245]\d\d([ \n-]|$)/.test(end.text);
        expect(answered).toBe(clear && end.stage === 'body');
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

describe('a reply to a body', () => {
  const answer = (text: string) => settle({ kind: 'reply', stage: 'body', command: 'DATA', text }, 0, defaultBackoff);

  test.each(['354 go on', '101 what', '999 what', '2', '25 ok', 'OK queued', '', '250-queued\n550 5.7.1 no', '451-no\n250 yes'])(
    'that is neither yes nor no leaves the mail in doubt: %s',
    (text) => {
      expect(answer(text)).toMatchObject({ state: 'in_doubt', reason: 'unclear_reply', answered: false });
    },
  );

  test.each(['250', '250 2.0.0 queued', '250-queued\n250 as 12', '250-404 mails before you\n250 ok'])('is a yes: %s', (text) => {
    expect(answer(text)).toMatchObject({ state: 'accepted', answered: true });
  });
});

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
    '550 5.4.1 All recipient addresses rejected : Access denied. AS(201806271)',
    '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
    "550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the recipient's email address for typos or\n550 5.1.1 unnecessary spaces. https://support.google.com/mail/?p=NoSuchUser - gsmtp",
    '550 5.2.1 The email account that you tried to reach is inactive.',
    '553 5.1.2 The recipient domain could not be found',
    '554 30 Sorry, your message to ana@yahoo.fr cannot be delivered. This mailbox is disabled (554.30).',
    '550 <ana@gmx.example>: Requested action not taken: mailbox unavailable',
    '550 5.1.1 <spam.policy@x.example>: User unknown in local recipient table',
    '550 Message was not accepted -- invalid mailbox. Local mailbox is unavailable: user not found',
    '550 5.1.0 <ana@x.example> User unknown',
    '550 5.5.1 No such user',
    '550 5.4.4 User unknown',
    '550 User <ana@x.example> does not exist',
    '550 Local User [ana@x.example] not found',
    '550 Recipient ana@x.example unknown',
    '550 The email account that you tried to reach does not exist',
    '550 5.1.1 spam@x.example: user unknown',
    '550 cuda_nsu 5.1.1 <ana@x.example> Recipient address rejected: User unknown',
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
    '550 5.7.1 Our system has detected that this message is likely unsolicited mail. - gsmtp',
    '550-5.7.26 This mail has been blocked because the sender is unauthenticated.\n550 5.7.26 - gsmtp',
    '550-5.7.27 the SPF check did not pass\n550 5.7.27 - gsmtp',
    '421-4.7.28 an unusual rate of unsolicited mail from your IP address\n421 4.7.28 - gsmtp',
    '421 4.7.0 TLS required for RCPT domain, closing connection',
    '421 4.7.0 [TSS04] Messages from 203.0.113.5 temporarily deferred due to unexpected volume or user complaints',
    '553 5.7.1 [BL21] Connections will not be accepted from 203.0.113.5',
    '550 5.7.509 Access denied, sending domain SHOP.EXAMPLE does not pass DMARC verification',
    '550 5.7.606 Access denied, banned sending IP [203.0.113.5]',
    '550 5.1.0 Sender denied',
    '550 5.4.1 Relay Access Denied',
    '550 5.4.5 Daily SMTP relay limit exceeded for user',
    '550-5.1.1 user unknown\n550 5.7.1 or so we say to strangers',
    '550 #5.7.1 Your access to submit messages has been rejected: user unknown',
    '550-Requested action not taken: mailbox unavailable\n550 invalid DNS MX or A/AAAA resource record',
    '550 User unknown (5.7.1)',
    '550 4.7.1 User unknown',
    '550  5.7.1 User unknown',
    '550 [5.7.1] User unknown',
    '550 User unknown; listed at Spamhaus',
    '550 5.1.1 unsolicited bulk mail',
    '550 5.1.1 Black list: 203.0.113.4',
    '550 Invalid user: SMTP AUTH required',
    '530 Unknown user, STARTTLS first',
    '535 Authentication failed: invalid user',
    '503 Bad sequence: unknown user',
    '571 user unknown',
    '550 5.1.1 HELO rejected',
    '554 Message refused: virus; mailbox unavailable',
    '550 Access denied: user unknown',
    '550-Verification failed for <hello@shop.example>\n550-Called: 203.0.113.4\n550 Response: 550 unknown user',
  ])('is tried again and suppresses nobody: %s', (reply) => {
    for (const at of ['RCPT', 'DATA'] as const)
      expect(after(reply, at)).toMatchObject({ state: 'pending', deferral: true, blame: 'sender' });
    expect(after(reply)?.suppressAddress).toBeUndefined();
  });

  test('suppresses nobody as soon as one word of it is of us or of a time', () => {
    const ofTheMailbox = fc.constantFrom('5.1.1 unknown', '5.2.1 disabled', 'User unknown', '5.4.310 no domain', 'No such user');
    const ofUs = fc.constantFrom(
      'spammers',
      'black list',
      'not authorized',
      'HELO',
      'unsolicited',
      'phishing',
      'senders blocked',
    );
    const ofATime = fc.constantFrom(
      'temporary failure',
      'try later',
      'greylisted',
      'mailbox is full',
      'lookup timeout',
      'is paused',
    );
    fc.assert(
      fc.property(ofTheMailbox, fc.oneof(ofUs, ofATime), fc.boolean(), fc.boolean(), (said, but, newLine, upper) => {
        const reply = `550 ${said}${newLine ? '\n550 ' : ': '}${upper ? but.toUpperCase() : but}`;
        expect(after(reply)).toMatchObject({ state: 'pending', deferral: true });
      }),
    );
  });

  test('suppresses nobody where its codes disagree', () => {
    const codes = fc.constantFrom('4.1.1', '4.2.1', '4.7.1', '5.2.2', '5.7.1', '5.1.8', '2.1.5');
    fc.assert(
      fc.property(codes, fc.boolean(), (other, first) => {
        const lines = [`5.1.1 user unknown`, `${other} user unknown`];
        const [a, b] = first ? lines : lines.reverse();
        expect(after(`550-${String(a)}\n550 ${String(b)}`)).toMatchObject({ state: 'pending' });
        expect(after(`550 ${other} user unknown`)).toMatchObject({ state: 'pending' });
      }),
    );
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

  test('to MAIL burns no attempt of the mail where it is for good', () => {
    for (const reply of ['550 5.7.1 not allowed', '550 5.1.1 unknown', '550 user unknown'])
      expect(after(reply, 'MAIL', 7)).toEqual({
        state: 'pending',
        reason: 'sender_refused',
        retryInMs: defaultBackoff.connectionMs,
        blame: 'sender',
        reply,
        answered: false,
      });
  });

  test('to MAIL for a time is a deferral of the mail, as one to RCPT is, and its wait grows', () => {
    for (const reply of ['451 4.3.0 later', '421 4.7.0 come back', '452 4.3.1 no room'])
      for (const deferrals of [0, 1, 7, 40]) {
        const settlement = after(reply, 'MAIL', deferrals);
        expect(settlement).toEqual(after(reply, 'RCPT', deferrals));
        expect(settlement).toMatchObject({ deferral: true, retryInMs: backoffMs(defaultBackoff, deferrals) });
      }
  });

  test('to a MAIL that asks for SMTPUTF8 is of that mail alone and suppresses nobody', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 400, max: 599 }),
        fc.constantFrom('', ' 5.1.1 user unknown', ' 5.7.1 no', ' 5.5.4 no'),
        (code, said) => {
          const ending = {
            kind: 'reply',
            stage: 'envelope',
            command: 'MAIL',
            text: `${String(code)}${said}`,
            utf8: true,
          } as const;
          const settlement = settle(ending, 3, defaultBackoff);
          expect(settlement).toMatchObject(
            code >= 500 ? { state: 'failed', reason: 'unsupported_address' } : { state: 'pending', deferral: true },
          );
          expect(settlement?.suppressAddress).toBeUndefined();
        },
      ),
    );
  });
});

describe('any other reply', () => {
  test.each([
    [
      '550-5.2.1 The user you are trying to contact is receiving mail at a rate that\n550-5.2.1 prevents additional messages from being delivered.\n550 5.2.1 https://support.google.com/mail/?p=ReceivingRatePerm - gsmtp',
      { state: 'pending', reason: 'rate' },
    ],
    ['550 5.2.121 Requested action not taken: message receive limit exceeded', { state: 'pending', reason: 'rate' }],
    ['452 4.2.2 The recipient is over quota', { state: 'pending', reason: 'deferred' }],
    ['550 #5.1.0 Address rejected.', { state: 'pending', reason: 'refused' }],
    ['552 5.2.2 full', { state: 'pending', reason: 'mailbox_full' }],
    ['550 5.1.1 mailbox full', { state: 'pending', reason: 'mailbox_full', blame: 'server' }],
    ['552 5.2.0 mailbox unavailable, user is over quota', { state: 'pending', reason: 'mailbox_full', blame: 'server' }],
    ['552 Requested mail action aborted: exceeded storage allocation', { state: 'pending', reason: 'mailbox_full' }],
    ['550 mailbox unavailable, try again later', { state: 'pending', reason: 'deferred', blame: 'server' }],
    ['550 5.2.1 Mailbox temporarily disabled', { state: 'pending', reason: 'deferred', blame: 'server' }],
    ['501 Unknown user', { state: 'pending', reason: 'refused' }],
    ['450 4.2.0 greylisted', { state: 'pending', reason: 'deferred' }],
    ['450 5.1.1 the SMTP code counts', { state: 'pending', reason: 'deferred' }],
    ['550 4.1.1 the SMTP code counts', { state: 'pending', reason: 'refused' }],
    ['554 go away', { state: 'pending', reason: 'refused' }],
    ['550 5.1.100 unknown code', { state: 'pending', reason: 'refused' }],
    ['550 5.1.0 unknown code', { state: 'pending', reason: 'refused' }],
    ['550 5.4.1 no answer from host', { state: 'pending', reason: 'refused' }],
    ['999 what', { state: 'pending', reason: 'deferred' }],
    ['', { state: 'pending', reason: 'deferred' }],
    ['550-5.1.1 unknown\n250 ok', { state: 'pending', reason: 'address' }],
    ['501 5.1.3 bad recipient address syntax', { state: 'failed', reason: 'address_syntax' }],
    ['552 5.3.4 too big', { state: 'failed', reason: 'too_large' }],
    ['553 5.6.7 non-ASCII address', { state: 'failed', reason: 'unsupported_address' }],
  ] as const)('%s suppresses nobody', (reply, expected) => {
    expect(after(reply)).toMatchObject(expected);
    expect(after(reply)?.suppressAddress).toBeUndefined();
  });
});

test('each row of the table names a public document', () => {
  for (const { source } of documented) expect(source).toMatch(/https:\/\/\S+/);
});

test('retries double up to the longest, a cut begins sooner', () => {
  expect([0, 1, 2, 5, 9].map((n) => backoffMs(defaultBackoff, n) / 60_000)).toEqual([1, 2, 4, 32, 240]);
  const cut: Ending = { kind: 'cut', stage: 'envelope', why: 'connection' };
  expect([0, 1, 2, 40].map((n) => settle(cut, n, defaultBackoff)?.retryInMs)).toEqual([5_000, 10_000, 20_000, 14_400_000]);
});
