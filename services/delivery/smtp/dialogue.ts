import { failPoint } from '#stream';

/**
 * Listens to the commands and replies of a connection, which nodemailer tells only to its log, and gives each step from EHLO to DATA
 * its own time: every complete reply starts the time of the next one that is still owed.
 */
export class Dialogue {
  /** The step that was not answered in time. */
  late: string | undefined;
  private readonly stepMs: number;
  private readonly onLate: () => void;
  private readonly owed: string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private replies = 0;

  constructor(stepMs: number, onLate: () => void) {
    this.stepMs = stepMs;
    this.onLate = onLate;
  }

  /** nodemailer's options for it. Only `debug` tells of the dialogue, and passwords are masked there; nothing is written anywhere. */
  get options(): object {
    const quiet = (): void => undefined;
    const debug = (entry: { tnx?: string }, text: string): void => {
      if (entry.tnx === 'client') this.sent(text);
      if (entry.tnx === 'server') this.answered();
    };
    return {
      transactionLog: true,
      logger: { level: quiet, trace: quiet, debug, info: quiet, warn: quiet, error: quiet, fatal: quiet },
    };
  }

  /** Nothing is owed any more: the connection has ended, or a body has its own time. */
  end(): void {
    this.owed.length = 0;
    clearTimeout(this.timer);
  }

  private sent(command: string): void {
    const verb = /^[A-Z]{4,8}/.exec(command)?.[0] ?? 'AUTH';
    if (verb === 'MAIL') this.replies = 0;
    this.owed.push(verb);
    if (this.owed.length === 1) this.restart();
  }

  private answered(): void {
    // For a test that ends the process here: the only way to see RCPT's reply in a pipelined envelope.
    this.replies += 1;
    if (this.replies === 2) failPoint('after-rcpt');
    this.owed.shift();
    if (this.owed.length > 0) this.restart();
    else clearTimeout(this.timer);
  }

  private restart(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.late = this.owed[0];
      this.onLate();
    }, this.stepMs);
  }
}
