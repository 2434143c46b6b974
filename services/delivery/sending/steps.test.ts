import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { defaultBackoff } from '../domain/backoff.ts';
import { settle } from '../domain/reply.ts';
import { attempts, hurried, patient } from '../testing/attempts.ts';
import { DeafListener } from '../testing/deaf-listener.ts';
import { MisbehavingSmtp } from '../testing/misbehaving-smtp.ts';

const ana = 'ana@one.example';
let smtp: MisbehavingSmtp;
beforeEach(async () => {
  attempts.times = patient;
  smtp = await MisbehavingSmtp.start();
});
afterEach(async () => {
  attempts.end();
  await smtp.stop();
});

/** What a server does at one step instead of answering it. */
const misdeeds = ['421 4.3.2 going down', 'cut', 'silence', 'drip'] as const;

async function given(step: string, misdeed: (typeof misdeeds)[number]): Promise<void> {
  await smtp.stop();
  const isQuiet = misdeed === 'silence' || misdeed === 'drip';
  if (isQuiet) attempts.times = step === 'body' ? { ...patient, replyMs: 1_500 } : hurried;
  smtp = await MisbehavingSmtp.start({
    pipelining: false,
    extensions: step === 'STARTTLS' ? ['STARTTLS'] : step === 'AUTH' ? ['AUTH PLAIN'] : [],
  });
  attempts.to(step === 'AUTH' ? `${smtp.url.replace('//', '//me:s3cret@')}?tls=off` : smtp.url);
  const is = (line: string): boolean => line.startsWith(step);
  if (misdeed === 'drip')
    smtp.pace = (line) => ((step === 'greeting' ? line === '' : step === 'body' ? line === '.' : is(line)) ? 100 : 0);
  else if (step === 'greeting') smtp.greeting = misdeed;
  else if (step !== 'body') smtp.answer = (line) => (is(line) ? misdeed : undefined);
  else if (misdeed === 'cut') smtp.plan(ana, { kind: 'cut-after-dot', kept: false });
  else if (misdeed === 'silence') smtp.plan(ana, { kind: 'slow', ms: 2_500 });
  else smtp.plan(ana, { kind: 'reply', to: 'body', text: misdeed });
}

/** Once the server is well again, a probe opens the way and mail leaves by it. */
async function goesOnLater(): Promise<void> {
  smtp.greeting = '220 well ESMTP';
  smtp.pace = () => 0;
  smtp.answer = () => undefined;
  await attempts.open();
}

const table = (steps: readonly string[]): [string, (typeof misdeeds)[number]][] =>
  steps.flatMap((step) => misdeeds.map((misdeed): [string, (typeof misdeeds)[number]] => [step, misdeed]));

describe('before the first mail is named', () => {
  test('a refused connection stops the way, and says nothing of the mail', async () => {
    attempts.to(smtp.url);
    await smtp.stop();
    const ending = await attempts.tried(ana);
    expect(ending).toEqual({ kind: 'unreachable' });
    expect(settle(ending, 3, defaultBackoff)).toEqual({
      state: 'pending',
      reason: 'connection',
      retryInMs: 5_000,
      answered: false,
    });
    expect(attempts.connections.isOpen('smtp')).toBe(false);
    smtp = await MisbehavingSmtp.start();
  });

  test('a server that neither takes nor refuses a connection stops the way, which says so', async () => {
    const deaf = await DeafListener.start();
    try {
      attempts.times = hurried;
      attempts.to(deaf.url);
      expect(await attempts.tried(ana)).toEqual({ kind: 'unreachable' });
      expect(attempts.connections.isOpen('smtp')).toBe(false);
      expect(attempts.connections.trouble).toMatch(/^smtp: .*connection timeout/i);
    } finally {
      await deaf.stop();
    }
  });

  test('a server that never begins TLS stops the way within the time of one step', async () => {
    smtp.greeting = 'silence';
    attempts.times = hurried;
    attempts.to(smtp.url.replace('smtp:', 'smtps:'));
    expect(await attempts.tried(ana)).toEqual({ kind: 'unreachable' });
    expect(attempts.connections.isOpen('smtp')).toBe(false);
  });

  test.each(table(['greeting', 'EHLO', 'STARTTLS', 'AUTH']))(
    '%s answered by %s stops the way, and says nothing of the mail',
    async (step, misdeed) => {
      await given(step, misdeed);
      expect(await attempts.tried(ana)).toEqual({ kind: 'unreachable' });
      expect(attempts.connections.isOpen('smtp')).toBe(false);
      if (step !== 'STARTTLS') await goesOnLater();
    },
  );
});

describe('before the body', () => {
  test.each(table(['MAIL', 'RCPT', 'DATA']))(
    '%s answered by %s stops the way for a while, and the mail waits ever longer',
    async (step, misdeed) => {
      await given(step, misdeed);
      const ending = await attempts.tried(ana);
      const waits = [0, 1, 2].map((deferrals) => settle(ending, deferrals, defaultBackoff));
      for (const settlement of waits) expect(settlement).toMatchObject({ state: 'pending', deferral: true });
      const [first = 0, second, third] = waits.map((settlement) => settlement?.retryInMs);
      expect([second, third]).toEqual([2 * first, 4 * first]);
      expect(attempts.connections.isOpen('smtp')).toBe(false);
      expect(smtp.bodyBytes.get(ana) ?? 0).toBe(0);
      await goesOnLater();
      expect(settle(await attempts.tried(ana), 3, defaultBackoff)).toMatchObject({ state: 'accepted' });
    },
  );

  test.each([true, false])('4yz at MAIL stops the way, and the mail waits ever longer (pipelining %s)', async (pipelining) => {
    await smtp.stop();
    smtp = await MisbehavingSmtp.start({ pipelining });
    attempts.to(smtp.url);
    smtp.answer = (line) => (line.startsWith('MAIL') ? '452 4.3.1 no room' : undefined);
    expect(settle(await attempts.tried(ana), 2, defaultBackoff)).toMatchObject({
      state: 'pending',
      deferral: true,
      retryInMs: 240_000,
    });
    expect(attempts.connections.isOpen('smtp')).toBe(false);
    await goesOnLater();
  });
});

describe('after the body', () => {
  test.each([
    ['421 4.3.2 going down', { state: 'pending', deferral: true }],
    ['cut', { state: 'in_doubt' }],
    ['silence', { state: 'in_doubt' }],
    ['drip', { state: 'in_doubt' }],
  ] as const)('%s is a no, or leaves the mail in doubt, and the way stops for a while', async (misdeed, expected) => {
    await given('body', misdeed);
    expect(settle(await attempts.tried(ana), 0, defaultBackoff)).toMatchObject(expected);
    expect(attempts.connections.isOpen('smtp')).toBe(false);
  });
});
