import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { Dialogue } from './dialogue.ts';
import { faultOf, Unusable } from './fault.ts';
import type { SmtpTarget } from './smtp-url.ts';

export interface ConnectionTimes {
  /** For connecting, and then for each step by itself: greeting, TLS, EHLO, each of AUTH, MAIL, RCPT, DATA, ms. */
  readonly commandMs: number;
  /** For the reply to a body, ms. */
  readonly replyMs: number;
}

const dialogues = new WeakMap<SMTPConnection, Dialogue>();

/** Opens a connection and logs in; rejects with `Unusable`, which says whose fault it is, and then nothing stays open. */
export async function connect(target: SmtpTarget, name: string, times: ConnectionTimes): Promise<SMTPConnection> {
  const dialogue = new Dialogue(times.commandMs, () => {
    destroy(connection);
  });
  const connection: SMTPConnection = new SMTPConnection({
    ...target.options,
    name,
    connectionTimeout: times.commandMs,
    greetingTimeout: times.commandMs,
    // The time of each step is counted by the dialogue, that of a body by its attempt: this one is only the last resort.
    socketTimeout: Math.max(times.commandMs, times.replyMs) + 10_000,
    socketCloseTimeout: 1_000,
    ...dialogue.options,
  });
  dialogues.set(connection, dialogue);
  connection.once('end', () => {
    dialogue.end();
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
    await logIn(connection, target);
    return connection;
  } catch (error) {
    connection.on('error', () => undefined);
    destroy(connection);
    dialogue.end();
    throw error instanceof Unusable ? error : faultOf(error, dialogue.late, target);
  }
}

async function logIn(connection: SMTPConnection, { auth, options }: SmtpTarget): Promise<void> {
  if (auth === undefined) return;
  if (!connection.secure && options.ignoreTLS !== true)
    throw new Unusable('tls', 'the connection is not encrypted, so the password was not sent');
  if (!connection.allowsAuth)
    throw new Unusable(
      'login',
      'the server offers no AUTH: take the user and the password out of SMTP_URL, or name another port',
    );
  await new Promise<void>((resolve, reject) => {
    connection.once('end', () => {
      reject(new Error('the connection ended during the log-in'));
    });
    connection.login({ ...auth }, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** The step of a connection that was not answered in time. */
export const lateStep = (connection: SMTPConnection): string | undefined => dialogues.get(connection)?.late;

/** Whether the server takes addresses that are not ASCII (RFC 6531); nodemailer keeps its extensions to itself. */
export const takesUtf8 = (connection: SMTPConnection): boolean =>
  (connection as unknown as { _supportedExtensions: readonly string[] })._supportedExtensions.includes('SMTPUTF8');

/** Whether every reply that has come belongs to a command: one too many would be taken for the answer to the next mail. */
export function isInStep(connection: SMTPConnection): boolean {
  const { _responseQueue: replies, _remainder: begun } = connection as unknown as {
    _responseQueue: readonly string[];
    _remainder: string;
  };
  return begun.trim() === '' && replies.every((reply) => reply.trim() === '');
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
