import { edgeBlocked, full, notForEver, theRecipient, theSender, tooFast, withoutAddresses } from './reply-texts.ts';

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

const rfc = (number: number, section: string, says: string): string =>
  `RFC ${String(number)}, ${says} (https://www.rfc-editor.org/rfc/rfc${String(number)}#section-${section})`;
const gmail = (says: string): string => `Gmail, ${says} (https://support.google.com/a/answer/3726730)`;
const exchange = (says: string): string =>
  `Exchange Online, ${says} (https://learn.microsoft.com/en-us/exchange/troubleshoot/email-delivery/ndr/non-delivery-reports-in-exchange-online)`;

/** Of several rows that fit, the first counts. Permanent replies (5xx) to RCPT, DATA or the body. */
const permanent: readonly Row[] = [
  {
    smtp: ['500', '502', '503', '504', '530', '534', '535', '538', '571'],
    blame: 'sender',
    then: 'retry',
    reason: 'sender',
    source: `${rfc(5321, '4.2.2', '500 to 504: our commands')}; ${rfc(4954, '6', '530 to 538: our log-in')}; 571 is "delivery not authorized" (https://smtp.codes/)`,
  },
  {
    codes: ['2.1'],
    text: tooFast,
    blame: 'server',
    then: 'retry',
    reason: 'rate',
    source: gmail('550 5.2.1 "receiving mail at a rate that prevents additional messages": the mailbox is well'),
  },
  {
    codes: ['2.121', '2.122'],
    blame: 'server',
    then: 'retry',
    reason: 'rate',
    source: exchange('5.2.121 and 5.2.122: the recipient has had its limit of messages of this hour'),
  },
  {
    codes: ['1.3'],
    blame: 'message',
    then: 'fail',
    reason: 'address_syntax',
    source: rfc(3463, '3.2', 'X.1.3: bad syntax, which may be our own encoding'),
  },
  {
    codes: ['6.7', '6.8', '6.9'],
    blame: 'message',
    then: 'fail',
    reason: 'unsupported_address',
    source: rfc(6531, '3.5', 'X.6.7 to X.6.9: the server, or one behind it, takes no address that is not ASCII'),
  },
  {
    codes: ['2.3', '3.4'],
    blame: 'message',
    then: 'fail',
    reason: 'too_large',
    source: rfc(3463, '3.3', 'X.2.3 and X.3.4: the message is too long'),
  },
  {
    codes: ['6.0', '6.1', '6.2', '6.3', '6.4', '6.5', '6.6'],
    blame: 'message',
    then: 'fail',
    reason: 'content',
    source: rfc(3463, '3.7', 'X.6: the content or its media type is not taken'),
  },
  {
    codes: ['1.7', '1.8'],
    blame: 'sender',
    then: 'retry',
    reason: 'sender',
    source: `${rfc(3463, '3.2', "X.1.7 and X.1.8: the sender's address, or its system")}; ${exchange('5.1.8: bad outbound sender')}`,
  },
  {
    codes: ['1.90', '4.5'],
    blame: 'sender',
    then: 'retry',
    reason: 'sender',
    source: `${exchange('5.1.90: our sending limit of the day is reached')}; ${gmail('5.4.5: the same')}`,
  },
  {
    codes: ['2.2'],
    blame: 'server',
    then: 'retry',
    reason: 'mailbox_full',
    source: rfc(3463, '3.3', 'X.2.2: full; whoever owns it may make room'),
  },
  {
    text: full,
    blame: 'server',
    then: 'retry',
    reason: 'mailbox_full',
    source: `${rfc(5321, '4.2.2', '552: exceeded storage allocation')}; Yahoo and iCloud say the same under other codes (https://smtp.codes/)`,
  },
  {
    text: notForEver,
    blame: 'server',
    then: 'retry',
    reason: 'deferred',
    source: `${rfc(3463, '3.3', 'X.2.1 may be for a time')}; Postfix gives a permanent code to what it defers where it is told to (https://www.postfix.org/postconf.5.html#unverified_recipient_reject_code)`,
  },
  {
    text: theSender,
    blame: 'sender',
    then: 'retry',
    reason: 'sender',
    source:
      'Postfix, "Sender address rejected" and "Client host rejected" (https://www.postfix.org/SMTPD_ACCESS_README.html, https://www.postfix.org/ADDRESS_VERIFICATION_README.html): the text names whom the code leaves open',
  },
  {
    codes: ['1.1'],
    blame: 'recipient',
    then: 'suppress',
    reason: 'address',
    source: rfc(3463, '3.2', 'X.1.1: the mailbox does not exist'),
  },
  {
    codes: ['1.2'],
    blame: 'recipient',
    then: 'suppress',
    reason: 'address',
    source: rfc(3463, '3.2', 'X.1.2: the destination system does not exist, or takes no mail'),
  },
  {
    codes: ['1.6'],
    blame: 'recipient',
    then: 'suppress',
    reason: 'address',
    source: rfc(3463, '3.2', 'X.1.6: the mailbox has moved, and no address to follow it to is known'),
  },
  {
    codes: ['1.10'],
    blame: 'recipient',
    then: 'suppress',
    reason: 'address',
    source: `${rfc(7505, '4.2', 'X.1.10: the domain takes no mail (null MX)')}; ${exchange('5.1.10: no such recipient')}`,
  },
  {
    codes: ['2.1'],
    blame: 'recipient',
    then: 'suppress',
    reason: 'mailbox',
    source: rfc(3463, '3.3', 'X.2.1: the mailbox is disabled; with a class of 5 not for a time'),
  },
  {
    smtp: ['556'],
    codes: ['none'],
    blame: 'recipient',
    then: 'suppress',
    reason: 'address',
    source: rfc(7504, '4', '556: the domain takes no mail'),
  },
  {
    codes: ['4.1'],
    text: edgeBlocked,
    blame: 'recipient',
    then: 'suppress',
    reason: 'address',
    source: exchange('5.4.1 with this text: directory-based edge blocking knows no such recipient'),
  },
  {
    codes: ['4.310'],
    blame: 'recipient',
    then: 'suppress',
    reason: 'address',
    source: exchange('5.4.310: the DNS domain does not exist'),
  },
  {
    smtp: ['510', '511', '550', '551', '552', '553', '554', '556'],
    text: theRecipient,
    blame: 'recipient',
    then: 'suppress',
    reason: 'address',
    source:
      'texts for an unknown user: Postfix (https://www.postfix.org/LOCAL_RECIPIENT_README.html), GMX and IONOS (https://www.ionos.com/help/email/troubleshooting-mail-basicmail-business/error-messages-caused-by-undeliverable-email/), Outlook.com 5.5.0 and Yahoo 554 (https://smtp.codes/)',
  },
];

