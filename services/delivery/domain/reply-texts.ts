/**
 * What servers write behind their codes. `theRecipient` alone may end in a suppression, so it is read last and narrowly; the others may
 * be too wide: their mails are tried again.
 */

const mailbox = '(user|recipient|mailbox|mail ?box|account|addressee|alias|(e-?mail|recipient|destination|mailbox|rcpt) address)';
const missing =
  "(unknown|not found|(does |do )?(not|n'?t) exists?|doesn'?t exist|no longer exists|not known|disabled|unavailable|could not be found)";

/** The mailbox is not there. */
export const theRecipient = new RegExp(
  [
    `\\b(unknown|no such|not a valid|not a known|illegal|invalid|non-?existent|no longer a valid) (local |virtual |e-?mail )?(user|recipient|mailbox|account|address)\\b`,
    `\\b${mailbox}( name| that you tried to reach)?[ :]*(is |was )?${missing}\\b`,
    '\\bno mailbox (here )?by that name\\b',
    '\\bnot our customer\\b',
    '\\b(account|mailbox) has been (disabled|discontinued|deactivated)\\b',
    "\\bdoesn'?t have an? \\S+ account\\b",
  ].join('|'),
  'i',
);

/** We, our address, our machine, our mail's bytes, or how often we come. */
export const theSender =
  /\b(senders?|mail from|envelope[- ]from|(return|reverse)[- ]path|spf|dkim|dmarc|helo|ehlo|\w*spam\w*|unsolicited|junk|bulk|virus\w*|malware|phish\w*|suspicious|abus\w*|complaints?|content|(message|mail|e-?mail) (was |is |has been )?(refused|rejected|blocked)|blocked|banned|prohibited|(black|block|deny)[- ]?list\w*|dnsbl|rbl|reputation|auth|authenticat\w*|authoriz\w*|authoris\w*|starttls|tls|encrypt\w*|log-?in|verif\w*|call-?outs?|call-?back|relaying|relay not|not relay|unable to relay|relay access|(?<!recipient address(es)? rejected ?: )access denied|polic(y|ies)|your (ip|domain|address|server|host)|client host|invalid dns|reverse dns|ptr|resource record|rate|quota|limit(ed)?|too (many|quickly|fast)|[245]\.7\.\d+)\b/i;

/** The mailbox has no room: its owner may make some. */
export const full =
  /\b(mailbox|inbox|mail ?box|account|user|recipient)\b[^.\n]{0,40}\b(full|over ?quota|quota exceeded|exceed\w*( \w+){0,2} (quota|storage))\b|\bmailbox full\b|\bfull mailbox\b|\bexceeded storage allocation\b/i;

/** The mailbox has had its share of this hour. */
export const tooFast = /\b(at a rate that|too quickly|too fast|rate limit\w*)\b/i;

/** It will be otherwise at another time, whatever the code says. */
export const notForEver =
  /\b(temporar\w*|gr[ea]y-?list\w*|(again|retry|back|try) (in|later|after)|time[d-]? ?outs?|time-?outs?|look-?up (failed|failure|error)|paused|busy)\b/i;

/** Directory-based edge blocking of Exchange Online knows no such recipient. */
export const edgeBlocked = /recipient address(es)? rejected ?: access denied/i;

/** A reply without the addresses in it: a recipient may be called anything, `spam@` as well. */
export const withoutAddresses = (reply: string): string =>
  reply
    .replace(/<[^<>\s]*>/g, ' ')
    .replace(/[("'[]{0,2}[^\s<>()[\]"']{1,64}@[^\s<>()[\]"']+[)"'\]]{0,2}/g, ' ')
    .replace(/ +/g, ' ');
