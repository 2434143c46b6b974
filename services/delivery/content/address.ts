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

/**
 * What mail programs make links of in a text: an address with any scheme; a host as `www.`, with a path, a query or a port behind it, or
 * alone where it ends as no other word does. Of other hosts alone (`Node.js`, `St.Gallen`) nobody can tell.
 */
const inText =
  /(?:https?:[\\/]*|[a-z][a-z\d+-]{1,20}:\/\/|(?<![\p{L}\p{N}])www\.)[^\s<>"'`]+|(?<![\p{L}\p{N}@.-])(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+(?:\p{L}[\p{L}\p{N}-]+\.?(?::\d{1,5}\b|[/\\?])[^\s<>"'`]*|(?:com|net|org|info|biz|app|dev|online|site|shop|store|top|xyz|click|link|live|icu|club|vip|example)(?![\p{L}\p{N}-]))/giu;
const behind = /[.,;:!?)\]}\u2026\u00bb\u201d\u2019]+$/u;

/** The hosts to which the addresses in a text lead, as mail programs read it; the address itself where it leads to none that is readable. */
export const addressesIn = (text: string): string[] =>
  (text.match(inText) ?? []).map((found) => {
    const written = found.replace(behind, '');
    return (
      readAddress(/^[a-z][a-z\d+-]*:(?!\d)/i.test(written) ? written : `https://${written}`)?.host ?? 'an unreadable address'
    );
  });
