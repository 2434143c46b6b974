import { parse } from 'smtp-address-parser';
import { toASCII } from 'tr46';
import { wellFormed } from './text.ts';

/** Why a text is no address that a mail can be sent to. */
export type AddressProblem = 'empty' | 'too_long' | 'no_at_sign' | 'local_part' | 'quoted' | 'ip_literal' | 'domain';

export interface Address {
  readonly ok: true;
  /** The one spelling for `To:` and `RCPT TO`: the local part as it was written, the domain in lower-case A-labels. */
  readonly address: string;
  /** Names the mailbox in caps, opt-outs and suppressions: `address` with its local part in lower case. */
  readonly key: string;
  /** The local part is not ASCII: only a server that offers SMTPUTF8 (RFC 6531) takes it. */
  readonly needsSmtpUtf8: boolean;
}

export interface NoAddress {
  readonly ok: false;
  readonly reason: AddressProblem;
}

/** RFC 5321, 4.5.3.1.1 and 4.5.3.1.3: octets of a local part, and of a path without its angle brackets. */
const mostLocalOctets = 64;
const mostOctets = 254;

/**
 * Reads one address from outside: an RFC 5321 dot-string and a domain name of two labels or more. Takes off what copying leaves
 * behind: blanks around it, invisible characters, `mailto:`, the dot of the root domain. Refuses everything that is legal and
 * dangerous or useless: quoted local parts, comments, groups, routes, angle brackets, IP literals, single-label domains.
 *
 * `key` puts the local part in lower case, for no provider tells mailboxes apart by case. It takes away no dots and no `+tag`:
 * only Gmail ignores dots, and elsewhere that would be another person's mailbox.
 *
 * The result of an accepted `address` is itself: reading is idempotent.
 */
export function parseAddress(text: string): Address | NoAddress {
  // Whatever is longer than this is refused before any work on it. A domain in U-labels is shorter than in A-labels.
  if (text.length > 1_000) return no('too_long');
  const clean = cleaned(text);
  if (clean === '') return no('empty');
  if (plain.test(clean)) return read(clean.slice(0, clean.indexOf('@')), clean.slice(clean.indexOf('@') + 1).toLowerCase());
  const at = clean.lastIndexOf('@');
  if (at < 0) return no('no_at_sign');
  const local = clean.slice(0, at).normalize('NFC');
  if (local.startsWith('"')) return no('quoted');
  if (clean.slice(at + 1).startsWith('[')) return no('ip_literal');
  if (unsayable.test(local) || strayJoiner.test(local)) return no('local_part');
  if (Buffer.byteLength(local) > mostLocalOctets) return no('too_long');
  const domain = toASCII(clean.slice(at + 1), strict)?.toLowerCase();
  if (domain === undefined || !isName(domain)) return no('domain');
  return isMailbox(local, domain) ? read(local, domain) : no('local_part');
}

function read(local: string, domain: string): Address | NoAddress {
  const address = `${local}@${domain}`;
  if (Buffer.byteLength(local) > mostLocalOctets || Buffer.byteLength(address) > mostOctets) return no('too_long');
  const key = `${local.toLowerCase().normalize('NFC')}@${domain}`;
  return { ok: true, address, key, needsSmtpUtf8: /[^ -~]/.test(local) };
}

const no = (reason: AddressProblem): NoAddress => ({ ok: false, reason });

/** Of every ten thousand addresses all but a few: the grammar and the mapping would change nothing on these. */
const plain =
  /^[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:(?![A-Za-z0-9-]{2}--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;

/** UTS 46, non-transitional, with all its checks and DNS' lengths. */
const strict = {
  checkBidi: true,
  checkHyphens: true,
  checkJoiners: true,
  useSTD3ASCIIRules: true,
  verifyDNSLength: true,
  transitionalProcessing: false,
} as const;

/** The top level is a name: `a@10.0.0.1` is a host's number. */
const isName = (domain: string): boolean => domain.includes('.') && !/\.\d+$/.test(domain);

/** By the grammar of RFC 5321, 4.1.2 (RFC 6531 for a local part that is not ASCII). */
function isMailbox(local: string, domain: string): boolean {
  try {
    const { localPart } = parse(`${local}@${domain}`) as { localPart: { DotString?: string } };
    return localPart.DotString === local;
  } catch {
    // The parser answers a text outside of its grammar with an error.
    return false;
  }
}

/** Drawn as nothing, except the joiners, which some scripts spell with. */
const invisible = /(?![\u200c\u200d])\p{Default_Ignorable_Code_Point}/gu;
const around = /^[\s\u200c\u200d]+|[\s\u200c\u200d]+$/g;
const cleaned = (text: string): string =>
  wellFormed(text)
    .replace(invisible, '')
    .replace(around, '')
    .replace(/^mailto:/i, '')
    .replace(around, '')
    .replace(/\.$/, '');

/** Blanks, control and format characters, private and unassigned code points: no local part is spelled with them. */
const unsayable = /(?![\u200c\u200d])[\p{C}\p{Z}]|\ufffd/u;
/** A joiner stands between letters of a script that joins; no other place shows. */
const strayJoiner = /(?<![\p{L}\p{M}])[\u200c\u200d]|[\u200c\u200d](?!\p{L})|[\0-\x7f][\u200c\u200d]|[\u200c\u200d][\0-\x7f]/u;
