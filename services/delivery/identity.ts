import addressparser from 'nodemailer/lib/addressparser';
import type { Mail } from './mails/mail.ts';

/** The bare address of a `From`, and its domain. Throws where there is none. */
export function senderOf(from: string): { address: string; domain: string } {
  const address = addressparser(from, { flatten: true })[0]?.address ?? '';
  const domain = address.split('@')[1];
  if (domain === undefined || domain === '') throw new Error(`"${from}" names no address such as Shop <hello@shop.example>`);
  return { address, domain };
}

/** The same at every attempt, whatever process makes it. */
export const messageIdOf = (mail: Pick<Mail, 'id'>, domain: string): string => `<${mail.id}@${domain}>`;
