import { render, type Templates } from './content/index.ts';
import { messageIdOf, senderOf } from './identity.ts';
import type { Mail } from './mails/mail.ts';
import { addressLine, bareLine, textLine } from './mime/headers.ts';
import { quotedPrintable } from './mime/quoted-printable.ts';
import { linkSigner, type LinkTokens } from './tracking/index.ts';

export interface Composer {
  readonly templates: Templates;
  readonly tokens: LinkTokens;
  readonly publicUrl: string;
  /** `Shop <hello@shop.example>`. */
  readonly from: string;
}

export interface Composed {
  readonly bytes: Buffer;
  /** With its angle brackets. */
  readonly messageId: string;
}

/** Renders a mail into the bytes to transmit; or says why it cannot be made. The same mail gives the same bytes. */
export function compose(
  mail: Mail,
  { templates, tokens, publicUrl, from }: Composer,
): Composed | { readonly unsendable: string } {
  const { domain } = senderOf(from);
  const links = linkSigner(tokens, publicUrl, {
    personId: mail.personId,
    messageId: mail.id,
    tracked: mail.tracked && !mail.legal,
  });
  const { template, variables, locale, zone, name, category, legal, personId, id, decidedAt } = mail;
  const content = render(templates, {
    template,
    variables,
    locale,
    zone,
    name,
    category,
    legal,
    personId,
    messageId: id,
    decidedAt,
    links,
  });
  if ('missing' in content) return { unsendable: `missing_required_variable: ${content.missing.join(', ')}` };
  const messageId = messageIdOf(mail, domain);
  const boundary = `--_${id.replaceAll('-', '')}`;
  const lines = [
    fromLine(from),
    addressLine('To', mail.email),
    textLine('Subject', content.subject),
    bareLine('Message-ID', messageId),
    bareLine('Date', new Date(decidedAt).toUTCString().replace('GMT', '+0000')),
    'MIME-Version: 1.0',
    'Auto-Submitted: auto-generated',
    bareLine('Feedback-ID', `${mail.play}:${category}:hito:${domain}`),
    bareLine('List-ID', `<${category}.${domain}>`),
    ...(legal
      ? []
      : [bareLine('List-Unsubscribe', `<${links.unsubscribe(category)}>`), 'List-Unsubscribe-Post: List-Unsubscribe=One-Click']),
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    '',
    ...part(boundary, 'text/plain', content.text),
    ...part(boundary, 'text/html', content.html),
    `--${boundary}--`,
    '',
  ];
  return { bytes: Buffer.from(lines.join('\r\n'), 'latin1'), messageId };
}

const part = (boundary: string, type: string, text: string): string[] => [
  `--${boundary}`,
  `Content-Type: ${type}; charset=utf-8`,
  'Content-Transfer-Encoding: quoted-printable',
  '',
  quotedPrintable(text),
  '',
];

/** The sender is the same in every mail. */
const fromLines = new Map<string, string>();
function fromLine(from: string): string {
  const line = fromLines.get(from) ?? addressLine('From', from);
  fromLines.set(from, line);
  return line;
}
