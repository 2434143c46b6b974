import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { defaultBackoff } from '../domain/backoff.ts';
import { settle } from '../domain/reply.ts';
import { attempts, hurried, patient } from '../testing/attempts.ts';
import { MisbehavingSmtp } from '../testing/misbehaving-smtp.ts';

const { said } = attempts;
let smtp: MisbehavingSmtp;
async function given(
  server: Parameters<typeof MisbehavingSmtp.start>[0] = {},
  url: (plain: string) => string = (plain) => plain,
): Promise<void> {
  await smtp.stop();
  smtp = await MisbehavingSmtp.start(server);
  attempts.to(url(smtp.url));
}
beforeEach(async () => {
  attempts.times = patient;
  smtp = await MisbehavingSmtp.start();
  attempts.to(smtp.url);
});
afterEach(async () => {
  attempts.end();
  await smtp.stop();
});

const tried = (email = 'ana@one.example') => attempts.tried(email);
const withLogin = (extra: string) => (plain: string) => `${plain.replace('//', '//me:s3cret@')}${extra}`;
const open = () => attempts.open();

describe('a log-in', () => {
  test('sends nothing where the server offers no AUTH, and says what to set', async () => {
    await given({}, withLogin('?tls=off'));
    expect(await tried()).toEqual({ kind: 'unreachable' });
    expect(smtp.lines.filter((line) => /^(AUTH|MAIL)/.test(line))).toEqual([]);
    expect(attempts.connections.trouble).toMatch(/offers no AUTH.*SMTP_URL/);
  });

  test('sends no password where STARTTLS is stripped from the offer', async () => {
    await given({ extensions: ['AUTH PLAIN LOGIN'] }, withLogin(''));
    smtp.answer = (line) => (line.startsWith('STARTTLS') ? '502 5.5.1 not here' : undefined);
    expect(await tried()).toEqual({ kind: 'unreachable' });
    expect(smtp.lines.filter((line) => /^(AUTH|MAIL)/.test(line))).toEqual([]);
    expect(attempts.connections.trouble).toMatch(/password was not sent/);
  });

  test('falls back to plain text neither after a refused EHLO nor a refused STARTTLS', async () => {
    for (const [verb, extensions] of [
      ['EHLO', []],
      ['STARTTLS', ['STARTTLS', 'AUTH PLAIN']],
    ] as const) {
      await given({ extensions }, withLogin(''));
      smtp.answer = (line) => (line.startsWith(verb) ? '502 5.5.1 not here' : undefined);
      expect(await tried()).toEqual({ kind: 'unreachable' });
      expect(smtp.lines.filter((line) => /^(AUTH|MAIL)/.test(line))).toEqual([]);
    }
  });

  test('that is refused stops the way, not the mail, until the server takes it', async () => {
    await given({ extensions: ['AUTH PLAIN'] }, withLogin('?tls=off'));
    let right = false;
    smtp.answer = (line) => (line.startsWith('AUTH') && !right ? '535 5.7.8 wrong password' : undefined);
    const ending = await tried();
    expect(settle(ending, 0, defaultBackoff)).toMatchObject({ state: 'pending' });
    expect(settle(ending, 0, defaultBackoff)?.deferral).toBeUndefined();
    expect(attempts.connections.isOpen('smtp')).toBe(false);
    expect(said).toMatchObject([{ level: 'error', about: { fault: 'login' }, text: expect.stringContaining('SMTP_URL') }]);
    expect(JSON.stringify(said)).not.toContain('s3cret');
    right = true;
    await open();
    expect(await tried()).toMatchObject({ kind: 'reply', stage: 'body' });
  });
});

describe('a step that is never answered', () => {
  test.each(['EHLO', 'MAIL', 'RCPT', 'DATA'])('%s ends after the time of one step', async (verb) => {
    attempts.times = hurried;
    await given({ pipelining: false });
    smtp.answer = (line) => (line.startsWith(verb) ? 'silence' : undefined);
    const ending = await tried();
    expect(settle(ending, 0, defaultBackoff)).toMatchObject({ state: 'pending' });
  });

  test.each(['AUTH', 'STARTTLS'])('%s ends after the time of one step', async (verb) => {
    attempts.times = hurried;
    await given(
      { extensions: verb === 'AUTH' ? ['AUTH PLAIN'] : ['STARTTLS'] },
      verb === 'AUTH' ? withLogin('?tls=off') : (plain) => plain,
    );
    smtp.answer = (line) => (line.startsWith(verb) ? 'silence' : undefined);
    expect(await tried()).toEqual({ kind: 'unreachable' });
  });

  test('does not shorten the time of the next: each has its own', async () => {
    // Four commands of 600 ms each: longer together than one may be, by far not alone.
    attempts.times = { ...patient, commandMs: 2_000 };
    await given({ pipelining: false });
    const slowly = MisbehavingSmtp.prototype as unknown as { command: (...args: unknown[]) => void };
    const command = slowly.command;
    try {
      slowly.command = function (...args) {
        setTimeout(() => {
          command.apply(this, args);
        }, 600);
      };
      expect(await tried()).toMatchObject({ kind: 'reply', stage: 'body' });
    } finally {
      slowly.command = command;
    }
  });
});

