import addressparser from 'nodemailer/lib/addressparser';
import { oneLine, parseAddress, shown } from '#facts';
import type { Mail } from './mails/mail.ts';

/** Who every mail is from. */
export interface Sending {
  /** Before the address; empty where there is none. */
  readonly name: string;
  /** As `parseAddress` writes it: the domain in A-labels. */
  readonly address: string;
  readonly domain: string;
}

/** Longest display name of a sender, in UTF-16 units. */
const longestName = 200;

/** Reads a `From` such as `Shop <hello@shop.example>`: exactly one address. Throws a message that says what is expected. */
export function senderOf(from: string): Sending {
  const expected = `"${oneLine(from)}" is no sender: give one address, such as Shop <hello@shop.example>`;
  const [found, ...others] = /[\r\n]/.test(from) ? [] : addressparser(from);
  // The parser makes a second <address> a part of the name.
  const unquoted = from.replace(/"(\\.|[^"\\])*"/g, '');
  if (found?.address === undefined || found.address === '' || others.length > 0 || /<[^]*<|^[^<]*@[^<]*</.test(unquoted))
    throw new Error(expected);
  const read = parseAddress(found.address);
  if (!read.ok) throw new Error(`${expected} (the address has a fault: ${read.reason})`);
  if (read.needsSmtpUtf8) throw new Error(`${expected} (the part before the @ must be ASCII: many servers refuse another)`);
  const name = shown(found.name);
  if (name.length > longestName) throw new Error(`${expected} (the name has more than ${String(longestName)} characters)`);
  return { name, address: read.address, domain: read.address.slice(read.address.lastIndexOf('@') + 1) };
}

/** The same at every attempt, whatever process makes it. */
export const messageIdOf = (mail: Pick<Mail, 'id'>, domain: string): string => `<${mail.id}@${domain}>`;