/** Gmail 5.7.26 and 5.7.27, 4.7.0 and 4.7.28; Yahoo 4.7.0 [TSS04] and 5.7.1; Exchange Online 5.7.1, 5.7.509 and the rest of X.7. */
const policy: Meaning = {
  blame: 'sender',
  then: 'retry',
  reason: 'policy',
  source: `${rfc(3463, '3.8', 'X.7: security or policy')}; ${rfc(7372, '3', 'X.7.20 to X.7.26: SPF, DKIM, reverse DNS')}; ${gmail('4.7 and 5.7')}; ${exchange('5.7.x')}; Yahoo (https://senders.yahooinc.com/smtp-error-codes/): our reputation, authentication or configuration, never the mailbox`,
};
const later: Meaning = {
  blame: 'server',
  then: 'retry',
  reason: 'deferred',
  source: rfc(5321, '4.2.1', '4yz is for a time'),
};
/** Every meaning that a document gives to a reply. */
export const documented: readonly Meaning[] = [...permanent, policy, later];
const unknown: Meaning = {
  blame: 'server',
  then: 'retry',
  reason: 'refused',
  source: 'no row: what is not known to be for ever is tried until not_after',
};

/**
 * What a reply other than 2xx to RCPT, DATA or the body means. The class of the SMTP code counts before that of the enhanced one, and where
 * the two disagree nobody is suppressed. Of several lines one that speaks of security or policy (X.7) counts before all others; of several
 * enhanced codes one that suppresses nobody.
 */
export function meaningOf(reply: string): Meaning {
  const smtp = /^\d{3}/.exec(reply)?.[0] ?? '';
  const codes = reply.split('\n').flatMap((line) => enhancedOf(line) ?? []);
  if (codes.some(({ code }) => code.startsWith('7.'))) return policy;
  if (!smtp.startsWith('5')) return later;
  if (codes.some(({ kind }) => kind !== '5')) return unknown;
  const said = withoutAddresses(reply);
  const meanings = (codes.length === 0 ? ['none'] : codes.map(({ code }) => code)).map((code) => permanentOf(smtp, code, said));
  return meanings.find(({ then }) => then !== 'suppress') ?? meanings[0] ?? unknown;
}

const permanentOf = (smtp: string, code: string, said: string): Meaning =>
  permanent.find(
    ({ codes: only, smtp: onlySmtp, text }) =>
      (only?.includes(code) ?? true) && (onlySmtp?.includes(smtp) ?? true) && (text?.test(said) ?? true),
  ) ?? unknown;

/** The enhanced code of a line: behind the SMTP code, `#5.1.0` as Cisco writes it, in brackets, or `(#5.1.1)` as qmail does. */
function enhancedOf(line: string): { readonly kind: string; readonly code: string } | undefined {
  const found = /^[45]\d\d[ -]+(?:[#[(]?([245])\.(\d{1,3}\.\d{1,3})(?![\d.])|.*\(#([245])\.(\d{1,3}\.\d{1,3})\b)/.exec(line);
  const [, kind, code, kindBehind, codeBehind] = found ?? [];
  return found === null ? undefined : { kind: kind ?? kindBehind ?? '', code: code ?? codeBehind ?? '' };
}
