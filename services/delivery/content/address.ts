import { hostOf } from '#facts';

/** An address that a mail may lead to, in its one canonical spelling. */
export interface Address {
  readonly href: string;
  /** http and https; the others (mailto, tel, sms, an anchor of the mail itself) are opened by the reader's own programs. */
  readonly web: boolean;
  /** Of http and https: the host that it leads to, as `hostOf` spells it. */
  readonly host?: string;
}

const opened = new Set(['mailto:', 'tel:', 'sms:']);
const web = new Set(['http:', 'https:']);

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
  return { href: url.href, web: true, host: hostOf(url) };
}

/** The WHATWG parser passes over these wherever they stand. */
const withoutBreaks = (value: string): string => value.replace(/[\t\n\r]/g, '');

/** What mail programs make links of in a text: an address of the web, with its scheme or as `www.`; and what ends the sentence around it. */
const inText = /(?:\bhttps?:[\\/]*|\bwww\.)[^\s<>"'`]+/giu;
const behind = /[.,;:!?)\]}\u2026\u00bb\u201d\u2019]+$/u;

/** The hosts to which the addresses in a text lead, as mail programs read it; the address itself where it leads to none that is readable. */
export const addressesIn = (text: string): string[] =>
  (text.match(inText) ?? []).map((found) => {
    const written = found.replace(behind, '');
    return readAddress(/^www/i.test(written) ? `https://${written}` : written)?.host ?? 'an unreadable address';
  });
