import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { defaultBackoff } from '../domain/backoff.ts';
import { settle } from '../domain/reply.ts';
import { attempts } from '../testing/attempts.ts';
import { MisbehavingSmtp } from '../testing/misbehaving-smtp.ts';

let smtp: MisbehavingSmtp;
attempts.times = { commandMs: 2_000, replyMs: 2_000 };
beforeEach(async () => {
  smtp = await MisbehavingSmtp.start();
  attempts.to(smtp.url);
});
afterEach(async () => {
  attempts.end();
  await smtp.stop();
});
const [ana, ben] = ['ana@one.example', 'ben@two.example'];
const sent = async (email: string) => settle(await attempts.tried(email), 0, defaultBackoff);
const reopened = async () => {
  await attempts.open();
};

describe('a reply too many', () => {
  test.each(['250 2.0.0 and again', '550 5.1.1 no such user', '421 4.7.0 bye', '354 go on'])(
    'behind that to a body says nothing of the next mail: %s',
    async (extra) => {
      smtp.plan(ana, { kind: 'reply', to: 'body', text: `250 2.0.0 queued\r\n${extra}` });
      expect(await sent(ana)).toMatchObject({ state: 'accepted' });
      await reopened();
      expect(await sent(ben)).toMatchObject({ state: 'accepted', reply: '250 2.0.0 queued' });
      expect(smtp.takenFor(ben)).toHaveLength(1);
    },
  );

  test('behind that to RCPT is not taken for a recipient refused next', async () => {
    smtp.plan(ana, { kind: 'reply', to: 'rcpt', text: '450 4.2.0 later\r\n550 5.1.1 no such user' });
    expect((await sent(ana))?.suppressAddress).toBeUndefined();
    await reopened();
    expect(await sent(ben)).toMatchObject({ state: 'accepted' });
  });

  test.each(['421 4.7.0 bye', '451 4.3.0 later', '550 5.7.1 no'])(
    'that says 250 behind %s leaves the mail in doubt: it may have been kept',
    async (no) => {
      smtp.plan(ana, { kind: 'reply', to: 'body', text: `${no}\r\n250 2.0.0 queued` });
      expect(await sent(ana)).toMatchObject({ state: 'in_doubt', reason: 'unclear_reply' });
    },
  );
});

describe('a connection on which a recipient was refused', () => {
  const refused = (line: string): boolean => line.startsWith('RCPT') && line.includes(ana);
  /** After the refusal: what EHLO is answered, instead of the list of extensions. */
  const behind = async (pipelining: boolean, ehlo: string): Promise<void> => {
    await smtp.stop();
    smtp = await MisbehavingSmtp.start({ pipelining, extensions: ['8BITMIME'] });
    attempts.to(smtp.url);
    let after = false;
    smtp.answer = (line) => {
      if (refused(line)) after = true;
      const strange = after && line.startsWith('EHLO');
      if (strange) after = false;
      return refused(line) ? '550 5.1.1 no such user' : strange ? ehlo : undefined;
    };
  };

  test.each([true, false])('serves the next mail, after an EHLO (pipelining %s)', async (pipelining) => {
    await smtp.stop();
    smtp = await MisbehavingSmtp.start({ pipelining, extensions: ['8BITMIME'] });
    attempts.to(smtp.url);
    smtp.answer = (line) => (refused(line) ? '550 5.1.1 no such user' : undefined);
    expect(await sent(ana)).toMatchObject({ suppressAddress: true });
    expect(await sent(ben)).toMatchObject({ state: 'accepted' });
    expect(smtp.connections).toBe(1);
    expect(smtp.lines.filter((line) => line.startsWith('EHLO'))).toHaveLength(2);
  });

  test.each([
    '550 5.1.1 no such user',
    '250 2.1.0 ok',
    '250-ok\r\n250 no list',
    '503 5.5.1 no',
    '421 4.7.0 bye',
    'silence',
    'cut',
    '354 go on',
  ])('serves no other where EHLO is answered by %s', async (ehlo) => {
    for (const pipelining of [true, false]) {
      await behind(pipelining, ehlo);
      expect(await sent(ana)).toMatchObject({ suppressAddress: true });
      expect(await sent(ben)).toMatchObject({ state: 'accepted', reply: '250 2.0.0 queued' });
      expect(smtp.connections).toBe(2);
      expect(smtp.takenFor(ben)).toHaveLength(1);
    }
  });
});