describe('the breaker', () => {
  test('stops after a refusal of MAIL: no further mail is tried, and a probe opens it again', async () => {
    let refused = true;
    smtp.answer = (line) => (line.startsWith('MAIL') && refused ? '550 5.7.1 not allowed' : undefined);
    expect(settle(await tried(), 0, defaultBackoff)).toMatchObject({ state: 'pending', reason: 'sender_refused' });
    expect(await tried('ben@one.example')).toEqual({ kind: 'unreachable' });
    expect(smtp.lines.filter((line) => line.startsWith('RCPT')).length).toBeLessThanOrEqual(1);
    expect(attempts.connections.trouble).toMatch(/550 5\.7\.1 not allowed.*HITO_MAIL_FROM/);
    const [closed] = attempts.connections.breakers;
    expect(closed).toMatchObject({ name: 'smtp', open: false, trouble: expect.stringMatching(/not allowed.*HITO_MAIL_FROM/) });
    expect(said.filter(({ level }) => level === 'error')).toHaveLength(1);
    refused = false;
    await open();
    expect(smtp.taken).toEqual([]);
    expect(attempts.connections.trouble).toBeUndefined();
    const [opened] = attempts.connections.breakers;
    expect(opened).toEqual({ name: 'smtp', open: true, since: expect.any(String) });
    expect(Date.parse(opened?.since ?? '')).toBeGreaterThan(Date.parse(closed?.since ?? '') - 1);
    expect(await tried()).toMatchObject({ kind: 'reply', stage: 'body' });
  });

  test.each([true, false])('pauses ever longer where RCPT is answered 421 (pipelining %s)', async (pipelining) => {
    await given({ pipelining });
    smtp.answer = (line) => (line.startsWith('RCPT') ? '421 4.7.0 come back in an hour' : undefined);
    const opened: number[] = [];
    for (let i = 0; i < 4; i++) {
      await open();
      opened.push(performance.now());
      const ending = await tried();
      expect(settle(ending, i, defaultBackoff)).toMatchObject({
        state: 'pending',
        deferral: true,
        reply: '421 4.7.0 come back in an hour',
      });
      expect(attempts.connections.isOpen('smtp')).toBe(false);
    }
    await open();
    const [first = 0, , third = 0, fourth = 0] = opened;
    expect(fourth - third).toBeGreaterThan(100);
    expect(fourth - first).toBeGreaterThan(40 + 80 + 100);
  });

  test('pauses where the line is cut at RCPT each time', async () => {
    smtp.answer = (line) => (line.startsWith('RCPT') ? 'cut' : undefined);
    expect(settle(await tried(), 3, defaultBackoff)).toMatchObject({ state: 'pending', deferral: true, retryInMs: 40_000 });
    expect(attempts.connections.isOpen('smtp')).toBe(false);
  });

  test('stops at a greeting that refuses this machine, and says so', async () => {
    smtp.greeting = '554 5.7.1 your address is on a list\u0007';
    expect(await tried()).toEqual({ kind: 'unreachable' });
    expect(attempts.connections.trouble).toMatch(
      /^smtp: 554 5\.7\.1 your address is on a list\. Mail waits\. .*refuses this machine/,
    );
    smtp.greeting = '220 well';
    await open();
  });

  test('stays open where a recipient is refused', async () => {
    smtp.plan('ana@one.example', { kind: 'reply', to: 'rcpt', text: '553 5.1.8 sender domain' });
    expect(settle(await tried(), 0, defaultBackoff)).toMatchObject({ state: 'pending', blame: 'sender' });
    expect(attempts.connections.isOpen('smtp')).toBe(true);
    expect(await tried('ben@one.example')).toMatchObject({ kind: 'reply', stage: 'body' });
  });
});

