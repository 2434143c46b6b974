import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { failPoint } from '#stream';
import type { SmtpTarget } from './smtp-url.ts';

export interface ConnectionTimes {
  /** For connecting, TLS, login and each command before the body, ms. */
  readonly commandMs: number;
  /** For the reply to a body, ms. */
  readonly replyMs: number;
}

/** Opens a connection and logs in; rejects with the reason, and then nothing stays open. */
export async function connect(target: SmtpTarget, name: string, times: ConnectionTimes): Promise<SMTPConnection> {
  const connection = new SMTPConnection({
    ...target.options,
    name,
    connectionTimeout: times.commandMs,
    greetingTimeout: times.commandMs,
    // The timers of an attempt are its own (transmit): this one is only the last resort.
    socketTimeout: Math.max(times.commandMs, times.replyMs) + 10_000,
    socketCloseTimeout: 1_000,
    ...failPointLog(),
  });
  try {
    await new Promise<void>((resolve, reject) => {
      connection.once('error', reject);
      connection.connect((error) => {
        if (error) reject(error);
        else resolve();
      });
    });
    // An error without a listener would end the process; what matters of it reaches the attempt through its callback.
    connection.on('error', () => undefined);
    const { auth } = target;
    if (auth !== undefined && connection.allowsAuth) {
      await new Promise<void>((resolve, reject) => {
        connection.login({ ...auth }, (error) => {
          if (error) reject(error);
          else resolve();
        });
        connection.once('end', () => {
          reject(new Error('the connection ended during login'));
        });
      });
    }
    return connection;
  } catch (error) {
    connection.on('error', () => undefined);
    connection.close();
    throw error;
  }
}

/** Ends it without a further byte. Not by `close`, which forgets the attempt without calling it back. */
export function destroy(connection: SMTPConnection): void {
  if (connection._socket) connection._socket.destroy();
  else connection.close();
}

/** QUIT, and an end of it after a second whatever the server says. */
export function goodbye(connection: SMTPConnection): void {
  if (connection.destroyed) return;
  connection.quit();
  setTimeout(() => {
    destroy(connection);
  }, 1_000).unref();
}

/** With a fail point set: listens to the dialogue, the only way to see RCPT's reply in a pipelined one. */
function failPointLog(): object {
  if ((process.env['HITO_FAILPOINTS'] ?? '') === '') return {};
  let replies = 0;
  const quiet = (): void => undefined;
  const debug = (entry: { tnx?: string }, text: string): void => {
    if (entry.tnx === 'client' && text.startsWith('MAIL')) replies = 0;
    if (entry.tnx === 'server' && ++replies === 2) failPoint('after-rcpt');
  };
  return {
    transactionLog: true,
    logger: { level: quiet, trace: quiet, debug, info: quiet, warn: quiet, error: quiet, fatal: quiet },
  };
}
