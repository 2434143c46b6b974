import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { cut, inOrder, oneLine, wellFormed } from '#facts';
import { messageBytes } from '../../../services/delivery/mime/message.ts';
import { anyUnits } from '../inputs.ts';
import { target } from '../target.ts';

const id = 'c1a5b2e4-7c57-5a39-8d3e-2b1f0a9e8d7c';
const text = fc
  .array(
    fc.oneof(
      anyUnits,
      fc.constantFrom(
        '\r\n\r\n',
        '\nBcc: eve@evil.example\n',
        '=?utf-8?B?QQ==?=',
        `\r\n--=_${id.replaceAll('-', '')}--\r\n`,
        'ñ'.repeat(300),
      ),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

/** A decoder drops the mark of byte order in front. */
const asRead = (raw: string): string =>
  wellFormed(raw)
    .replace(/^\ufeff+/, '')
    .replace(/\r\n?|\n/g, '\n')
    .replace(/\n+$/, '');
const inHeader = (raw: string): string => inOrder(cut(oneLine(raw), 500)).trim();
const headers = 'from to subject message-id date mime-version content-type';

/** Any Unicode in any field: an independent parser reads the same fields and nothing else; lines are short and ASCII. */
export const mime = target(
  'delivery/mime',
  fc.asyncProperty(text, text, text, text, async (subject, name, plain, html) => {
    const bytes = messageBytes({
      id,
      from: { name, address: 'hola@shop.example' },
      to: 'ana@one.example',
      subject,
      messageId: '<a@shop.example>',
      date: 0,
      lines: [],
      text: plain,
      html,
    });
    const raw = bytes.toString('latin1');
    const read = await PostalMime.parse(bytes);
    return (
      !/[^\t\r\n -~]|\r(?!\n)|(?<!\r)\n/.test(raw) &&
      raw.split('\r\n').every((line) => line.length <= 998) &&
      read.headers.map(({ key }) => key).join(' ') === headers &&
      (read.subject ?? '') === inHeader(subject) &&
      read.from?.name === inHeader(name) &&
      asRead(read.text ?? '') === asRead(plain) &&
      asRead(read.html ?? '') === asRead(html) &&
      read.attachments.length === 0
    );
  }),
);
