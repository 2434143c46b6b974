import { cut, oneLine } from '#facts';
import type { SmtpTarget } from './smtp-url.ts';

/**
 * Why no mail leaves by a way. unreachable: the server, for a time. The others are for an operator to put right; nothing is tried on
 * mails meanwhile. refused: it does not talk with this machine at all.
 */
export type FaultKind = 'unreachable' | 'refused' | 'tls' | 'login' | 'sender';

/** A connection that cannot be used, and whose fault that is. */
export class Unusable extends Error {
  readonly kind: FaultKind;

  constructor(kind: FaultKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** What an operator does about it. */
export const advice: Readonly<Record<FaultKind, string>> = {
  unreachable: 'Mail waits. Look whether the server of SMTP_URL runs and can be reached from here',
  refused:
    'Mail waits. The server refuses this machine: ask who runs it, and look for this address of yours on lists of blocked ones',
  tls: 'Mail waits. The server has to offer STARTTLS with a certificate that this machine trusts: see SMTP_URL (?tls=, ?verify=) and NODE_EXTRA_CA_CERTS',
  login: 'Mail waits. Put the user and the password of SMTP_URL right',
  sender: 'Mail waits. The server does not let HITO_MAIL_FROM send: set a sender that it allows, or allow it there',
};

/** What nodemailer's error in opening a connection says; `late` is the step that was not answered in time. */
export function faultOf(error: unknown, late: string | undefined, { options, auth }: SmtpTarget): Unusable {
  const { code, response, responseCode } = error as { code?: string; response?: string; responseCode?: number };
  const said = cut(oneLine(response ?? (error instanceof Error ? error.message : String(error))), 500);
  if (late !== undefined) return new Unusable('unreachable', `the server did not answer ${late} in time`);
  const permanent = responseCode !== undefined && responseCode >= 500;
  if (code === 'EAUTH' && permanent) return new Unusable('login', `the log-in was refused: ${said}`);
  if (code === 'ETLS' || (options.requireTLS === true && /required STARTTLS/.test(said)))
    return new Unusable('tls', `no TLS${auth === undefined ? '' : ', so the password was not sent'}: ${said}`);
  const handshake = handshakeFault(error);
  if (handshake !== undefined) return new Unusable('tls', handshake);
  return new Unusable(permanent ? 'refused' : 'unreachable', said);
}

/** Why a TLS handshake ended, by Node's codes and OpenSSL's texts, and what to do; nothing for any other error. */
function handshakeFault(error: unknown): string | undefined {
  const {
    code = '',
    originalCode = '',
    message = '',
    cert,
  } = error as { code?: string; originalCode?: string; message?: string; cert?: { subjectaltname?: string } };
  const about = `${code} ${originalCode} ${message}`;
  if (!/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|\bSSL routines\b/.test(about)) return undefined;
  if (/CERT_HAS_EXPIRED|certificate has expired/.test(about))
    return 'the certificate has expired: whoever runs the server renews it, or the clock of this machine is wrong';
  if (/CERT_NOT_YET_VALID|not yet valid/.test(about))
    return 'the certificate is not valid yet: look at the clocks of the server and of this machine';
  if (about.includes('ALTNAME_INVALID'))
    return `the certificate is for ${cut(oneLine(cert?.subjectaltname ?? 'another host'), 150)}: name in SMTP_URL the host that the certificate is for`;
  if (/wrong version number|packet length too long|unsupported protocol|ERR_SSL/.test(about))
    return 'what answers does not speak TLS as expected: smtps:// is for a port with TLS from the start (465), smtp:// for one with STARTTLS (587)';
  return `the certificate is not trusted (${cut(oneLine(message), 100)}): name the file of its authority in NODE_EXTRA_CA_CERTS`;
}
