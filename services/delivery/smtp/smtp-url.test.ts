import { expect, test } from '@jest/globals';
import { smtpTarget } from './smtp-url.ts';

test('an SMTP address may say port, user and TLS', () => {
  expect(smtpTarget('smtps://a%40b:p%20w@mail.example')).toMatchObject({
    options: { host: 'mail.example', port: 465, secure: true, requireTLS: false },
    auth: { user: 'a@b', pass: 'p w' },
  });
  expect(smtpTarget('smtp://[::1]:2525?tls=required')).toMatchObject({
    options: { host: '::1', port: 2525, secure: false, requireTLS: true },
    auth: undefined,
  });
  expect(smtpTarget('smtp://mail.example')).toMatchObject({ options: { port: 587, requireTLS: false, ignoreTLS: false } });
});

test('a password demands STARTTLS, except on this machine where tls=off says so', () => {
  expect(smtpTarget('smtp://me:secret@mail.example').options).toMatchObject({ requireTLS: true, ignoreTLS: false });
  expect(smtpTarget('smtp://me:secret@127.0.0.1').options).toMatchObject({ requireTLS: true, ignoreTLS: false });
  expect(smtpTarget('smtp://me:secret@127.0.0.1?tls=off').options).toMatchObject({ requireTLS: false, ignoreTLS: true });
});

test.each([
  ['http://mail.example', 'expected smtp://host:port'],
  ['mail.example:25', 'expected smtp://host:port'],
  ['smtp://', 'expected smtp://host:port'],
  ['smtp://mail.example:99999', 'expected smtp://host:port'],
  ['smtp://mail.example:0', '1 to 65535'],
  ['smtp://mail.example/inbox', 'nothing may stand behind the port'],
  ['smtp://mail.example#x', 'nothing may stand behind the port'],
  ['smtp://mail.example?tsl=required', '?tsl= is not known'],
  ['smtp://mail.example?__proto__=x', '?__proto__= is not known'],
  ['smtp://mail.example?tls=never', 'tls is required or off'],
  ['smtp://mail.example?tls=', 'tls is required or off'],
  ['smtp://mail.example?verify=no', 'verify is true or false'],
  ['smtp://mail.example?tls=off&tls=required', 'tls is given twice'],
  ['smtps://mail.example?tls=off', 'leave ?tls= away'],
  ['smtp://me@mail.example', 'belong together'],
  ['smtp://:secret@mail.example', 'belong together'],
  ['smtp://me:100%@mail.example', 'is written %25'],
  ['smtp://me:secret@mail.example?tls=off', 'plain text'],
  ['smtps://me:secret@mail.example?verify=false', 'NODE_EXTRA_CA_CERTS'],
  ['smtp://me:secret@127.999.1.1?tls=off', 'the host is no name'],
  ['smtp://mail.example%00', 'the host is no name'],
  ['smtp://mail%0d%0a.example', 'the host is no name'],
  ['smtp://mail%20two', 'the host is no name'],
  ['smtp://one.example,two.example', 'the host is no name'],
  ['smtp://mail%ff.example', 'the host is no name'],
  ['smtp://mail%25.example', 'the host is no name'],
  ['smtp://me%0d%0aRSET:secret@mail.example', 'control character'],
  ['smtp://me:secret%00x@mail.example', 'control character'],
])('refuses %s: %s', (url, message) => {
  expect(() => smtpTarget(url)).toThrow(message);
  expect(() => smtpTarget(url)).not.toThrow('secret');
});

test('a host is spelled as DNS and certificates spell it', () => {
  const hosts = ['MAIL.example', 'münchen.example', 'mail_server', '127.0.0.1', '[::1]', 'mail-1.example.'];
  expect(hosts.map((host) => smtpTarget(`smtp://${host}`).options.host)).toEqual([
    'mail.example',
    'xn--mnchen-3ya.example',
    'mail_server',
    '127.0.0.1',
    '::1',
    'mail-1.example.',
  ]);
});
