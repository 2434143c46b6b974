import { Unusable } from './unusable.ts';

/** An address that a mail may lead to, in its one canonical spelling. */
export interface Address {
  readonly href: string;
  /** http and https; the others (mailto, tel, sms, an anchor of the mail itself) are opened by the reader's own programs. */
  readonly web: boolean;
}

const opened = new Set(['mailto:', 'tel:', 'sms:']);
const web = new Set(['http:', 'https:']);
const wanted = 'an http, https, mailto or tel address, or an #anchor';

/**
 * Reads what a mail may lead to: http or https without a password in it, mailto, tel, sms, or `#anchor`. Blanks, control signs and letter
 * case hide no scheme, as the WHATWG parser has read them before anybody looks. Nothing for all others, protocol-relative ones too.
 */
export function readAddress(value: unknown): Address | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^#[\w.~:-]*$/.test(value)) return { href: value, web: false };
  const url = URL.parse(value);
  if (url === null) return undefined;
  if (opened.has(url.protocol) && url.pathname !== '') return { href: url.href, web: false };
  // `https:shop.example` is none in a browser that reads it beside a page's own address.
  if (
    !web.has(url.protocol) ||
    url.username !== '' ||
    url.password !== '' ||
    !/^[\p{Cc}\s]*https?:[\\/]{2}/iu.test(withoutBreaks(value))
  )
    return undefined;
  return { href: url.href, web: true };
}

/** The WHATWG parser passes over these wherever they stand. */
const withoutBreaks = (value: string): string => value.replace(/[\t\n\r]/g, '');

/** The same, for a value at `path`. Throws Unusable for what no mail may lead to. */
export function linkAddress(value: unknown, path: string): Address {
  const address = readAddress(value);
  if (address === undefined) throw new Unusable(`${path} (${wanted})`);
  return address;
}

/** Where a picture may come from: http or https. Throws Unusable for all others. */
export function pictureAddress(value: unknown): string {
  const address = readAddress(value);
  if (address?.web !== true) throw new Unusable('src (an http or https address)');
  return address.href;
}
