import type { Logger, WorkerSession } from '#stream';
import { messageIdOf } from '../identity.ts';
import { hashOf } from '../mails/hash-of.ts';
import type { Mail } from '../mails/mail.ts';
import type { SenderOptions } from '../sending/options.ts';
import { Ledger } from '../sending/ledger.ts';
import { Sender } from '../sending/sender.ts';
import { Connections } from '../smtp/connections.ts';
import { smtpTarget } from '../smtp/smtp-url.ts';

const quiet = (): void => undefined;
const logger: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** A plain mail: the sender cares for bytes, not for what is in them. */
const plainMail = (mail: Mail): Buffer =>
  Buffer.from(
    `From: shop@hito.example\r\nTo: ${mail.email}\r\nMessage-ID: ${messageIdOf(mail, 'hito.example')}\r\nDate: ${new Date(mail.decidedAt).toUTCString()}\r\n\r\n` +
      `Attempt ${String(mail.attempt)} made these bytes.\r\n${'A line of the body, to have some bytes.\r\n'.repeat(200)}`,
  );

export const testHash = hashOf({ HITO_SIGNING_KEY: 'a key for tests that is long enough' });

/** A sender that soon gives a silent server up: where a test waits for that. */
export const impatient = { commandMs: 5_000, replyMs: 2_000 };

/** The options of a sender as tests want them: short pauses, and patience for a machine that stalls. */
export function senderOptions(
  to: { smtp: string; inbox?: string; limit?: number },
  changes: Partial<SenderOptions> = {},
): SenderOptions {
  const { times = { commandMs: 20_000, replyMs: 20_000 } } = changes;
  return {
    connections: new Connections({
      smtp: smtpTarget(to.smtp),
      inbox: to.inbox === undefined ? undefined : smtpTarget(to.inbox),
      limit: to.limit ?? 4,
      heloName: 'hito.example',
      times,
      returnPath: 'shop@hito.example',
      logger,
      pauses: { firstMs: 50, longestMs: 200, longestRefusedMs: 200 },
    }),
    times,
    compose: (mail) => ({ bytes: plainMail(mail), messageId: messageIdOf(mail, 'hito.example') }),
    messageId: (mail) => messageIdOf(mail, 'hito.example'),
    returnPath: 'shop@hito.example',
    hash: testHash,
    leaseMs: 2_000,
    marginMs: 500,
    batch: 50,
    backoff: { firstMs: 50, longestMs: 200, connectionMs: 50 },
    categories: new Map(),
    resendAfterMs: 0,
    idleMs: 100,
    logger,
    ...changes,
  };
}

/** Waits before it writes a marker, as long as a test wants. */
class GatedLedger extends Ledger {
  gate: () => Promise<void> = () => Promise.resolve();

  override async mark(...marker: Parameters<Ledger['mark']>): ReturnType<Ledger['mark']> {
    await this.gate();
    return super.mark(...marker);
  }
}

const senders = new WeakMap<SenderOptions, { sender: Sender; ledger: GatedLedger }>();

function senderOf(options: SenderOptions): { sender: Sender; ledger: GatedLedger } {
  const ledger = new GatedLedger(options.logger);
  const made = senders.get(options) ?? { sender: new Sender(options, ledger), ledger };
  senders.set(options, made);
  return made;
}

/** Called between 354 and the marker of every mail of this sender. */
export function beforeMarker(options: SenderOptions, gate: () => Promise<void>): void {
  senderOf(options).ledger.gate = gate;
}

/** Runs a sender on a session until its signal aborts; never nudged, so it looks by itself. The same options are the same process. */
export const runSender = (session: WorkerSession, options: SenderOptions): Promise<void> =>
  senderOf(options).sender.run(session, () => new Promise(() => undefined));
