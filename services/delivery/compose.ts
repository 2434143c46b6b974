import { parseAddress } from '#facts';
import { render, type Templates } from './content/index.ts';
import { messageIdOf, type Sending } from './identity.ts';
import type { Mail } from './mails/mail.ts';
import { feedbackId, listId } from './mime/feedback-id.ts';
import { messageBytes } from './mime/message.ts';
import { linkSigner, type LinkTokens } from './tracking/index.ts';

export interface Composer {
  readonly templates: Templates;
  readonly tokens: LinkTokens;
  readonly publicUrl: string;
  /** Opens the secrets among the variables; absent: there are none. */
  readonly open?: (variables: Mail['variables']) => Mail['variables'];
  readonly from: Sending;
}

export interface Composed {
  readonly bytes: Buffer;
  /** With its angle brackets. */
  readonly messageId: string;
}

/** Renders a mail into the bytes to transmit; or says why it cannot be made. The same mail gives the same bytes. */
export function compose(
  mail: Mail,
  { templates, tokens, publicUrl, from, open = (variables) => variables }: Composer,
): Composed | { readonly unsendable: string } {
  const to = parseAddress(mail.email);
  if (!to.ok) return { unsendable: 'invalid_address' };
  const links = linkSigner(tokens, publicUrl, {
    personId: mail.personId,
    messageId: mail.id,
    tracked: mail.tracked && !mail.legal,
    // A replayed decision's instant is of the replay: by it, the links of a mail of today could have ended years ago.
    ...(mail.replayed ? {} : { decidedAt: mail.decidedAt }),
    language: mail.locale,
  });
  const { template, variables, locale, zone, name, category, legal, personId, id, decidedAt } = mail;
  const content = render(templates, {
    template,
    variables: open(variables),
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
  if ('missing' in content)
    return {
      unsendable: `${content.foreign === true ? 'foreign_link' : 'missing_required_variable'}: ${content.missing.join(', ')}`,
    };
  const messageId = messageIdOf(mail, from.domain);
  const bytes = messageBytes({
    id,
    from,
    to: to.address,
    subject: content.subject,
    messageId,
    date: decidedAt,
    lines: [
      ['Auto-Submitted', 'auto-generated'],
      ['Feedback-ID', feedbackId(mail.play, category, from.domain)],
      ['List-ID', listId(category, from.domain)],
      ...(legal ? [] : unsubscribeLines(links.unsubscribe(category))),
    ],
    text: content.text,
    html: content.html,
  });
  return { bytes, messageId };
}

/** RFC 8058 asks for https; without it a reader offers the link and posts nothing. */
const unsubscribeLines = (url: string): (readonly [string, string])[] => [
  ['List-Unsubscribe', `<${url}>`],
  ...(url.startsWith('https://') ? [['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'] as const] : []),
];
