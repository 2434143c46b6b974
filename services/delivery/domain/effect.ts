import type { DecidedCandidate } from '#contracts';
import type { DecisionDay } from './mailbox.ts';
import type { Word } from './word.ts';

/** What a mail is made of, as the decision asked for it and its row keeps it. */
export interface AskedMail {
  /** The message id: the primary key, the last belt against a second mail. */
  readonly id: string;
  readonly personId: string;
  readonly play: string;
  readonly category: string;
  /** What its category asked for when it was decided; where the playbook of the attempt declares the category, that counts. */
  readonly legal: boolean;
  readonly consent: string;
  readonly template: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly locale: string;
  readonly zone: string;
  readonly email: string;
  readonly name: string | undefined;
  readonly replayed: boolean;
  /** The decision's instant, epoch ms. */
  readonly decidedAt: number;
}

/** A row of the table of mails. */
export interface NewMail extends AskedMail {
  readonly kind: 'mail';
  /** Epoch ms. */
  readonly notAfter: number;
  /** Set where it must not be sent at all: it is kept as suppressed, for this reason. */
  readonly suppressed: string | undefined;
  /** What orchestration gets back where the mailbox may not take the mail now. */
  readonly candidate: DecidedCandidate;
  readonly day: DecisionDay;
}

/** Whatever of this person and these categories is not yet being transmitted is not sent any more; legal mail is. */
export interface Suppress {
  readonly kind: 'suppress';
  readonly personId: string;
  /** Present and former names of a category, or `all`. */
  readonly categories: readonly string[];
  readonly reason: string;
}

/** The person has another address, or none: whatever is not yet being transmitted is claimed anew, and the claim reads where it goes. */
export interface Readdress {
  readonly kind: 'readdress';
  readonly personId: string;
}

export type Effect = NewMail | Suppress | Readdress | Word;
