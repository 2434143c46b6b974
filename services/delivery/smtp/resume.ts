import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { command } from './command.ts';
import { isInStep } from './connection.ts';

/**
 * Whether a connection on which a mail was refused before its body may serve another. A server that sent a reply too many may be one
 * reply behind, and the replies to MAIL, RCPT and RSET look alike. That to EHLO does not: it lists the server's extensions, and
 * EHLO also ends the refused transaction (RFC 5321, 4.1.4). So the list has to be the one that the server gave at first. Never rejects.
 */
export async function canResume(connection: SMTPConnection, heloName: string): Promise<boolean> {
  const first = extensions((connection as unknown as { readonly _ehloLines?: readonly string[] })._ehloLines ?? []);
  if (first === '') return false;
  try {
    const [, ...lines] = (await command(connection, `EHLO ${heloName}`)).split(/\r?\n/).filter((line) => line !== '');
    const now = lines.map((line) => /^250[ -](.*)$/.exec(line)?.[1]?.trim() ?? '');
    return extensions(now) === first && isInStep(connection);
  } catch {
    return false;
  }
}

/** One text for a list in any order. TLS and a log-in end the offer of both. */
const extensions = (lines: readonly string[]): string =>
  lines
    .filter((line) => !/^(?:AUTH|STARTTLS)\b/i.test(line))
    .sort()
    .join('\n');
