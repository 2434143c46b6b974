import type { Consents } from '#facts';

/** What delivery remembers of a mail it was asked for, to judge the hits that come back. */
export interface Mailed {
  readonly id: string;
  readonly play: string;
  readonly category: string;
  /** Absent of a mail that was asked for before it was remembered. */
  readonly template?: string;
  /** The decision's instant in stream time, epoch ms: in a replay long before the real moment. */
  readonly decidedAt: number;
  /** The real moment at which a server took the mail, epoch ms; absent until that is known. */
  readonly acceptedAt?: number;
  /** Verdicts already reported; each is reported once. */
  readonly opened?: readonly string[];
  readonly clicked?: readonly string[];
}

/** The state of a person. `mails` holds the latest `remembered` ones, newest last. */
export interface Person {
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly locale?: string | undefined;
  readonly zone?: string | undefined;
  readonly consents: Consents;
  /** Once true it stays: this person's mail goes to the development inbox for ever. */
  readonly replayed: boolean;
  readonly mails: readonly Mailed[];
}

/** How many mails of a person are remembered for their hits; a hit on an older one counts as unknown. */
export const remembered = 20;

export const nobody: Person = { consents: {}, replayed: false, mails: [] };

export const remember = (person: Person, mail: Mailed): Person => ({
  ...person,
  mails: [...person.mails.filter((m) => m.id !== mail.id), mail].slice(-remembered),
});
