/**
 * Whose fault a refusal is. Only `recipient` may end in a suppression.
 * recipient: the mailbox does not exist. sender: our address, reputation or configuration. message: this mail's bytes or address form.
 * server: anything else, for a time or unknown.
 */
export type Blame = 'recipient' | 'sender' | 'message' | 'server';

export interface Meaning {
  readonly blame: Blame;
  /** suppress: bounced, and nothing is sent to the mailbox any more. fail: no later attempt would help. retry: until `not_after`. */
  readonly then: 'suppress' | 'fail' | 'retry';
  readonly reason: string;
  /** Where it is written that the reply means this. */
  readonly source: string;
}

interface Row extends Meaning {
  /** Enhanced status codes (RFC 3463) without their class, `1.1` for 5.1.1; any where absent. `none` is a reply without one. */
  readonly codes?: readonly string[];
  /** SMTP codes; any 5xx where absent. */
  readonly smtp?: readonly string[];
  /** What its text has to say; anything where absent. */
  readonly text?: RegExp;
}

const unknownUser =
  /\b(unknown|no such|not a valid|invalid|non-?existent|no longer a valid) (local )?(user|recipient|mailbox|account|address)\b|\b(user|recipient|mailbox|account)( name)?( is| was)?( unknown| not found| does not exist| doesn'?t exist| no longer exists| not known| disabled| unavailable)\b|\bno mailbox here by that name\b|\bnot our customer\b|\b(account|mailbox) has been (disabled|discontinued|deactivated)\b|\bdoesn'?t have an? \S+ account\b/i;
const blamesSender =
  /\b(sender|mail from|spf|dkim|dmarc|spam|blocked|black-?list\w*|block-?list\w*|denylist\w*|dnsbl|rbl|reputation|relaying|unable to relay|relay access|policy|your (ip|domain|address|server|host)|client host)\b/i;

/** Of several rows that fit, the first counts. Permanent replies (5xx) to RCPT, DATA or the body. */
const permanent: readonly Row[] = [
  {
    codes: ['1.1', '1.2', '1.6', '1.10', '2.1', '4.1', '4.310', 'none', '0.0', '5.0', '2.0', '3.0'],
    text: blamesSender,
    blame: 'sender',
    then: 'retry',
    reason: 'sender',
    source:
      'Postfix, SMTPD_ACCESS_README: "Sender address rejected"; Exim, sender verify: the text names whom the code leaves open',
  },
  {
    codes: ['1.1'],
    blame: 'recipient',
    then: 'suppress',
    reason: 'address',
    source: 'RFC 3463 3.2, X.1.1: the mailbox does not exist',
  },
  {
    codes: ['1.2'],
    blame: 'recipient',
    then: 'suppress',
    reason: 'address',
    source: 'RFC 3463 3.2, X.1.2: the destination system does not exist',
  },
  {
    codes: ['1.6'],
    blame: 'recipient',
    then: 'suppress',
    reason: 'address',
    source: 'RFC 3463 3.2, X.1.6: the mailbox has moved, and no address to follow it to is known',
  },
  {
    codes: ['1.10'],
    blame: 'recipient',
    then: 'suppress',
    reason: 'address',
    source: 'RFC 7505 4.2, X.1.10: the domain takes no mail (null MX)',
  },
  {
    codes: ['2.1'],
    blame: 'recipient',
    then: 'suppress',
    reason: 'mailbox',
    source: 'RFC 3463 3.3, X.2.1: the mailbox is disabled and not for a time',
  },
  {
    smtp: ['556'],
    codes: ['none'],
    blame: 'recipient',
    then: 'suppress',
    reason: 'address',
    source: 'RFC 7504 4: 556, the domain takes no mail',
  },
  {
    codes: ['4.1'],
    text: /recipient address rejected: access denied/i,
    blame: 'recipient',
    then: 'suppress',
    reason: 'address',
    source: 'Microsoft, Exchange Online NDR 5.4.1: directory based edge blocking knows no such recipient',
  },
  {
    codes: ['4.310'],
    blame: 'recipient',
    then: 'suppress',
    reason: 'address',
    source: 'Microsoft, Exchange Online NDR 5.4.310: the DNS domain does not exist',
  },
  {
    codes: ['none', '0.0', '5.0', '2.0', '3.0'],
    text: unknownUser,
    blame: 'recipient',
    then: 'suppress',
    reason: 'address',
    source:
      'texts of Exim (550 Unknown user), qmail (no mailbox here by that name), Outlook.com (5.5.0 mailbox unavailable), Yahoo (554 delivery error: dd)',
  },
  {
    codes: ['1.3'],
    blame: 'message',
    then: 'fail',
    reason: 'address_syntax',
    source: 'RFC 3463 3.2, X.1.3: bad syntax, which may be our own encoding',
  },
  {
    codes: ['6.7', '6.8'],
    blame: 'message',
    then: 'fail',
    reason: 'unsupported_address',
    source: 'RFC 6531 3.5 and RFC 5336: the server takes no address that is not ASCII',
  },
  {
    codes: ['2.3', '3.4'],
    blame: 'message',
    then: 'fail',
    reason: 'too_large',
    source: 'RFC 3463 3.3 and 3.4, X.2.3 and X.3.4: the message is too long',
  },
  {
    codes: ['6.0', '6.1', '6.2', '6.3', '6.4', '6.5', '6.6'],
    blame: 'message',
    then: 'fail',
    reason: 'content',
    source: 'RFC 3463 3.7, X.6: the content or its media type is not taken',
  },
  {
    codes: ['1.7', '1.8'],
    blame: 'sender',
    then: 'retry',
    reason: 'sender',
    source: 'RFC 3463 3.2, X.1.7 and X.1.8: the address of the sender, or its system',
  },
  {
    codes: ['1.90'],
    blame: 'sender',
    then: 'retry',
    reason: 'sender',
    source: 'Microsoft, Exchange Online NDR 5.1.90: the sending limit is reached',
  },
  {
    codes: ['2.2'],
    blame: 'server',
    then: 'retry',
    reason: 'mailbox_full',
    source: 'RFC 3463 3.3, X.2.2: full; whoever owns it may make room',
  },
];

const policy: Meaning = {
  blame: 'sender',
  then: 'retry',
  reason: 'policy',
  source: 'RFC 3463 3.8, X.7: security or policy; our reputation, authentication or configuration, never the mailbox',
};
const later: Meaning = {
  blame: 'server',
  then: 'retry',
  reason: 'deferred',
  source: 'RFC 5321 4.2.1: 4yz is for a time',
};
const unknown: Meaning = {
  blame: 'server',
  then: 'retry',
  reason: 'refused',
  source: 'no row: what is not known to be for ever is tried until not_after',
};

/** What a reply other than 2xx to RCPT, DATA or the body means. The class of the SMTP code counts before that of the enhanced one. */
export function meaningOf(reply: string): Meaning {
  const smtp = /^\d{3}/.exec(reply)?.[0] ?? '';
  const enhanced = enhancedOf(reply);
  if (enhanced?.startsWith('7.') === true) return policy;
  if (!smtp.startsWith('5')) return later;
  const code = enhanced ?? 'none';
  return (
    permanent.find(
      ({ codes, smtp: only, text }) =>
        (codes?.includes(code) ?? true) && (only?.includes(smtp) ?? true) && (text?.test(reply) ?? true),
    ) ?? unknown
  );
}

/** The enhanced code of the same class as the SMTP code: behind it, or `(#5.1.1)` as qmail writes it. */
function enhancedOf(reply: string): string | undefined {
  const found = /^([45])\d\d[ -](?:\1\.(\d{1,3}\.\d{1,3})(?![\d.])|[^\n]*\(#\1\.(\d{1,3}\.\d{1,3})\b)/.exec(reply);
  return found?.[2] ?? found?.[3];
}
