import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ending } from '../domain/reply.ts';
import type { Mail } from '../mails/mail.ts';
import { attempt, type Marker } from '../sending/attempt.ts';
import type { SenderOptions } from '../sending/options.ts';
import { Connections } from '../smtp/connections.ts';
import { smtpTarget } from '../smtp/smtp-url.ts';
import { senderOptions } from './sender.ts';

/** A loaded machine is not taken for a silent server; a test in which one is silent is `hurried`. */
export const patient = { commandMs: 20_000, replyMs: 600_000 };
/** Whoever waits for the reply to a body by mistake waits ten minutes, and the test ends red. */
export const hurried = { ...patient, commandMs: 800 };

/** Attempts on single mails through real connections, without a database: every marker is granted. */
class Attempts {
  /** How long a step and the reply to a body are waited for, ms; set before `to`. */
  times = patient;
  /** What was logged since `to`. */
  readonly said: { level: string; about: Record<string, unknown>; text: string }[] = [];
  private options: SenderOptions | undefined;

  /** From here on mail goes to this `SMTP_URL`. */
  to(url: string): void {
    this.end();
    this.said.length = 0;
    const saying = (level: string) => (about: object, text: string) => {
      this.said.push({ level, about: about as Record<string, unknown>, text });
    };
    const logger = { debug: () => undefined, info: saying('info'), warn: saying('warn'), error: saying('error') };
    const connections = new Connections({
      smtp: smtpTarget(url),
      inbox: undefined,
      limit: 4,
      heloName: 'hito.example',
      times: this.times,
      returnPath: 'shop@hito.example',
      logger,
      pauses: { firstMs: 40, longestMs: 160, longestRefusedMs: 160 },
    });
    this.options = senderOptions({ smtp: url }, { times: this.times, logger, connections });
  }

  get connections(): Connections {
    if (this.options === undefined) throw new Error('Call `to` first: it says where mail goes');
    return this.options.connections;
  }

  /** One attempt on a new mail for this address. */
  tried(email: string, marker: Marker = () => Promise.resolve('granted')): Promise<Ending> {
    if (this.options === undefined) throw new Error('Call `to` first: it says where mail goes');
    const mail = { id: randomUUID(), email, replayed: false, attempt: 1, decidedAt: 0 } as unknown as Mail;
    return attempt(mail, this.options, marker);
  }

  /** Waits until a probe has opened the way again. */
  async open(): Promise<void> {
    for (const end = Date.now() + 50_000; !this.connections.isOpen('smtp'); await sleep(20))
      if (Date.now() > end) throw new Error(`The way stays closed: ${this.connections.trouble ?? ''}`);
  }

  end(): void {
    this.options?.connections.close();
  }
}

export const attempts = new Attempts();