test('a no between 354 and the body is no answer to the mail: nobody is suppressed', async () => {
  smtp.answer = (line) => (line === 'DATA' ? '354 go on\r\n550 5.1.1 no such user' : undefined);
  const settlement = await sent(ana);
  expect(settlement?.suppressAddress).toBeUndefined();
  expect(['pending', 'in_doubt']).toContain(settlement?.state);
});

describe('a server whose replies are one command behind', () => {
  test.each([true, false])('gets no body for a DATA that it has not answered by 354 (pipelining %s)', async (pipelining) => {
    await smtp.stop();
    smtp = await MisbehavingSmtp.start({ pipelining });
    attempts.to(smtp.url);
    smtp.answer = (line) => (line.startsWith('MAIL') ? '250 2.1.0 ok\r\n250 2.1.0 ok' : undefined);
    const settlement = await sent(ana);
    expect(settlement).toMatchObject({ state: 'pending' });
    expect(smtp.bodyBytes.get(ana) ?? 0).toBe(0);
  });
});

test('a server that answers DATA by 250 gets no body, and the mail waits', async () => {
  smtp.answer = (line) => (line === 'DATA' ? '250 2.0.0 ok' : undefined);
  expect(await sent(ana)).toMatchObject({ state: 'pending' });
});

/** A reply of any code, lines and bytes, whole or not. */
const reply = fc
  .record({
    code: fc.oneof(fc.constantFrom('250', '354', '421', '451', '550', '554'), fc.integer({ min: 0, max: 999 }).map(String)),
    lines: fc.array(
      fc.oneof(
        fc.constantFrom(' 5.1.1 unknown', ' 4.7.0 later', '', '-', ' \xff\xfe\x80', '\0', ' 250 ok', 'x'.repeat(600)),
        fc.string({ maxLength: 20 }).map((text) => ` ${text.replace(/[\r\n]/g, ' ')}`),
      ),
      { minLength: 1, maxLength: 4 },
    ),
    other: fc.option(fc.constantFrom('250 2.0.0 ok', '550 5.1.1 no such user', '354 go', 'gibberish'), { nil: undefined }),
  })
  .map(({ code, lines, other }) => ({
    single: other === undefined,
    text: [
      ...lines.map((line, i) => `${code}${i === lines.length - 1 ? line.replace(/^-/, ' ') : `-${line.trimStart()}`}`),
      ...(other === undefined ? [] : [other]),
    ].join('\r\n'),
  }));

test('whatever a server answers, a mail goes to one person once, and the next mail is judged by its own replies', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('MAIL', 'RCPT', 'DATA', 'body'),
      reply,
      fc.boolean(),
      fc.boolean(),
      async (at, { text, single }, pipelining, inPieces) => {
        await smtp.stop();
        smtp = await MisbehavingSmtp.start({ pipelining });
        // A reply too many that comes later than its segment cannot be told from that to the next command.
        smtp.inPieces = inPieces && single;
        attempts.to(smtp.url);
        if (at === 'body') smtp.plan(ana, { kind: 'reply', to: 'body', text });
        else smtp.answer = (line) => (line.startsWith(at) && (at !== 'RCPT' || line.includes(ana)) ? text : undefined);
        const first = await sent(ana);
        const said = text.split('\r\n');
        const takesBody = at === 'body' || (at === 'DATA' && text.startsWith('354')) || (at === 'MAIL' && text.startsWith('2'));
        if (!takesBody) expect(first?.state).not.toBe('accepted');
        if (first?.suppressAddress === true) expect(said.some((line) => /^5\d\d/.test(line))).toBe(true);
        if (at === 'body' && first?.state === 'pending') expect(said.every((line) => !/^2\d\d/.test(line))).toBe(true);
        expect(smtp.takenFor(ana).length).toBeLessThanOrEqual(takesBody ? 1 : 0);
        smtp.answer = () => undefined;
        await reopened();
        expect(await sent(ben)).toMatchObject({ state: 'accepted', reply: '250 2.0.0 queued' });
        expect(smtp.takenFor(ben)).toHaveLength(1);
        expect(smtp.taken.every(({ text: bytes, to }) => bytes.includes(`To: ${to}`))).toBe(true);
      },
    ),
    { numRuns: 40, endOnFailure: true },
  );
});
