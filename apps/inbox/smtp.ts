import { SMTPServer } from 'smtp-server';
import type { Mailbox } from './mailbox.ts';

const largestMail = 10 * 1024 * 1024;

const refusal = (code: number, text: string): Error => Object.assign(new Error(text), { responseCode: code });

/** An SMTP server for everybody on this machine: no login, no TLS. It answers 250 only when the mail is on disk. */
export function smtpServer(mailbox: Mailbox): SMTPServer {
  const server = new SMTPServer({
    name: 'inbox.localhost',
    banner: 'development inbox',
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: largestMail,
    socketTimeout: 600_000,
    closeTimeout: 1_000,
    logger: false,
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.once('end', () => {
        if (stream.sizeExceeded) {
          callback(refusal(552, `Mail is larger than ${String(largestMail)} bytes`));
          return;
        }
        const to = session.envelope.rcptTo.map(({ address }) => address);
        mailbox.keep(Buffer.concat(chunks), to).then(
          ({ n }) => {
            callback(null, `kept as ${String(n)}`);
          },
          (error: unknown) => {
            callback(refusal(452, `The inbox cannot write: ${(error as Error).message}`));
          },
        );
      });
    },
  });
  server.on('error', (error: Error) => {
    process.stderr.write(`inbox: ${error.message}\n`);
  });
  return server;
}
