import fc from 'fast-check';
import { readAddress } from '../../../services/delivery/content/address.ts';
import { readMarkup } from '../../../services/delivery/content/markup.ts';
import { anyUnits } from '../inputs.ts';
import { target } from '../target.ts';

const scheme = fc.constantFrom(
  'javascript:',
  'JaVaScript:',
  'data:',
  'vbscript:',
  '//',
  '\\\\',
  'https:',
  'https://',
  'mailto:',
  'tel:',
  '#',
  'blob:',
  'file:///',
);
const dirt = fc.constantFrom('', ' ', '\t', '\n', '\r', '\u0000', '\u0001', '\u00a0', '\ufeff', '\u200b', 'a@');
const address = fc
  .tuple(dirt, scheme, dirt, anyUnits)
  .chain(([before, word, after, rest]) =>
    fc.nat(word.length).map((at) => before + word.slice(0, at) + after + word.slice(at) + rest),
  );
const allowed = /^(https?:\/\/|mailto:|tel:|sms:|#)/;

/** As a browser reads it beside a page of its own: what passes leads on the web, to a mail program, a telephone, or to the mail itself. */
const harmless = (href: string): boolean =>
  allowed.test(href) &&
  (href.startsWith('#') || /^(https?|mailto|tel|sms):$/.test(new URL(href, 'https://reader.example/').protocol));

/** Whatever an address is made of, and however an attribute is spelled. */
export const links = target(
  'delivery/links',
  fc.property(address, fc.constantFrom('href', 'HREF', 'hReF ', 'href\n'), fc.constantFrom('"', "'", ''), (text, name, quote) => {
    const read = readAddress(text);
    if (read !== undefined && !(harmless(read.href) && readAddress(read.href)?.href === read.href)) return false;
    const written = text.replaceAll('{', '');
    const bare = written.replace(quote === '' ? /[\s"'<>=`]/g : /["']/g, '').replaceAll('\0', '');
    const { faults } = readMarkup(`<a ${name}=${quote}${bare}${quote}>x</a>`, 'html');
    return faults.length > 0 || bare === '' || readAddress(bare)?.web === false || bare.includes('&');
  }),
);
