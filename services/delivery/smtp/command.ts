import type SMTPConnection from 'nodemailer/lib/smtp-connection';

/** nodemailer sends some commands together with a message only; its own way of sending one is asked for them. */
interface Commands {
  readonly _responseActions: ((reply: string) => void)[];
  readonly _sendCommand: (command: string) => void;
}

/** Sends one command outside of a mail. Answers the whole reply; rejects where the connection ends first. */
export const command = (connection: SMTPConnection, line: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const ended = (): void => {
      reject(new Error(`the server closed the connection at ${line.split(' ', 1)[0] ?? ''}`));
    };
    connection.once('end', ended);
    const commands = connection as unknown as Commands;
    commands._responseActions.push((reply) => {
      connection.off('end', ended);
      resolve(reply);
    });
    commands._sendCommand(line);
  });
