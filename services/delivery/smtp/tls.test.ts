import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { defaultBackoff } from '../domain/backoff.ts';
import { settle } from '../domain/reply.ts';
import { attempts } from '../testing/attempts.ts';
import { testAuthority, type ServerCertificate } from '../testing/certificates.ts';
import { MisbehavingSmtp } from '../testing/misbehaving-smtp.ts';

const trusted = getCACertificates('default');
let good: ServerCertificate;
let expired: ServerCertificate;
let ofAnotherHost: ServerCertificate;
let ofAStranger: ServerCertificate;
beforeAll(async () => {
  const [authority, stranger] = await Promise.all([testAuthority(), testAuthority()]);
  [good, expired, ofAnotherHost, ofAStranger] = await Promise.all([
    authority.issue('127.0.0.1'),
    authority.issue('127.0.0.1', true),
    authority.issue('mail.other.example'),
    stranger.issue('127.0.0.1'),
  ]);
  // As NODE_EXTRA_CA_CERTS does at the start of a process.
  setDefaultCACertificates([...trusted, authority.cert]);
});
afterAll(() => {
  setDefaultCACertificates(trusted);
});

let smtp: MisbehavingSmtp;
afterEach(async () => {
  attempts.end();
  await smtp.stop();
});
type Server = NonNullable<Parameters<typeof MisbehavingSmtp.start>[0]>;
async function given(server: Server, { login = true, query = '' } = {}): Promise<void> {
  smtp = await MisbehavingSmtp.start(server);
  attempts.to((login ? smtp.url.replace('//', '//me:s3cret@') : smtp.url) + query);
}
const tried = () => attempts.tried('ana@one.example');
const starttls = (tls: ServerCertificate): Server => ({ tls, extensions: ['STARTTLS', 'AUTH PLAIN'] });
const implicit = (tls: ServerCertificate): Server => ({ tls, implicit: true, extensions: ['AUTH PLAIN'] });
const verbs = (): string[] => smtp.lines.map((line) => line.split(' ')[0] ?? '');

/** Nothing but EHLO and STARTTLS was said, the mail waits unburnt, and the operator reads why. */
async function isRefused(why: RegExp): Promise<void> {
  const ending = await tried();
  expect(ending).toEqual({ kind: 'unreachable' });
  expect(settle(ending, 0, defaultBackoff)?.deferral).toBeUndefined();
  expect(verbs().filter((verb) => verb !== 'EHLO' && verb !== 'STARTTLS')).toEqual([]);
  expect(attempts.connections.isOpen('smtp')).toBe(false);
  expect(attempts.connections.trouble).toMatch(why);
  expect(JSON.stringify(attempts.said)).not.toContain('s3cret');
}

describe('with a certificate that this machine trusts', () => {
  test.each(['', '?tls=required'])('STARTTLS comes before the log-in and the mail %s', async (query) => {
    await given(starttls(good), { query });
    expect(await tried()).toMatchObject({ kind: 'reply', stage: 'body' });
    expect(verbs()).toEqual(['EHLO', 'STARTTLS', 'EHLO', 'AUTH', 'MAIL', 'RCPT', 'DATA']);
    expect(smtp.handshakes).toBe(1);
    expect(smtp.taken.map(({ to }) => to)).toEqual(['ana@one.example']);
  });

  test('smtps:// is encrypted before the greeting', async () => {
    await given(implicit(good));
    expect(await tried()).toMatchObject({ kind: 'reply', stage: 'body' });
    expect(verbs()).toEqual(['EHLO', 'AUTH', 'MAIL', 'RCPT', 'DATA']);
    expect(smtp.handshakes).toBe(1);
  });

  test('STARTTLS is used without a log-in too, where it is offered', async () => {
    await given(starttls(good), { login: false });
    expect(await tried()).toMatchObject({ kind: 'reply', stage: 'body' });
    expect(verbs()).toEqual(['EHLO', 'STARTTLS', 'EHLO', 'MAIL', 'RCPT', 'DATA']);
  });
});

describe.each([
  ['STARTTLS', starttls],
  ['smtps://', implicit],
] as const)('by %s, no mail is burnt and the breaker opens for a certificate', (_, server) => {
  test('that has expired', async () => {
    await given(server(expired));
    await isRefused(/certificate has expired.*whoever runs the server renews it/i);
  });

  test('of another host', async () => {
    await given(server(ofAnotherHost));
    await isRefused(/mail\.other\.example.*name in SMTP_URL the host that the certificate is for/i);
  });

  test('of an authority that nobody trusts', async () => {
    await given(server(ofAStranger));
    await isRefused(/not trusted.*NODE_EXTRA_CA_CERTS/i);
  });

  test('that has expired, even without a log-in', async () => {
    await given(server(expired), { login: false });
    await isRefused(/certificate has expired/i);
  });

  test('that becomes right: a probe opens the way and the mail goes out', async () => {
    await given(server(expired));
    await isRefused(/expired/i);
    smtp.tls = good;
    await attempts.open();
    expect(await tried()).toMatchObject({ kind: 'reply', stage: 'body' });
  });
});

describe('somebody on the line', () => {
  test('who strips STARTTLS from the offer gets neither password nor mail', async () => {
    await given({ extensions: ['AUTH PLAIN'] });
    await isRefused(/password was not sent/);
  });

  test('who speaks plain text on the port of smtps:// gets neither', async () => {
    await given({ extensions: ['AUTH PLAIN'] });
    attempts.to(smtp.url.replace('smtp://', 'smtps://me:s3cret@'));
    await isRefused(/does not speak TLS.*smtps:\/\/ is for a port/);
  });

  test.each([
    ['an offer', '250-evil.example\r\n250 AUTH PLAIN\r\n'],
    ['half a line', '250-AUTH LOGIN'],
    ['the replies of a whole dialogue', '250 hi\r\n235 in\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n'],
    ['a refusal of the recipient', '250 evil\r\n235 in\r\n250 ok\r\n550 5.1.1 no such user\r\n'],
  ])('who injects %s before TLS is not heard', async (__, injected) => {
    await given({ ...starttls(good), pipelining: false });
    smtp.injected = injected;
    const ending = await tried();
    const settlement = settle(ending, 0, defaultBackoff);
    expect(settlement?.suppressAddress).toBeUndefined();
    // Bytes in the place of a handshake end it; otherwise the mail goes its usual way. Never is a reply of theirs taken for one.
    expect(['accepted', 'pending']).toContain(settlement?.state);
    expect(smtp.taken).toHaveLength(settlement?.state === 'accepted' ? 1 : 0);
    expect(settlement?.reply ?? '250 2.0.0 queued').toBe('250 2.0.0 queued');
  });
});
