import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { command } from './command.ts';
import { connect, destroy, type ConnectionTimes } from './connection.ts';
import { Unusable } from './fault.ts';
import type { SmtpTarget } from './smtp-url.ts';

/**
 * Asks a server whether it would take mail from us, as far as that can be asked without a mail: connection, TLS, log-in and MAIL. Answers
 * the connection, ready for a mail; rejects with `Unusable`.
 */
export async function probe(
  target: SmtpTarget,
  name: string,
  returnPath: string,
  times: ConnectionTimes,
): Promise<SMTPConnection> {
  const connection = await connect(target, name, times);
  try {
    const reply = await command(connection, `MAIL FROM:<${returnPath}>`);
    if (!reply.startsWith('2')) throw new Unusable(reply.startsWith('5') ? 'sender' : 'unreachable', reply);
    await new Promise<void>((resolve, reject) => {
      connection.reset((error) => {
        if (error) reject(error);
        else resolve();
      });
      connection.once('end', () => {
        reject(new Error('the server closed the connection'));
      });
    });
    return connection;
  } catch (error) {
    destroy(connection);
    throw error;
  }
}
