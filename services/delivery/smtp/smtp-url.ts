import type { SMTPConnectionAuth, SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';

export interface SmtpTarget {
  readonly options: SMTPConnectionOptions;
  readonly auth: SMTPConnectionAuth | undefined;
}

/**
 * Reads `smtp://user:password@host:port` (STARTTLS where offered) or `smtps://…` (TLS from the start). Parameters: `tls=required`,
 * `tls=never`, `verify=false` (accepts any certificate; for local work only). Throws a message that says what is expected.
 */
export function smtpTarget(text: string): SmtpTarget {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^smtps?:$/.test(url.protocol) || url.hostname === '')
    throw new Error('expected smtp://host:port or smtps://user:password@host:port');
  const secure = url.protocol === 'smtps:';
  const tls = url.searchParams.get('tls');
  return {
    options: {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
      secure,
      requireTLS: tls === 'required',
      ignoreTLS: tls === 'never',
      ...(url.searchParams.get('verify') === 'false' && { tls: { rejectUnauthorized: false } }),
    },
    auth: url.username === '' ? undefined : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
  };
}
