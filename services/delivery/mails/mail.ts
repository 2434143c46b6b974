import type { AskedMail } from '../domain/effect.ts';
import type { MailboxNames } from './address-hash.ts';
import type { Attempted } from './outcome.ts';

/** A claimed mail, with all that an attempt needs. */
export interface Mail extends AskedMail {
  readonly partition: number;
  readonly attempt: number;
  readonly token: string;
  readonly deferrals: number;
  /** The bytes of the first attempt, where there was one. */
  readonly rendered: Buffer | undefined;
  /** Where it goes, as tables name it. */
  readonly mailbox: MailboxNames;
  /** The names of its category, present and former: a word of the mailbox about any of them is about this mail. */
  readonly consentNames: readonly string[];
  /** Whether its opens and clicks may be measured: no pixel and no rewritten link otherwise. */
  readonly tracked: boolean;
  /** Where this attempt stands in a trace, if its decision is traced. */
  readonly traced?: Attempted;
}

/** For a line of the log about a mail. */
export const traceId = ({ traced }: Mail): object => (traced === undefined ? {} : { trace_id: traced.place.traceId });
