import { z } from 'zod';
import { ringVariable, secretKeys, variable, whole } from '#platform';
import { senderOf } from './identity.ts';
import { smtpTarget } from './smtp/smtp-url.ts';

/** A value that `read` can read; what it throws says what is expected. */
const readable = (read: (text: string) => unknown) => readAs((text) => (read(text), text));

/** The same, in the spelling that `read` answers. */
const readAs = (read: (text: string) => string) =>
  z.string().transform((text, context) => {
    try {
      return read(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });

/** The address under which links are written, as `URL` spells it. Throws what is expected of it. */
function publicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The parser takes line breaks, blanks and backslashes away or turns them round: what is written must be what is meant.
  if (url === undefined || !/^https?:\/\/[^\s\\\p{Cc}]+$/iu.test(text)) throw new Error('an http or https address');
  if (url.protocol === 'http:' && !/^(localhost|[\w-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname))
    throw new Error('an https address: only this machine itself may be named with http');
  if (url.username !== '' || /[?#]/.test(text)) throw new Error('an address without user, ? and #: links begin with it');
  if (url.href.length > 200) throw new Error('an address of at most 200 characters');
  return url.href.replace(/\/+$/, '');
}

/** What delivery needs beside the base. */
export const deliveryVariables = {
  SMTP_URL: variable(readable(smtpTarget), {
    description:
      'to send mail: smtp://host:port (STARTTLS where offered), or smtp:// or smtps://user:password@host:port (TLS demanded)',
    example: 'SMTP_URL=smtp://127.0.0.1:1025',
    secret: true,
  }),
  HITO_INBOX_SMTP_URL: variable(readable(smtpTarget).optional(), {
    description: "the development inbox, the only place replayed people's mail goes; without it that mail is suppressed",
    example: 'HITO_INBOX_SMTP_URL=smtp://127.0.0.1:1025',
    secret: true,
  }),
  HITO_PUBLIC_URL: variable(readAs(publicUrl), {
    description: 'to write links: the https address at which recipients reach its HTTP side (http only on this machine)',
    example: 'https://mail.shop.example',
  }),
  HITO_MAIL_FROM: variable(readable(senderOf), {
    description: 'to name the sender of every mail',
    example: "HITO_MAIL_FROM='Shop <hello@shop.example>'",
  }),
  HITO_POSTAL_ADDRESS: variable(z.string().trim().min(1, 'not empty').max(500, 'at most 500 characters'), {
    description: 'to print at the foot of every mail; the law asks for it',
    example: "HITO_POSTAL_ADDRESS='Shop S.L., Calle Mayor 1, 28013 Madrid'",
  }),
  HITO_TEMPLATES: variable(z.string().optional(), {
    description: 'the directory of the mail templates; `templates` beside the playbook where absent',
    example: 'examples/shop/templates',
  }),
  HITO_LINK_KEYS: variable(ringVariable, {
    description:
      'to encrypt links with a key of its own: id:base64 of 32 bytes, the current one first, all others still read (steps of a change: docs/runbooks/HitoSecretOld.md)',
    example: 'HITO_LINK_KEYS="k2:$(openssl rand -base64 32)"',
    secret: true,
  }),
  HITO_SUPPRESSION_KEYS: variable(ringVariable, {
    description:
      'to name mailboxes in suppressions and opt-outs with a key of its own: id:base64 of 32 bytes, the current one first; all others still hold (steps of a change: docs/runbooks/HitoSecretOld.md)',
    example: 'HITO_SUPPRESSION_KEYS="a2:$(openssl rand -base64 32)"',
    secret: true,
  }),
  HITO_SECRET_KEYS: secretKeys,
  HITO_LINK_DAYS: variable(whole(1, 36_500).default(730), {
    description: 'how many days the clicks and opens of a mail work; its unsubscription has no end',
    example: '730',
  }),
  HITO_SMTP_CONNECTIONS: variable(whole(1, 100).default(4), {
    description: 'SMTP connections of one process; a crash leaves at most so many mails in doubt',
    example: '4',
  }),
  HITO_SMTP_REPLY_TIMEOUT_MS: variable(whole(100, 3_600_000).default(600_000), {
    description: 'how long the reply to a body is waited for, ms; then the mail is in doubt',
    example: '600000',
  }),
  HITO_LEASE_MS: variable(whole(1_000, 3_600_000).default(30_000), {
    description: 'how long a claimed mail stays with a process that shows no sign of life, ms',
    example: '30000',
  }),
};

/** How long delivery's orderly stop may take, ms: a body on its way is waited for as long as its reply may take; nothing is left in doubt. */
export const stopWithinMs = (env: { readonly HITO_SMTP_REPLY_TIMEOUT_MS: number }): number =>
  env.HITO_SMTP_REPLY_TIMEOUT_MS + 20_000;
