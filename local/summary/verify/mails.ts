import type { InboxMail } from '../evidence.ts';
import type { Check } from './case.ts';
import { equal, none, same } from './problem.ts';

const idOf = ({ messageId }: InboxMail): string => messageId.split('@')[0] ?? '';
const messageIs = (id: string): string => `message ${id}`;

/** Every decision to send is one mail, every accepted mail lies once in the inbox, and nobody real was written to. */
export const mailChecks: readonly Check[] = [
  ({ evidence: { topics, tables } }) =>
    same(
      'one mail for each sent decision',
      topics.decisions.filter(({ decision }) => decision === 'sent').map(({ id, person }) => `message ${id} to ${person}`),
      tables.mails.map(({ id, person }) => `message ${id} to ${person}`),
    ),

  ({ summary: { decisions, mails } }) =>
    equal(
      'sent = accepted + bounced + suppressed + expired + failed + in doubt + put back',
      decisions.sent,
      mails.accepted + mails.bounced + mails.suppressed + mails.expired + mails.failed + mails.in_doubt + (mails.put_back ?? 0),
      'sent decisions',
    ),

  ({ summary }) => equal('mails pending', 0, summary.mails.pending),

  ({ summary: { mails } }) =>
    equal('mails in the inbox = their distinct message ids', mails.in_inbox, mails.distinct_message_ids),

  ({ summary: { mails } }) => {
    const { accepted, in_doubt, in_inbox } = mails;
    if (in_doubt === 0) return equal('accepted mails = mails in the inbox', accepted, in_inbox, 'accepted');
    if (accepted <= in_inbox && in_inbox <= accepted + in_doubt) return [];
    return [
      {
        check: 'mails in the inbox',
        expected: `${String(accepted)} to ${String(accepted + in_doubt)} (accepted, in doubt)`,
        found: String(in_inbox),
      },
    ];
  },

  ({ evidence: { tables, inbox } }) => {
    const doubted = new Set(tables.mails.filter(({ state }) => state === 'in_doubt').map(({ id }) => id));
    const accepted = tables.mails.filter(({ state }) => state === 'accepted').map(({ id }) => messageIs(id));
    return same(
      'accepted mails, each once in the inbox',
      accepted,
      inbox
        .map(idOf)
        .filter((id) => !doubted.has(id))
        .map(messageIs),
    );
  },

  ({ evidence: { topics, tables } }) =>
    same(
      'outcome `accepted`, once for each accepted mail',
      tables.mails.filter(({ state }) => state === 'accepted').map(({ id }) => messageIs(id)),
      topics.outcomes.filter(({ outcome }) => outcome === 'accepted').map(({ messageId }) => messageIs(messageId)),
    ),

  ({ people, evidence: { tables, inbox } }) => {
    const addresses = new Map(tables.mails.map(({ id, person }) => [id, people.get(person)?.address]));
    const rows = tables.mails
      .filter(({ id, email }) => email !== addresses.get(id))
      .map(({ id, email }) => `message ${id} for ${email}`);
    const strays = inbox
      .filter((mail) => mail.to.join() !== addresses.get(idOf(mail)))
      .map((mail) => `message ${idOf(mail)} to ${mail.to.join(', ')}`);
    return none('addresses of mails', "the persons' own, invented ones", [...rows, ...strays]);
  },

  ({ evidence: { topics, tables } }) =>
    none('marks of the replay', 'on every profile, sent decision and mail', [
      ...topics.profiles.filter(({ replayed }) => !replayed).map(({ person }) => `person ${person}`),
      ...topics.decisions.filter(({ decision, replayed }) => decision === 'sent' && !replayed).map(({ id }) => `decision ${id}`),
      ...tables.mails.filter(({ replayed }) => !replayed).map(({ id }) => `mail ${id}`),
    ]),
];
