import type { AddressInfo } from 'node:net';
import { httpServer } from './http.ts';
import { Mailbox } from './mailbox.ts';
import { smtpServer } from './smtp.ts';

export interface InboxOptions {
  readonly dir: string;
  /** The address to listen on; 127.0.0.1 where absent. */
  readonly host?: string;
  /** Host names at which browsers may ask for its pages, beside this machine's own. */
  readonly names?: readonly string[];
  /** 0 takes a free port. */
  readonly smtpPort: number;
  readonly httpPort: number;
}

export interface Inbox {
  readonly mailbox: Mailbox;
  readonly smtpUrl: string;
  readonly httpUrl: string;
  stop(): Promise<void>;
}

const listening = (
  server: {
    listen(port: number, host: string, done: () => void): unknown;
    once(event: 'error', listener: (error: Error) => void): unknown;
  },
  port: number,
  host: string,
): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
const portOf = (address: AddressInfo | string | null): string => String((address as AddressInfo).port);

/** Opens the mailbox and both servers; resolves when they listen. */
export async function startInbox({ dir, host = '127.0.0.1', names = [], smtpPort, httpPort }: InboxOptions): Promise<Inbox> {
  const mailbox = await Mailbox.open(dir);
  const smtp = smtpServer(mailbox);
  const http = httpServer(mailbox, names);
  await listening(smtp, smtpPort, host);
  await listening(http, httpPort, host);
  return {
    mailbox,
    smtpUrl: `smtp://${host}:${portOf(smtp.server.address())}`,
    httpUrl: `http://${host}:${portOf(http.address())}`,
    async stop() {
      await new Promise<void>((resolve) => {
        smtp.close(resolve);
      });
      await new Promise<void>((resolve) => {
        http.close(() => {
          resolve();
        });
        http.closeAllConnections();
      });
      await mailbox.close();
    },
  };
}