describe('an address', () => {
  test('of an IDN domain goes out in A-labels, the same in RCPT and in the mail', async () => {
    expect(await tried('ana@bücher.example')).toMatchObject({ kind: 'reply', stage: 'body' });
    expect(smtp.lines).toContain('RCPT TO:<ana@xn--bcher-kva.example>');
  });

  test('that is not ASCII is failed where the server offers no SMTPUTF8, and nobody is suppressed', async () => {
    const settlement = settle(await tried('用户@one.example'), 0, defaultBackoff);
    expect(settlement).toEqual({ state: 'failed', reason: 'unsupported_address', answered: false });
    expect(smtp.lines.filter((line) => /^(MAIL|RCPT)/.test(line))).toEqual([]);
  });

  test('that is not ASCII is sent where the server offers SMTPUTF8', async () => {
    await given({ extensions: ['SMTPUTF8', '8BITMIME'] });
    expect(await tried('用户@one.example')).toMatchObject({ kind: 'reply', stage: 'body' });
    expect(smtp.lines).toContain('MAIL FROM:<shop@hito.example> SMTPUTF8 BODY=8BITMIME');
  });

  describe('that is not ASCII, where MAIL with SMTPUTF8 is answered', () => {
    const utf8 = (line: string): boolean => line.startsWith('MAIL') && line.includes('SMTPUTF8');
    beforeEach(() => given({ extensions: ['SMTPUTF8', '8BITMIME'] }));

    test.each([
      '555 5.5.4 Unsupported option',
      '501 5.5.4 no',
      '550 5.7.1 not allowed',
      '550 5.1.1 unknown',
      '553 5.6.7 not ASCII',
      '504 no',
    ])('by %s fails alone as unsupported_address, and the next mail goes', async (reply) => {
      smtp.answer = (line) => (utf8(line) ? reply : undefined);
      expect(settle(await tried('用户@one.example'), 0, defaultBackoff)).toEqual({
        state: 'failed',
        reason: 'unsupported_address',
        blame: 'message',
        reply,
        answered: false,
      });
      expect(attempts.connections.isOpen('smtp')).toBe(true);
      expect(await tried()).toMatchObject({ kind: 'reply', stage: 'body' });
    });

    test.each(['421 4.7.0 bye', '451 4.3.0 later', 'cut', 'silence'])('by %s waits alone and longer each time', async (reply) => {
      attempts.times = hurried;
      if (reply === 'silence') await given({ extensions: ['SMTPUTF8', '8BITMIME'] });
      smtp.answer = (line) => (utf8(line) ? reply : undefined);
      const ending = await tried('用户@one.example');
      const [first, second] = [0, 1].map((deferrals) => settle(ending, deferrals, defaultBackoff));
      expect(first).toMatchObject({ state: 'pending', deferral: true });
      expect(second?.retryInMs).toBe(2 * (first?.retryInMs ?? 0));
      expect(attempts.connections.isOpen('smtp')).toBe(true);
      expect(await tried()).toMatchObject({ kind: 'reply', stage: 'body' });
    });

    test('as every MAIL is, says that our sender is refused: no mail is burnt, and the way stops', async () => {
      smtp.answer = (line) => (line.startsWith('MAIL') ? '550 5.7.1 not allowed' : undefined);
      expect(settle(await tried('用户@one.example'), 0, defaultBackoff)).toMatchObject({ state: 'pending' });
      expect(attempts.connections.isOpen('smtp')).toBe(false);
      expect(attempts.connections.trouble).toMatch(/not allowed.*HITO_MAIL_FROM/);
    });
  });

  test('that is none is failed without a word to the server', async () => {
    expect(await tried('čĊBcc:victim@evil.example')).toEqual({ kind: 'unsendable', why: 'invalid_address' });
    expect(smtp.connections).toBe(0);
  });
});

describe('a reply', () => {
  test.each(['550 5.1.1 no\0body', `550-${'x'.repeat(500)}\r\n`.repeat(1_000) + '550 5.1.1 end'])(
    'of NUL or of half a megabyte is recorded in bounds',
    async (reply) => {
      smtp.answer = (line) => (line.startsWith('RCPT') ? reply : undefined);
      const settlement = settle(await tried(), 0, defaultBackoff);
      expect(settlement?.reply?.length).toBeLessThanOrEqual(1_000);
      expect(settlement?.reply).not.toContain('\0');
    },
  );

  test('that never ends is no reply: nothing was sent, and the mail waits', async () => {
    smtp.answer = (line) => (line.startsWith('RCPT') ? `550-${'x'.repeat(500)}\r\n`.repeat(4_000).trimEnd() : undefined);
    expect(settle(await tried(), 0, defaultBackoff)).toMatchObject({ state: 'pending' });
  });
});
