import MailComposer from 'nodemailer/lib/mail-composer';
import { render, type Templates } from './content/index.ts';
import { transactional } from './domain/consent.ts';
import { messageIdOf, senderOf } from './identity.ts';
import type { Mail } from './mails/mail.ts';
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
export async function compose(mail: Mail, { templates, tokens, publicUrl, from }: Composer): Promise<Composed | { readonly unsendable: string }> {
  const { domain } = senderOf(from);
  const links = linkSigner(tokens, publicUrl, { personId: mail.personId, messageId: mail.id, tracked: mail.tracked });
  const { template, variables, locale, zone, name, category, personId, id, decidedAt } = mail;
  const content = render(templates, { template, variables, locale, zone, name, category, personId, messageId: id, decidedAt: decidedAt.getTime(), links });
  if ('missing' in content) return { unsendable: `missing_required_variable: ${content.missing.join(', ')}` };
  const messageId = messageIdOf(mail, domain);
  const node = new MailComposer({
    from,
    to: mail.email,
    subject: content.subject,
    text: content.text,
    html: content.html,
    messageId,
    date: decidedAt,
    baseBoundary: id.replaceAll('-', ''),
    newline: 'win',
    headers: {
      'Auto-Submitted': 'auto-generated',
      'Feedback-ID': prepared(`${mail.play}:${category}:hito:${domain}`),
      'List-ID': prepared(`<${category}.${domain}>`),
      ...(category === transactional
        ? {}
        : {
            'List-Unsubscribe': prepared(`<${links.unsubscribe(category)}>`),
            'List-Unsubscribe-Post': prepared('List-Unsubscribe=One-Click'),
          }),
    },
  }).compile();
  return { bytes: await node.build(), messageId };
}

/** One header line, neither encoded nor folded: a folded List-Unsubscribe is not read by everyone. */
const prepared = (value: string): { prepared: true; foldLines: false; value: string } => ({ prepared: true, foldLines: false, value });
