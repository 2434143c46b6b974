import { isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import type { SMTPConnectionAuth, SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';

export interface SmtpTarget {
  readonly options: SMTPConnectionOptions;
  /** Never sent before the connection is encrypted, and the server must offer AUTH. */
  readonly auth: SMTPConnectionAuth | undefined;
}

const expected =
  'expected smtp://host:port, smtp://user:password@host:port or smtps://user:password@host:port, with ?tls=required, ?tls=off or ?verify=false';

/**
 * Reads `smtps://…` (TLS from the start) or `smtp://…` (STARTTLS). With a user, or with `tls=required`, STARTTLS is demanded and
 * never given up; without, it is used where the server offers it, and `tls=off` forgoes it. `verify=false` accepts any certificate.
 * A password goes out in plain text, or to a server that has shown no certificate, only to this machine itself, and only where
 * `tls=off` or `verify=false` says so. Throws a message that says what is expected.
 */
export function smtpTarget(text: string): SmtpTarget {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^smtps?:$/.test(url.protocol) || url.hostname === '') throw new Error(expected);
  if (!/^\/?$/.test(url.pathname) || url.hash !== '') throw new Error(`${expected}; nothing may stand behind the port but these`);
  if (url.port === '0') throw new Error(`${expected}; the port is 1 to 65535`);
  const settings = settingsOf(url);
  const auth = authOf(url);
  const host = hostOf(url);
  const secure = url.protocol === 'smtps:';
  if (secure && settings.tls !== undefined) throw new Error('smtps:// is TLS from the start: leave ?tls= away');
  if (auth !== undefined && !isThisMachine(host)) {
    if (settings.tls === 'off') throw new Error('tls=off would send the password in plain text: leave it away, or use smtps://');
    if (settings.verify === 'false')
      throw new Error('verify=false would give the password to anyone: name the authority in NODE_EXTRA_CA_CERTS instead');
  }
  return {
    options: {
      host,
      port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
      secure,
      requireTLS: !secure && (settings.tls === 'required' || (auth !== undefined && settings.tls !== 'off')),
      ignoreTLS: settings.tls === 'off',
      ...(settings.verify === 'false' && { tls: { rejectUnauthorized: false } }),
    },
    auth,
  };
}

const unescaped = (host: string): string => {
  try {
    const text = decodeURIComponent(host);
    // `domainToASCII` passes over line breaks.
    return /[\p{Cc}\s]/u.test(text) ? '' : text;
  } catch {
    // Not UTF-8: no name.
    return '';
  }
};

/** A name as DNS and certificates spell it, or a number. `smtp:` is no scheme whose hosts the URL parser checks. */
function hostOf({ hostname }: URL): string {
  const number = hostname.replace(/^\[|\]$/g, '');
  if (isIPv6(number)) return number;
  const name = domainToASCII(unescaped(hostname));
  if (!/^[a-z0-9_]([\w-]*\w)?(\.\w([\w-]*\w)?)*\.?$/.test(name) || (/(^|\.)\d+\.?$/.test(name) && isIP(name) === 0))
    throw new Error(`the host is no name and no IP address; ${expected}`);
  return name;
}

const known: Readonly<Record<string, readonly string[]>> = { tls: ['required', 'off'], verify: ['true', 'false'] };

function settingsOf({ searchParams }: URL): Readonly<Record<string, string>> {
  for (const [name, value] of searchParams) {
    if (!Object.hasOwn(known, name)) throw new Error(`?${name}= is not known; ${expected}`);
    if (known[name]?.includes(value) !== true) throw new Error(`${name} is ${known[name]?.join(' or ') ?? ''}; ${expected}`);
    if (searchParams.getAll(name).length > 1) throw new Error(`${name} is given twice`);
  }
  return Object.fromEntries(searchParams);
}

function authOf({ username, password }: URL): SMTPConnectionAuth | undefined {
  if (username === '' && password === '') return undefined;
  if (username === '' || password === '')
    throw new Error('a user and a password belong together: smtp://user:password@host:port');
  const auth = { user: decoded(username), pass: decoded(password) };
  // NUL parts the fields of AUTH PLAIN (RFC 4616, 2); no line break is typed into a password.
  if (/\p{Cc}/u.test(auth.user + auth.pass))
    throw new Error('the user or the password holds a control character (%00 to %1F, %7F): take it out');
  return auth;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Not the value in the message: it may be a part of the password.
    throw new Error('a % in the user or the password is written %25, an @ %40, a : %3A, a / %2F');
  }
}

const isThisMachine = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\.[\d.]+$/.test(host);
