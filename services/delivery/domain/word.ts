import { own, type Consents } from '#facts';
import { mailboxOf } from './mailbox.ts';
import type { Person } from './person.ts';

/** What somebody said for a mailbox about one category, or `all`, or `tracking`. */
export interface Word {
  readonly kind: 'word';
  /** The mailbox: the person's address now. */
  readonly email?: string | undefined;
  /** The mailbox to which this mail went, if it did. */
  readonly messageId?: string | undefined;
  readonly category: string;
  readonly granted: boolean;
  /** When it arrived, epoch ms: of two words the later one counts, at one instant the "no". */
  readonly at: number;
}

type Known = Pick<Person, 'email' | 'consents' | 'replayed'>;

/**
 * What a profile says for the person's mailbox. Each new "no" counts, and all standing ones where the address is new to the person. A "yes"
 * counts only where this person had this address before it, and has acted (`Consent Granted`) or takes back a "no" of their own: an
 * account that is made, imported or completed with all boxes ticked does not undo what the mailbox's owner withdrew; nor does a replay. `arrivedAt`: the profile's instant, epoch ms; no "yes" is later.
 */
export function wordsOf(before: Known, after: Known, arrivedAt: number): Word[] {
  const { email } = after;
  if (email === undefined) return [];
  const moved = before.email === undefined || mailboxOf(before.email) !== mailboxOf(email);
  return Object.entries(after.consents).flatMap(([category, { granted, changed_at, explicit }]): Word[] => {
    const changed = isNew(before.consents, after.consents, category);
    // A renamed category brings its grant along: the instant is known.
    const known = Object.values(before.consents).some((word) => word.granted && word.changed_at === changed_at);
    const meant = explicit === true || own(before.consents, category)?.granted === false;
    if (granted ? moved || !changed || known || !meant || after.replayed : !moved && !changed) return [];
    const said = Date.parse(changed_at);
    const at = Number.isNaN(said) || granted ? Math.min(arrivedAt, Number.isNaN(said) ? arrivedAt : said) : said;
    return [{ kind: 'word', email, category, granted, at }];
  });
}

function isNew(before: Consents, after: Consents, category: string): boolean {
  const [was, is] = [own(before, category), own(after, category)];
  return is !== undefined && (was?.granted !== is.granted || was.changed_at !== is.changed_at);
}
